DROP TABLE search_upkeep;
