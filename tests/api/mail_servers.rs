//! What a mail server may do to us, over a real connection: be away, refuse, break off. Nothing is lost, and
//! nobody is asked too often. Who is notified of what is in `notifications.rs`.

use std::collections::BTreeSet;
use std::time::{Duration as Time, Instant};

use chrono::Duration;
use leaddock::access::Role;
use serde_json::{Value, json};

use crate::support::desk::{give, id};
use crate::support::mail_server::{Behaviour, MailServer};
use crate::support::{Client, Database, TestApp};

const NOTIFICATIONS: &str = "/api/v1/notifications";

/// An app that sends its mails to this server.
fn app_with(server: &MailServer, scheme: &str, database: Database) -> Option<TestApp> {
    TestApp::start_with(database, |settings| settings.mail.url = Some(server.url(scheme)))
}

fn of_status(admin: &Client, status: &str) -> Vec<Value> {
    admin.all(&format!("{NOTIFICATIONS}?status={status}"))
}

/// The numbers of notifications that are pending, failed, sent and dead.
fn counts(admin: &Client) -> [usize; 4] {
    ["pending", "failed", "sent", "dead"].map(|status| of_status(admin, status).len())
}

#[test]
fn a_mail_server_that_is_away_is_asked_once_and_later_takes_all() {
    for (behaviour, scheme) in [
        (Behaviour::HangUp, "smtp"),
        (Behaviour::NotNow, "smtp"),
        (Behaviour::NoService, "smtp"),
        (Behaviour::Garbage, "smtps"),
    ] {
        let server = MailServer::start(behaviour);
        let app = app_with(&server, scheme, Database::Sqlite).unwrap();
        let agent = app.login(Role::Agent);
        for n in 0..20 {
            give(app.admin(), agent.id(), json!({"company": format!("第{n}")}));
        }
        let until = Instant::now() + Time::from_secs(3);
        while Instant::now() < until {
            app.work();
            // By the app's clock what failed is due again each time.
            app.advance(Duration::seconds(10));
            std::thread::sleep(Time::from_millis(50));
        }
        assert!((1..=2).contains(&server.connections()), "{behaviour:?}: {}", server.connections());
        assert_eq!(counts(app.admin()), [19, 1, 0, 0], "{behaviour:?}");
        let failed = &of_status(app.admin(), "failed")[0];
        assert_eq!((&failed["attempts"], &failed["sent_at"]), (&json!(1), &json!(null)));
        assert!(!failed["last_error"].as_str().unwrap().is_empty());
        if scheme == "smtps" {
            continue;
        }
        // After a restart nothing is known of the server: it is asked at once, and takes everything once.
        server.behave(Behaviour::Take);
        let (admin, app) = (app.admin().id(), app.restarted());
        app.advance(Duration::seconds(10));
        app.work();
        assert_eq!(counts(&app.login_as(admin)), [0, 0, 20, 0]);
        let ids: BTreeSet<String> = server.message_ids().into_iter().collect();
        assert_eq!((ids.len(), server.message_ids().len()), (20, 20));
    }
}

#[test]
fn a_refused_recipient_is_dead_at_once_and_delays_nobody() {
    let server = MailServer::start(Behaviour::Refuse("agent-1"));
    let app = app_with(&server, "smtp", Database::Sqlite).unwrap();
    let (admin, refused, other) = (app.admin(), app.login(Role::Agent), app.login(Role::Agent));
    assert!(app.email(refused.id()).starts_with("agent-1"));
    for n in 0..5 {
        give(admin, refused.id(), json!({"company": format!("甲{n}")}));
        give(admin, other.id(), json!({"company": format!("乙{n}")}));
    }
    app.work();
    assert_eq!(counts(admin), [0, 0, 5, 5]);
    let dead = of_status(admin, "dead");
    assert_eq!(admin.all(&format!("{NOTIFICATIONS}?status=failed,dead&limit=2")), dead, "page by page");
    assert!(dead.windows(2).all(|pair| id(&pair[0]) > id(&pair[1])), "the newest first");
    assert!(dead.iter().all(|row| row["last_error"].as_str().unwrap().contains("550")), "{dead:?}");
    assert!(dead.iter().all(|row| row["attempts"] == 1 && row["user_id"] == json!(refused.id())));
}

