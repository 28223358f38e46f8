DROP TABLE report_run_receivers;
DROP TABLE report_runs;
DROP TABLE report_schedules;
