//! The queries that run all the time, and how each database goes about them: by an index, in the index's
//! order. The statements are heard from diesel as the product's own functions run; nothing is written down
//! here a second time.

use chrono::Duration;
use chrono_tz::Asia::Shanghai;
use diesel::connection::SimpleConnection;
use diesel::{QueryDsl, RunQueryDsl};
use leaddock::access::schema::users;
use leaddock::access::teams::schema::teams;
use leaddock::access::{Reach, Scope};
use leaddock::assignment::decision::{self, ASSIGNED};
use leaddock::follow_ups::calendar_feed;
use leaddock::follow_ups::model::Bucket;
use leaddock::follow_ups::store::FollowUpFilter;
use leaddock::inquiries::list::{SortKey, ValueKey};
use leaddock::inquiries::{Filter, Sort, list};
use leaddock::kernel::clock::Timestamp;
use leaddock::kernel::error::Result;
use leaddock::kernel::id::{FollowUpId, InquiryId, TeamId, UserId, kind};
use leaddock::kernel::page::{Page, PageRequest};
use leaddock::notifications::preferences;
use leaddock::notifications::store::NotificationFilter;
use leaddock::platform::db::counters;
use leaddock::platform::db::dialect::{self, Search};
use leaddock::platform::db::{DbConnection, Read, Zone};
use leaddock::platform::{delivery, events, timers};
use leaddock::{access, follow_ups, inquiries, notifications};
use serde_json::json;

use crate::explain::{is_slow, plan, statements};
use crate::setup::{Database, Home, each_database};

fn fill(home: &Home, database: Database) {
    let words = match database {
        Database::Sqlite => [
            (
                ":series",
                "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 3000) SELECT n \
                FROM s)",
            ),
            (":id", "randomblob(16)"),
            (":at", "(1795000000 + n) * 1000"),
            (":yes", "1"),
        ],
        Database::Postgres => [
            (":series", "generate_series(1, 3000) AS s(n)"),
            (":id", "gen_random_uuid()"),
            (":at", "to_timestamp(1795000000 + n)"),
            (":yes", "true"),
        ],
    };
    let sql = words
        .iter()
        .fold(include_str!("filling.sql").to_owned(), |sql, (word, said)| sql.replace(word, said));
    let mut conn = home.outside();
    conn.batch_execute(&sql).unwrap();
    if database == Database::Postgres {
        conn.batch_execute("ANALYZE").unwrap();
    }
}

fn page(cursor: Option<String>) -> PageRequest {
    PageRequest { limit: 5, cursor, count: false, fingerprint: "the same".to_owned() }
}

/// Asks for the first page and the one after it.
fn two_pages<T>(mut list: impl FnMut(&PageRequest) -> Result<Page<T>>) {
    let first = list(&page(None)).unwrap();
    if first.next_cursor.is_some() {
        list(&page(first.next_cursor)).unwrap();
    }
}

/// Who asks, when, and about what.
struct Asked {
    user: UserId,
    team: TeamId,
    subject: InquiryId,
    now: Timestamp,
}

impl Asked {
    fn scope(&self, reach: Reach, team: Option<TeamId>) -> Scope {
        Scope { user: self.user, team, reach }
    }

    fn all(&self) -> Scope {
        self.scope(Reach::Everything, None)
    }

    fn inquiries(&self, conn: &mut DbConnection, scope: Scope, filter: &Filter, key: SortKey) {
        for descending in [true, false] {
            two_pages(|page| list::list(conn, &scope, filter, Sort { key, descending }, page));
        }
    }

    /// A list in the order of receipt.
    fn filtered(&self, conn: &mut DbConnection, filter: &serde_json::Value) {
        let filter = serde_json::from_value(filter.clone()).unwrap();
        self.inquiries(conn, self.all(), &filter, SortKey::ReceivedAt);
    }

    fn follow_ups(&self, conn: &mut DbConnection, bucket: Option<Bucket>) {
        let filter = FollowUpFilter { bucket, ..FollowUpFilter::default() };
        for scope in [self.all(), self.scope(Reach::Team, Some(self.team))] {
            two_pages(|page| follow_ups::store::list(conn, &scope, &filter, self.now, Shanghai, page));
        }
    }

    fn notifications(
        &self,
        conn: &mut DbConnection,
        reach: Reach,
        statuses: &[notifications::model::Status],
    ) {
        let filter = NotificationFilter { statuses: statuses.to_vec(), ..NotificationFilter::default() };
        two_pages(|page| notifications::store::list(conn, &self.scope(reach, None), &filter, page));
    }
}

