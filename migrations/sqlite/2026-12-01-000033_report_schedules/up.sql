-- Reports that are mailed at set times.
CREATE TABLE report_schedules (
    id              BLOB NOT NULL PRIMARY KEY,
    owner_id        BLOB NOT NULL REFERENCES users (id),
    name            TEXT NOT NULL,
    -- Which reports, of which period, when, to whom.
    document        TEXT NOT NULL,
    active          INTEGER NOT NULL,
    -- An open word: why it was switched off, not by somebody.
    disabled_reason TEXT,
    -- Failures before this moment are not counted.
    active_since    INTEGER NOT NULL,
    -- Moments up to this one are done with.
    planned_from    INTEGER NOT NULL,
    next_run_at     INTEGER,
    last_run_id     BLOB,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    version         INTEGER NOT NULL
) STRICT;
CREATE INDEX report_schedules_of_owner ON report_schedules (owner_id, id);

-- Each time that one was due, or that somebody asked for it.
CREATE TABLE report_runs (
    id          BLOB NOT NULL PRIMARY KEY,
    schedule_id BLOB NOT NULL REFERENCES report_schedules (id),
    kind        TEXT NOT NULL CHECK (kind IN ('planned', 'manual')),
    -- Who asked for it.
    asked_by    BLOB REFERENCES users (id),
    due_at      INTEGER NOT NULL,
    as_of       INTEGER NOT NULL,
    -- Dates of the organisation's zone, both inside.
    first_date  TEXT NOT NULL,
    last_date   TEXT NOT NULL,
    started_at  INTEGER NOT NULL,
    error       TEXT
) STRICT;
CREATE INDEX report_runs_of_schedule ON report_runs (schedule_id, id);
CREATE INDEX report_runs_by_start ON report_runs (started_at);
-- Each due moment runs once.
CREATE UNIQUE INDEX report_runs_planned ON report_runs (schedule_id, due_at) WHERE kind = 'planned';

-- Whom a run was for. The delivery of the notification says what became of the mail.
CREATE TABLE report_run_receivers (
    run_id          BLOB NOT NULL REFERENCES report_runs (id),
    user_id         BLOB NOT NULL REFERENCES users (id),
    notification_id BLOB,
    -- Why there is no mail.
    reason          TEXT,
    PRIMARY KEY (run_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX report_run_receivers_by_notification ON report_run_receivers (notification_id)
    WHERE notification_id IS NOT NULL;
