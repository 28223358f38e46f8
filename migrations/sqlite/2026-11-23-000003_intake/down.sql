DROP TABLE receipts;
DROP TABLE forms;