#[test]
fn a_mail_of_which_nobody_knows_goes_again_under_the_same_message_id() {
    let server = MailServer::start(Behaviour::HangUpAfterMail);
    let app = app_with(&server, "smtp", Database::Sqlite).unwrap();
    let agent = app.login(Role::Agent);
    give(app.admin(), agent.id(), json!({}));
    app.work();
    assert_eq!(counts(app.admin()), [0, 1, 0, 0]);
    server.behave(Behaviour::Take);
    // The breaker lets the next probe through after ten seconds; a new process at once.
    let (admin, app) = (app.admin().id(), app.restarted());
    app.advance(Duration::seconds(10));
    app.work();
    let admin = app.login_as(admin);
    assert_eq!(counts(&admin), [0, 0, 1, 0]);
    let sent = &of_status(&admin, "sent")[0];
    assert_eq!(sent["attempts"], 2);
    let ids = server.message_ids();
    assert_eq!(ids.len(), 2);
    assert!(ids.iter().all(|id| sent["message_id"] == json!(id)), "{ids:?} {sent}");
}

#[test]
fn mails_that_are_cut_each_time_delay_no_other() {
    let server = MailServer::start(Behaviour::HangUpFor("agent-1"));
    let app = app_with(&server, "smtp", Database::Sqlite).unwrap();
    let (admin, cut, other) = (app.admin(), app.login(Role::Agent), app.login(Role::Agent));
    for n in 0..8 {
        give(admin, cut.id(), json!({"company": format!("甲{n}")}));
    }
    app.work();
    // Their retries are due again and again, before and beside the others.
    for n in 0..4 {
        give(admin, other.id(), json!({"company": format!("乙{n}")}));
        app.advance(Duration::seconds(45));
        app.work();
        assert_eq!(counts(admin)[2], n + 1, "sent");
    }
    assert_eq!(of_status(admin, "failed").len(), 8);
}

#[test]
fn an_answer_that_means_nothing_is_no_yes() {
    for behaviour in [
        Behaviour::InsteadOfGoAhead("250 ok\r\n"),
        Behaviour::InsteadOfGoAhead("334 more\r\n"),
        Behaviour::InsteadOfTaken("334 more\r\n"),
        Behaviour::InsteadOfTaken("354 more\r\n"),
    ] {
        let server = MailServer::start(behaviour);
        let app = app_with(&server, "smtp", Database::Sqlite).unwrap();
        let agent = app.login(Role::Agent);
        give(app.admin(), agent.id(), json!({}));
        app.work();
        assert_eq!(counts(app.admin()), [0, 1, 0, 0], "{behaviour:?}");
        server.behave(Behaviour::Take);
        app.advance(Duration::seconds(10));
        app.work();
        assert_eq!((counts(app.admin()), server.message_ids().len()), ([0, 0, 1, 0], 1), "{behaviour:?}");
    }
}

#[test]
fn connections_are_kept_for_the_next_mails() {
    let server = MailServer::start(Behaviour::Take);
    let app = app_with(&server, "smtp", Database::Sqlite).unwrap();
    let agent = app.login(Role::Agent);
    for n in 0..30 {
        give(app.admin(), agent.id(), json!({"company": format!("第{n}")}));
    }
    app.work();
    assert_eq!(counts(app.admin()), [0, 0, 30, 0]);
    assert!(server.connections() <= 4, "{}", server.connections());
}

#[test]
fn of_two_servers_on_one_database_each_mail_goes_once() {
    let server = MailServer::start(Behaviour::Take);
    let Some(one) = app_with(&server, "smtp", Database::Postgres) else { return };
    let other = one.second();
    let agent = one.login(Role::Agent);
    for n in 0..60 {
        give(one.admin(), agent.id(), json!({"company": format!("第{n}")}));
    }
    std::thread::scope(|scope| {
        for app in [&one, &other] {
            scope.spawn(|| {
                for _ in 0..20 {
                    app.work();
                }
            });
        }
    });
    one.work();
    let mut ids = server.message_ids();
    assert_eq!(ids.len(), 60);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 60);
    assert_eq!(counts(one.admin()), [0, 0, 60, 0]);
}