/// The kinds of timers in filling.sql.
const TIMERS: [&str; 1] = ["follow_up.due"];

type Call = fn(&Asked, &mut DbConnection);

/// What runs all the time, or over tables that grow without end.
const CALLS: &[(&str, Call)] = &[
    ("the default list", |asked, conn| {
        asked.inquiries(conn, asked.all(), &Filter::default(), SortKey::ReceivedAt)
    }),
    ("an agent's list", |asked, conn| {
        asked.inquiries(conn, asked.scope(Reach::Own, None), &Filter::default(), SortKey::ReceivedAt)
    }),
    ("a team's list", |asked, conn| {
        asked.inquiries(conn, asked.scope(Reach::Team, None), &Filter::default(), SortKey::ReceivedAt);
        asked.inquiries(
            conn,
            asked.scope(Reach::Team, Some(asked.team)),
            &Filter::default(),
            SortKey::ReceivedAt,
        );
    }),
    ("by status", |asked, conn| asked.filtered(conn, &json!({"status": "new"}))),
    ("by several statuses", |asked, conn| asked.filtered(conn, &json!({"status": ["new", "contacted"]}))),
    ("by category", |asked, conn| asked.filtered(conn, &json!({"category": "open"}))),
    ("by agents", |asked, conn| {
        asked.filtered(conn, &json!({"assignee": "me"}));
        asked.filtered(conn, &json!({"assignee": ["me", "none"]}));
    }),
    ("an agent's of a status", |asked, conn| {
        asked.filtered(conn, &json!({"assignee": "me", "status": "contacted"}));
        asked.filtered(conn, &json!({"assignee": "me", "status": ["new", "lost"]}));
        asked.filtered(conn, &json!({"assignee": ["me", "none"], "category": "open"}));
    }),
    ("a team's of a status", |asked, conn| {
        asked.filtered(conn, &json!({"team": asked.team.to_string(), "status": "lost"}))
    }),
    ("by what is wanted", |asked, conn| {
        asked.filtered(conn, &json!({"need_kind": "land"}));
        asked.filtered(conn, &json!({"need_kind": ["land", "supply"], "status": "new"}));
    }),
    ("by tag", |asked, conn| {
        asked.filtered(conn, &json!({"tag": "重点"}));
        asked.filtered(conn, &json!({"tag": ["重点", "VIP"], "assignee": "me"}));
    }),
    ("by region, tax and area", |asked, conn| {
        asked.filtered(conn, &json!({"region": "3205"}));
        asked.filtered(conn, &json!({"region": ["31", "3205"], "status": "new", "tax[gte]": 0.001}));
        asked.filtered(conn, &json!({"area[gte]": 100, "area[lte]": 5000}));
    }),
    ("by change", |asked, conn| {
        asked.inquiries(conn, asked.all(), &Filter::default(), SortKey::Value(ValueKey::UpdatedAt))
    }),
    ("changed since", |asked, conn| {
        let filter = serde_json::from_value(json!({"updated_at[gte]": asked.now})).unwrap();
        asked.inquiries(conn, asked.all(), &filter, SortKey::Value(ValueKey::UpdatedAt));
    }),
    ("received between", |asked, conn| {
        asked.filtered(conn, &json!({"received_at[gte]": asked.now, "received_at[lt]": asked.now}))
    }),
    ("by next follow-up", |asked, conn| {
        asked.inquiries(conn, asked.all(), &Filter::default(), SortKey::Value(ValueKey::NextFollowUpAt))
    }),
    ("an inquiry", |asked, conn| {
        assert!(inquiries::store::by_id(conn, asked.subject).unwrap().is_some());
        assert_eq!(inquiries::store::all_after(conn, None, 5).unwrap().len(), 5);
    }),
    ("the inquiries of a number", |_, conn| {
        assert!(inquiries::store::open_with_phone(conn, "+8613800138000", 5).is_ok())
    }),
    ("by tax", |asked, conn| {
        asked.inquiries(conn, asked.all(), &Filter::default(), SortKey::Value(ValueKey::Tax))
    }),
    ("follow-ups", |asked, conn| asked.follow_ups(conn, None)),
    ("overdue follow-ups", |asked, conn| asked.follow_ups(conn, Some(Bucket::Overdue))),
    ("follow-ups of today", |asked, conn| asked.follow_ups(conn, Some(Bucket::Today))),
    ("follow-ups done", |asked, conn| asked.follow_ups(conn, Some(Bucket::Done))),
    ("open plans of an inquiry that nobody has been reminded of", |asked, conn| {
        assert!(follow_ups::store::unannounced(conn, asked.subject).is_ok())
    }),
    ("when the next timer fires", |_, conn| assert!(timers::store::next(conn, &TIMERS).unwrap().is_some())),
    ("timers that are due", |asked, conn| {
        assert_eq!(timers::store::due(conn, &TIMERS, asked.now, 50).unwrap().len(), 50)
    }),
    ("timers that failed too often", |_, conn| assert!(timers::store::dead(conn).is_ok())),
    ("the timeline", |asked, conn| {
        two_pages(|page| {
            events::timeline(
                &mut Read { conn: &mut *conn, now: asked.now, zone: Zone::default() },
                asked.subject,
                page,
            )
        })
    }),
    ("the log after a position", |asked, conn| {
        assert!(events::after(&mut Read { conn, now: asked.now, zone: Zone::default() }, 10, 50).is_ok())
    }),
    ("entries of the log after a position", |asked, conn| {
        let read = &mut Read { conn, now: asked.now, zone: Zone::default() };
        assert!(events::entries_after(read, 10, 50).is_ok())
    }),
    ("an event", |_, conn| {
        let id = events::schema::events::table.select(events::schema::events::id).first(conn).unwrap();
        assert!(events::by_id(conn, id).unwrap().is_some())
    }),
    ("notifications", |asked, conn| asked.notifications(conn, Reach::Everything, &[])),
    ("one's own notifications", |asked, conn| asked.notifications(conn, Reach::Own, &[])),
    ("notifications in trouble", |asked, conn| {
        use notifications::model::Status;
        asked.notifications(conn, Reach::Everything, &[Status::Dead]);
        asked.notifications(conn, Reach::Everything, &[Status::Failed, Status::Dead]);
    }),
    ("deliveries that wait", |asked, conn| {
        assert_eq!(delivery::store::next_target(conn, "mail", "").unwrap().as_deref(), Some("server"));
        assert_eq!(delivery::store::next_target(conn, "mail", "server").unwrap(), None);
        let now = delivery::store::Clocks { app: asked.now, machine: asked.now };
        assert_eq!(delivery::store::due(conn, "mail", "server", now, 50).unwrap().len(), 50);
    }),
    ("what somebody wants to hear of", |asked, conn| {
        assert!(preferences::store::of(conn, asked.user).is_ok());
    }),
    ("what waits to leave with a message", |asked, conn| {
        assert!(notifications::store::waiting_in_batch(conn, asked.user, "due:1", 100).is_ok());
    }),
    ("whether somebody has heard of an inquiry", |asked, conn| {
        assert!(notifications::store::was_notified(conn, asked.subject.into(), asked.user).is_ok());
    }),
    ("plans that a message has named", |asked, conn| {
        let plan = FollowUpId::floor(asked.now);
        assert!(notifications::store::reminded_with(conn, plan, asked.user, asked.now).is_ok());
    }),
    ("the plans of a minute", |asked, conn| {
        let minute = (asked.now, asked.now.plus(Duration::minutes(1)));
        assert!(follow_ups::store::planned_within(conn, minute, 100).is_ok());
    }),
    ("how much everybody has", |_, conn| {
        let loads =
            counters::all::<kind::User>(conn, [(inquiries::store::OPEN, None), (ASSIGNED, Some(20_000))]);
        assert!(loads.is_ok())
    }),
    ("whose term has passed", |asked, conn| {
        assert!(inquiries::deadlines::past_deadline(conn, asked.now, 50).is_ok())
    }),
    ("who has lost it", |asked, conn| {
        let inquiry = InquiryId::floor(asked.now);
        assert!(decision::store::cooling(conn, inquiry, asked.now, 72).is_ok())
    }),
    ("why it went there", |asked, conn| {
        assert!(decision::store::of_inquiry(conn, InquiryId::floor(asked.now)).is_ok())
    }),
];

