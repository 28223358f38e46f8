DROP TABLE inquiry_tags;
DROP TABLE inquiry_facts;
DROP TABLE inquiries;
