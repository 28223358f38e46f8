DROP TABLE counters;
DROP TABLE settings;