each_database! {
    fn what_runs_all_the_time_reads_by_an_index_and_sorts_nothing(database) {
        let Some(home) = Home::new(database) else { return };
        fill(&home, database);
        let mut conn = home.outside();
        if database == Database::Postgres {
            // With few rows reading them all is right: the question is whether an index could serve.
            conn.batch_execute("SET enable_seqscan = off").unwrap();
        }
        let asked = Asked {
            user: users::table.select(users::id).first(&mut conn).unwrap(),
            team: teams::table.select(teams::id).first(&mut conn).unwrap(),
            subject: inquiries::schema::inquiries::table
                .select(inquiries::schema::inquiries::id)
                .first(&mut conn)
                .unwrap(),
            now: Timestamp::parse("2026-12-30T00:00:00Z").unwrap(),
        };
        let mut faults = Vec::new();
        for (name, call) in CALLS {
            let statements = statements(&mut conn, database, |conn| call(&asked, conn));
            assert!(!statements.is_empty(), "{name}: no statement was heard");
            for sql in statements {
                let steps = plan(&mut conn, &sql);
                if steps.iter().any(|step| is_slow(step, &sql)) {
                    faults.push(format!("{name}\n  {sql:.2000}\n  {}", steps.join("\n  ")));
                }
            }
        }
        assert!(
            faults.is_empty(),
            "give it an index pair (both databases), or ask another way:\n{}",
            faults.join("\n\n")
        );
    }

    fn notifications_of_an_inquiry_are_found_by_its_events(database) {
        let Some(home) = Home::new(database) else { return };
        fill(&home, database);
        let mut conn = home.outside();
        if database == Database::Postgres {
            conn.batch_execute("SET enable_seqscan = off").unwrap();
        }
        let subject = inquiries::schema::inquiries::table.select(inquiries::schema::inquiries::id);
        let subject: InquiryId = subject.first(&mut conn).unwrap();
        let scope = Scope { user: UserId::floor(home.clock.now()), team: None, reach: Reach::Everything };
        let filter = NotificationFilter { inquiries: vec![subject], ..NotificationFilter::default() };
        let heard = statements(&mut conn, database, |conn| {
            let found = notifications::store::list(conn, &scope, &filter, &page(None)).unwrap();
            assert_eq!(found.data.len(), 1);
        });
        assert_eq!(heard.len(), 1, "{heard:?}");
        let steps = plan(&mut conn, &heard[0]).join("\n");
        assert!(steps.contains("events_of_subject"), "{steps}");
        let by_event = match database {
            Database::Sqlite => "(event_id=?)",
            Database::Postgres => "notifications_event_id_user_id_channel_key",
        };
        assert!(steps.contains(by_event), "{steps}");
    }

    fn a_calendar_feed_reads_what_its_reader_owns_by_an_index(database) {
        let Some(home) = Home::new(database) else { return };
        fill(&home, database);
        let mut conn = home.outside();
        if database == Database::Postgres {
            conn.batch_execute("SET enable_seqscan = off").unwrap();
        }
        // One of those who have open plans in filling.sql. They are few, so they may be sorted.
        let user = access::store::by_email(&mut conn, "u1").unwrap().unwrap();
        let since = Timestamp::parse("2025-01-01T00:00:00Z").unwrap();
        let heard = statements(&mut conn, database, |conn| {
            assert!(!calendar_feed::store::feed(conn, user, since).unwrap().plans.is_empty());
        });
        assert_eq!(heard.len(), 2, "the plans, and their inquiries: {heard:?}");
        for sql in heard {
            for step in plan(&mut conn, &sql) {
                assert!(!step.starts_with("SCAN ") && !step.contains("Seq Scan"), "{sql:.2000}\n  {step}");
            }
        }
    }

    fn a_search_asks_its_index_for_each_of_its_needles(database) {
        let Some(home) = Home::new(database) else { return };
        home.write(|tx| {
            for n in 0..600 {
                let id: InquiryId = tx.id();
                dialect::index_text(tx, id, &format!("厂房{n}\n1395512{n:04}\n+861395512{n:04}"))?;
            }
            Ok(())
        })
        .unwrap();
        home.write(|tx| dialect::settle_texts(tx, 1_000)).unwrap();
        let mut conn = home.outside();
        if database == Database::Postgres {
            // So few rows are read as quickly along their ids: the question is whether the index of pairs
            // could serve each needle.
            conn.batch_execute(
                "ALTER TABLE search_texts DROP CONSTRAINT search_texts_pkey; ANALYZE; SET enable_seqscan = \
                off").unwrap();
        }
        let search = Search::new("0139-5512-0007").unwrap();
        let heard = statements(&mut conn, database, |conn| {
            drop(dialect::search_ids::<kind::Inquiry>(conn, &search, None, true, 5).unwrap())
        });
        assert_eq!(heard.len(), 1, "{heard:?}");
        let sql = &heard[0];
        let steps = plan(&mut conn, sql).join("\n");
        match database {
            Database::Sqlite => {
                assert!(
                    steps.contains("search_pairs VIRTUAL TABLE INDEX") && steps.contains(":M"),
                    "{steps}"
                );
                assert!(!steps.contains("SCAN search_rows"), "{steps}");
            }
            // One look into the index for each form of the number.
            Database::Postgres => assert!(
                steps.matches("Bitmap Index Scan on search_texts_by_pair").count() >= 3
                    && !steps.contains("Seq Scan"),
                "{steps}"
            ),
        }
    }
}
