//! Commands beside a server, or without one: `mail-test` and `events`.
//! How the program starts and stops is in `../program.rs`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::Value;

use super::databases::Database;
use super::{Server, leaddock};

/// A mail server for one mail, which answers to its recipient with this; its address.
fn mail_server(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"220 test ESMTP\r\n").unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        while let Some(Ok(line)) = lines.next() {
            let reply = match line.split([' ', ':']).next().unwrap() {
                "RCPT" => answer,
                "DATA" => {
                    stream.write_all(b"354 go on\r\n").unwrap();
                    while lines.next().is_some_and(|line| line.unwrap() != ".") {}
                    "250 2.0.0 taken as 42"
                }
                _ => "250 ok",
            };
            if stream.write_all(format!("{reply}\r\n").as_bytes()).is_err() {
                return;
            }
        }
    });
    address
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn mail_test(folder: &Path, to: &str, settings: &[(&str, &str)]) -> Output {
    leaddock(folder, &["mail-test", to], settings).stdout(Stdio::piped()).output().unwrap()
}

#[test]
fn a_test_mail_says_what_the_mail_server_answers() {
    let folder = tempfile::tempdir().unwrap();
    let send = |address: &str| {
        let url = format!("smtp://{address}");
        mail_test(folder.path(), "lin@example.com", &[("MAIL__URL", &url)])
    };
    let address = mail_server("250 ok");
    let taken = send(&address);
    assert!(taken.status.success(), "{}", text(&taken.stderr));
    assert_eq!(text(&taken.stdout), format!("accepted by {address}: 250 2.0.0 taken as 42\n"));
    let refused = send(&mail_server("550 5.1.1 no such user"));
    assert_eq!(refused.status.code(), Some(1));
    let said = text(&refused.stderr);
    assert!(said.contains("refused for good") && said.contains("no such user"), "{said}");
    // Nobody listens there any more.
    let away = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let failed = send(&away);
    assert_eq!((failed.status.code(), text(&failed.stdout)), (Some(1), String::new()));
    assert!(text(&failed.stderr).contains("the mail server cannot be used"), "{}", text(&failed.stderr));
    assert!(!folder.path().join("data/leaddock.db").exists(), "no database is needed");
}

#[test]
fn a_test_mail_without_a_mail_server_is_a_file_in_the_language_of_the_organisation() {
    for (locale, begins) in [("zh-CN", "=?utf-8?b?5rWL6K+V"), ("en", "Test mail: ")] {
        let folder = tempfile::tempdir().unwrap();
        let settings = [("ORGANISATION__LOCALE", locale), ("ORGANISATION__NAME", "Park")];
        let done = mail_test(folder.path(), "lin@example.com", &settings);
        let said = text(&done.stdout);
        let file = said.trim_end().strip_prefix("accepted by file ").unwrap_or_else(|| panic!("{said}"));
        let mail = std::fs::read_to_string(folder.path().join(file)).unwrap();
        let subject = mail.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap();
        assert!(subject.starts_with(begins), "{subject}");
        assert!(mail.contains("To: lin@example.com"), "{mail}");
    }
}

#[test]
fn what_is_no_address_is_a_usage_error() {
    let folder = tempfile::tempdir().unwrap();
    for to in ["nobody", "a@b@c", "lin@example.com, wang@example.com", "lin@example.com\r\nBcc: x@y.z", ""] {
        assert_eq!(mail_test(folder.path(), to, &[]).status.code(), Some(2), "{to:?}");
    }
}

/// Makes a user beside a server.
fn add_user(folder: &Path, name: &str, settings: &[(&str, &str)]) {
    let email = format!("{name}@example.com");
    let add = ["user", "add", "--email", &email, "--name", name, "--role", "agent"];
    let done = leaddock(folder, &add, settings).output().unwrap();
    assert!(done.status.success(), "{}", text(&done.stderr));
}

fn events(folder: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> Vec<Value> {
    let arguments = [&["events"], arguments].concat();
    let done = leaddock(folder, &arguments, settings).stdout(Stdio::piped()).output().unwrap();
    assert!(done.status.success(), "{}", text(&done.stderr));
    text(&done.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn log_is_printed_and_followed_beside_a_server(database: Database) {
    let folder = tempfile::tempdir().unwrap();
    let Some(url) = database.fresh(folder.path()) else { return };
    let url = match &url {
        leaddock::platform::db::DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
        leaddock::platform::db::DatabaseUrl::Postgres(url) => url.clone(),
    };
    let settings = [("DATABASE__URL", url.as_str())];
    let server = Server::start(folder.path(), &settings);
    let mut following =
        leaddock(folder.path(), &["events", "--follow", "--types", "user.created"], &settings)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
    let mut lines = BufReader::new(following.stdout.take().unwrap()).lines();
    let mut next = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
    let first = next();
    assert_eq!((&first["type"], &first["data"]["role"]), (&"user.created".into(), &"admin".into()));
    add_user(folder.path(), "lin", &settings);
    let second = next();
    assert_eq!(second["data"]["role"], "agent");
    let members: Vec<&str> = second.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["id", "seq", "type", "at", "inquiry_id", "actor", "data", "previous"]);

    let all = events(folder.path(), &[], &settings);
    let places: Vec<i64> = all.iter().map(|event| event["seq"].as_i64().unwrap()).collect();
    assert!(places.is_sorted() && all.contains(&first) && all.contains(&second), "{all:?}");
    let after = first["seq"].to_string();
    let created = ["--after", &after, "--types", "user.created,user.invited"];
    let later = events(folder.path(), &created, &settings);
    assert_eq!((later.len(), &later[0]), (2, &second), "{later:?}");

    let pid = following.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let mut said = String::new();
    following.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    // The PostgreSQL of the tests keeps nothing over a power loss, of which it is warned.
    let said: Vec<&str> = said.lines().filter(|line| !line.contains("fsync")).collect();
    assert_eq!((following.wait().unwrap().success(), said), (true, Vec::new()));
    server.stop();
}

#[test]
fn the_log_is_printed_and_followed_beside_a_server_on_sqlite() {
    log_is_printed_and_followed_beside_a_server(Database::Sqlite);
}

#[test]
fn the_log_is_printed_and_followed_beside_a_server_on_postgres() {
    log_is_printed_and_followed_beside_a_server(Database::Postgres);
}

#[test]
fn a_log_that_nobody_reads_any_more_ends_quietly() {
    let folder = tempfile::tempdir().unwrap();
    Server::start(folder.path(), &[]).stop();
    for arguments in [&["events"][..], &["events", "--follow"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let command = leaddock(folder.path(), arguments, &[]).stdout(writer).output().unwrap();
        assert_eq!((command.status.success(), text(&command.stderr)), (true, String::new()));
    }
    for wrong in [&["events", "--types", "Inquiry"][..], &["events", "--after", "-1"], &["events", "1"]] {
        assert_eq!(leaddock(folder.path(), wrong, &[]).output().unwrap().status.code(), Some(2), "{wrong:?}");
    }
}
