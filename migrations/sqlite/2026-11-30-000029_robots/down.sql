DROP TABLE robot_facts;
DROP TABLE robots;
