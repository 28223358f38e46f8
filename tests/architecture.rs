//! The house keeps its plan: who may import whom, who writes which table, where HTTP and the kind of database
//! may be named. Reads the sources as text. What the program does is tested elsewhere.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

#[path = "architecture/graph.rs"]
mod graph;
#[path = "architecture/sources.rs"]
mod sources;
#[path = "architecture/style.rs"]
mod style;
#[path = "architecture/viewers.rs"]
mod viewers;
#[path = "architecture/vocabulary.rs"]
mod vocabulary;

use std::collections::{BTreeMap, BTreeSet};

use sources::*;

/// The floor plan: each room and its floor. Imports go down only, and never to a neighbour on the same floor.
const PLAN: &[(&str, u32)] = &[
    ("kernel", 0),
    ("platform", 1),
    ("access", 2),
    ("facts", 2),
    ("calendar", 3),
    ("inquiries", 3),
    ("follow_ups", 4),
    ("assignment", 5),
    ("intake", 6),
    ("worklist", 6),
    ("reports", 7),
    ("notifications", 8),
    ("app", 9),
    ("cli", 10),
];

/// The ids of the trade that platform may name all the same: none, for actors and subjects are open. (file,
/// what it may name)
const TRADE_IDS: &[(&str, &str)] = &[];

/// Rooms without IO, and what would be IO there.
const PURE: &[&str] = &["kernel", "facts"];
const IO: &[&str] = &["diesel", "actix_web", "tokio", "std::fs", "std::net", "std::process", "platform::db"];

/// Where HTTP may be spoken. In `cli/` only the runtime may be named.
const HTTP: &[&str] = &[
    "/api.rs",
    "/pages.rs",
    "/context.rs",
    "src/intake/submissions/api/",
    "src/platform/http/",
    "src/access/credential.rs",
    "src/access/guard.rs",
    "src/access/login_limit.rs",
    "src/app.rs",
    "src/app/routes.rs",
];

/// Files beside schema.rs that still declare a table. This list shrinks.
const TABLES_LEFT: &[&str] = &[];

/// The verbs of the business: free of HTTP.
const VERBS: &[&str] = &["/actions.rs", "/actions/", "/decision.rs"];

/// Where PostgreSQL asks in one statement what SQLite asks in several, because a round trip costs there. This
/// list shrinks.
const AT_ONCE: &[&str] = &["src/intake/submissions/store.rs"];

/// The only folder that may know which database it is.
const DATABASE: &str = "src/platform/db/";

/// Where the organisation's time zone comes from, and structs that live no longer than the work it was asked
/// for: one query string, one message, one filling of a demo. Working time is made anew with each change of the calendar.
const ZONES: &[&str] = &[
    "src/calendar/model.rs",
    "src/calendar/working_time.rs",
    "src/platform/config/settings.rs",
    "src/platform/db/zone.rs",
    "src/platform/http/query.rs",
    "src/cli/demo/story.rs",
    "src/notifications/mails/messages.rs",
    "src/notifications/mails/snapshot.rs",
    "src/reports/dates.rs",
];

// ---- the rules

#[test]
fn the_plan_is_the_table_in_lib_rs_and_the_folders_of_src() {
    let text = read("src/lib.rs");
    let rows = text.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("//! | ")?.split(" | ");
        let floor: u32 = cells.next()?.parse().ok()?;
        Some((cells.next()?.trim_matches(['[', ']', '`']).to_owned(), floor))
    });
    let told: BTreeMap<String, u32> = rows.collect();
    let plan: BTreeMap<String, u32> = PLAN.iter().map(|(room, floor)| ((*room).to_owned(), *floor)).collect();
    assert_eq!(
        plan, told,
        "PLAN in this file and the table in src/lib.rs are one plan: write a new room into both"
    );
    let rooms: BTreeSet<String> = sources().iter().filter_map(Source::room).collect();
    assert_eq!(rooms, plan.into_keys().collect(), "each folder of src/ is a room of the plan");
}

#[test]
fn imports_go_down() {
    let floors: BTreeMap<&str, u32> = PLAN.iter().copied().collect();
    let exported = exported_macros();
    let mut faults = Vec::new();
    for source in sources() {
        let Some(room) = source.room() else { continue };
        for (line, target) in source.imports() {
            let owner = exported.get(&target).unwrap_or(&target);
            let legal = match floors.get(owner.as_str()) {
                Some(floor) => *owner == room || *floor < floors[room.as_str()],
                None => false,
            };
            if !legal {
                faults.push(format!("{}:{line} {room} imports {target}", source.path));
            }
        }
    }
    verdict(
        "imports go down only. Influence goes up as an event (tx.record) that the upper room answers; or the \
        line belongs to the upper room",
        faults,
    );
}

/// The macros that stand at the root of the crate, and the rooms that they are from.
fn exported_macros() -> BTreeMap<String, String> {
    let of = |source: &Source| {
        let declared = source.code.split("#[macro_export]").skip(1);
        let names =
            declared.map(|rest| first_word(rest.trim_start().trim_start_matches("macro_rules! ")).to_owned());
        names.filter_map(|name| Some((name, source.room()?))).collect::<Vec<_>>()
    };
    sources().iter().flat_map(of).collect()
}

#[test]
fn files_form_no_circle() {
    let circles = graph::circles(&graph::graph());
    let faults = circles.into_iter().map(|circle| circle.into_iter().collect::<Vec<_>>().join("\n    "));
    verdict(
        "files form no circle: what both need goes into a file below them, such as a schema.rs under a \
        model.rs",
        faults.collect(),
    );
}

#[test]
fn a_mod_rs_only_wires() {
    let wirings: Vec<&Source> = sources().iter().filter(|source| source.path.ends_with("/mod.rs")).collect();
    assert!(wirings.len() > 20, "the wirings were not found");
    let has_logic = |source: &&&Source| graph::has_logic(&source.text);
    let faults = wirings.iter().filter(has_logic).map(|source| source.path.clone());
    verdict(
        "a mod.rs lists its files and what it re-exports: types go into a model.rs, verbs into an actions.rs",
        faults.collect(),
    );
    assert!(!graph::has_logic("//! x\nmod a;\npub use a::B;") && graph::has_logic("mod a;\npub fn b() {}"));
}

#[test]
fn a_circle_is_found() {
    let edges = [("a", "b"), ("b", "c"), ("c", "a"), ("d", "a"), ("e", "e")];
    let mut graph = graph::Graph::new();
    for (from, to) in edges {
        graph.entry(from.to_owned()).or_default().insert(to.to_owned());
    }
    let circles: Vec<Vec<String>> =
        graph::circles(&graph).into_iter().map(|circle| circle.into_iter().collect()).collect();
    assert_eq!(circles, [vec!["a".to_owned(), "b".to_owned(), "c".to_owned()], vec!["e".to_owned()]]);
}

#[test]
fn platform_names_no_word_of_the_trade() {
    let ids: Vec<String> =
        sources().iter().find(|source| source.path == "src/kernel/id.rs").map(trade_ids).unwrap();
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| source.path.starts_with("src/platform/")) {
        for (line, word) in source.words() {
            if ids.iter().any(|id| id == word) && !TRADE_IDS.contains(&(source.path.as_str(), word)) {
                faults.push(format!("{}:{line} {word}", source.path));
            }
        }
    }
    verdict(
        "platform knows no word of the trade: let the room that knows it do this, or name the exception in \
        TRADE_IDS with its reason",
        faults,
    );
}

/// The ids that `kinds!` declares, but for those of platform's own things.
fn trade_ids(source: &Source) -> Vec<String> {
    let list = source
        .code
        .split("\nkinds! {")
        .nth(1)
        .and_then(|rest| rest.split("\n}").next())
        .expect("kinds! in kernel/id.rs");
    let names =
        list.lines().filter_map(|line| line.trim().split(" = ").next().filter(|name| name.ends_with("Id")));
    names.filter(|name| !["EventId", "RequestId"].contains(name)).map(str::to_owned).collect()
}

#[test]
fn the_document_is_told_by_the_types_that_are_taken() {
    let mut faults = Vec::new();
    let mut handlers = 0;
    for source in sources() {
        for rest in source.text.split("#[utoipa::path(").skip(1) {
            let (told, rest) = rest.split_once("async fn ").expect("a handler");
            let handler = rest.split_once("\n}\n").expect("its end").0;
            let name = format!("{} {}", source.path, first_word(handler));
            let Some((_, taken)) = handler.split_once("caller: ") else { continue };
            handlers += 1;
            let taken: String = generic(taken).split_whitespace().collect();
            if !told.split_whitespace().collect::<String>().contains(&taken) {
                faults.push(format!("{name} takes {taken}, which its `params(…)` does not name"));
            }
            let kept = !told.contains("#[post(") || handler.contains(".write(");
            if kept == told.contains("x-not-kept") {
                faults.push(format!(
                    "{name}: `x-not-kept` belongs to a POST whose answer is not kept for an \
                        Idempotency-Key, and to no other"
                ));
            }
        }
    }
    assert!(handlers > 40, "{handlers}");
    verdict(
        "what an operation takes is told by the type of its handler's `caller`: name the same type in \
        `params(…)`",
        faults,
    );
}

/// A type with what stands in its angle brackets.
fn generic(text: &str) -> &str {
    let mut depth = 0;
    for (at, sign) in text.char_indices() {
        match sign {
            '<' => depth += 1,
            '>' if depth == 1 => return text.get(..=at).unwrap(),
            '>' => depth -= 1,
            _ => {}
        }
    }
    text
}

#[test]
fn pure_rooms_do_no_io() {
    let mut faults = Vec::new();
    for source in
        sources().iter().filter(|source| source.room().is_some_and(|room| PURE.contains(&room.as_str())))
    {
        for name in IO {
            faults.extend(source.lines_with(name).map(|line| format!("{}:{line} {name}", source.path)));
        }
    }
    verdict(
        "kernel and facts are pure: hand the value in, or move the line to the room that may do IO",
        faults,
    );
}

#[test]
fn a_table_is_written_by_its_owner_only() {
    let sources = sources();
    let owners: BTreeMap<String, String> = sources
        .iter()
        .flat_map(|source| source.tables().into_iter().map(|table| (table, source.path.clone())))
        .collect();
    assert!(owners.len() > 10, "the tables were not found: {owners:?}");
    let room_of = |path: &str| path.split('/').nth(1).unwrap_or_default().to_owned();
    let all: usize = sources.iter().map(|source| source.writes().len()).sum();
    assert!(all > 60, "the writes were not found: {all}");
    let mut faults = Vec::new();
    for source in sources {
        for (line, table) in source.writes() {
            match table.as_deref().map(|table| (table, owners.get(table))) {
                Some((_, Some(owner))) if room_of(owner) == room_of(&source.path) => {}
                Some((table, _)) => faults.push(format!("{}:{line} writes {table}", source.path)),
                None => faults.push(format!(
                    "{}:{line} writes a table that cannot be seen here: begin with `NAME::table`",
                    source.path
                )),
            }
        }
    }
    verdict(
        "a table is written in the store of the room that declares it: call an action of that room, or \
        announce an event",
        faults,
    );
}

#[test]
fn events_are_never_deleted() {
    let deletes = |source: &Source| {
        let by_diesel = source.code.match_indices("diesel::delete(").filter_map(|(at, verb)| {
            let table = source.target(at + verb.len())?;
            (table == "events").then(|| format!("{}:{}", source.path, source.line_at(at)))
        });
        let by_hand = source.text.contains("DELETE FROM events").then(|| source.path.clone());
        by_diesel.chain(by_hand).collect::<Vec<_>>()
    };
    verdict(
        "readers of the log keep the position they have read, and SQLite would give a deleted last position \
        to another event",
        sources().iter().flat_map(deletes).collect(),
    );
}

#[test]
fn sql_is_written_in_stores() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| !source.path.starts_with(DATABASE)) {
        for name in ["sql_query", "batch_execute"] {
            faults.extend(source.lines_with(name).map(|line| format!("{}:{line} {name}", source.path)));
        }
        let in_place = source.path.ends_with("/schema.rs")
            || TABLES_LEFT.contains(&source.path.as_str())
            || source.path.starts_with("src/platform/");
        if !in_place && !source.tables().is_empty() {
            faults.push(format!("{} declares a table", source.path));
        }
    }
    verdict(
        "SQL as text differs between the databases: it stands in platform/db; tables are declared in a \
        room's schema.rs",
        faults,
    );
}

#[test]
fn http_is_spoken_at_the_edge() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| {
        !HTTP.iter().any(|place| source.path.starts_with(place) || source.path.ends_with(place))
    }) {
        let runtime_only = source.path.starts_with("src/cli/");
        let named = source
            .lines_with("actix_web")
            .filter(|line| !(runtime_only && source.line(*line).contains("actix_web::rt")));
        faults.extend(named.map(|line| format!("{}:{line}", source.path)));
    }
    verdict(
        "actix_web is named in api.rs (or api/), pages.rs, context.rs, platform/http, access/guard.rs, \
        access/login_limit.rs, app.rs and app/routes.rs (in cli/ only its rt): move the line to the room's api.rs",
        faults,
    );
}

#[test]
fn verbs_know_no_http() {
    let graph = graph::graph();
    let mut faults = Vec::new();
    let verbs = sources().iter().filter(|source| VERBS.iter().any(|place| source.path.contains(place)));
    let verbs: Vec<&Source> = verbs.collect();
    assert!(verbs.len() > 10, "the verbs were not found");
    for source in verbs {
        faults.extend(source.lines_with("actix_web").map(|line| format!("{}:{line} actix_web", source.path)));
        let used = graph[&source.path].iter().filter(|file| file.starts_with("src/platform/http/"));
        faults.extend(used.map(|file| format!("{} uses {file}", source.path)));
    }
    verdict(
        "actions.rs, actions/ and decision.rs know no HTTP: hand the value in from api.rs, or move its type \
        into \
        a model.rs",
        faults,
    );
}

#[test]
fn only_platform_db_knows_which_database_it_is() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| !source.path.starts_with(DATABASE)) {
        for variant in [
            "DbConnection::Sqlite",
            "DbConnection::Postgres",
            "MultiBackend::Sqlite",
            "MultiBackend::Postgres",
        ] {
            faults.extend(source.lines_with(variant).map(|line| format!("{}:{line} {variant}", source.path)));
        }
    }
    verdict(
        "what differs between the databases is a function of platform/db/dialect.rs, tested on both: call \
        one, or add one",
        faults,
    );
}

#[test]
fn only_platform_db_names_a_connection_of_one_database() {
    let outside = sources().iter().filter(|source| !source.path.starts_with(DATABASE));
    let naming = outside.filter(|source| {
        source.outside_tests().words().any(|(_, word)| ["PgConnection", "SqliteConnection"].contains(&word))
    });
    let naming: BTreeSet<&str> = naming.map(|source| source.path.as_str()).collect();
    assert_eq!(
        naming,
        BTreeSet::from_iter(AT_ONCE.iter().copied()),
        "a query has one form for both databases, but where PostgreSQL asks in one statement for what SQLite \
        asks one by one (`each_or_at_once`): name such a file in AT_ONCE"
    );
}

#[test]
fn nobody_keeps_the_time_zone() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| !ZONES.contains(&source.path.as_str())) {
        let product = source.outside_tests();
        faults.extend(kept_zones(&product.code).iter().map(|name| format!("{} struct {name}", source.path)));
        if !source.path.starts_with("src/platform/config/") && source.path != "src/app.rs" {
            let read = product.lines_with("organisation.timezone");
            faults.extend(read.map(|line| format!("{}:{line} organisation.timezone", source.path)));
        }
    }
    verdict(
        "the time zone is asked for where it is needed (`Read::zone`, `Tx::zone`, `Db::zone`), and handed on \
        as an argument",
        faults,
    );
    assert_eq!(
        kept_zones("struct A {\n    zone: chrono_tz::Tz,\n}\nstruct B(Tz);\nfn c(zone: Tz) {}"),
        ["A", "B"]
    );
}

/// The structs with a time zone in them.
fn kept_zones(code: &str) -> Vec<&str> {
    let structs = code.split("struct ").skip(1).map(|rest| {
        let end = rest.find("\n}").into_iter().chain(rest.find(";\n")).min().unwrap_or(rest.len());
        (first_word(rest), &rest[..end])
    });
    let has_zone = |body: &str| body.split(|c: char| !c.is_alphanumeric()).any(|word| word == "Tz");
    structs.filter(|(_, body)| has_zone(body)).map(|(name, _)| name).collect()
}

#[test]
fn every_migration_has_its_twin() {
    let folders = |database: &str| -> BTreeSet<String> {
        let entries = std::fs::read_dir(root().join("migrations").join(database)).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    let (sqlite, postgres) = (folders("sqlite"), folders("postgres"));
    let mut faults: Vec<String> = sqlite
        .symmetric_difference(&postgres)
        .map(|name| format!("{name} is there for one database only"))
        .collect();
    for (database, names) in [("sqlite", &sqlite), ("postgres", &postgres)] {
        for path in names.iter().flat_map(|name| {
            ["up.sql", "down.sql"].map(|file| format!("migrations/{database}/{name}/{file}"))
        }) {
            if std::fs::read_to_string(root().join(&path)).unwrap_or_default().trim().is_empty() {
                faults.push(format!("{path} is missing or empty"));
            }
        }
    }
    verdict(
        "a migration is a pair, with the same name for both databases, and each has up.sql and down.sql",
        faults,
    );
}

#[test]
fn the_page_of_permissions_is_what_the_program_prints() {
    let page = std::fs::read_to_string(root().join("docs/permissions.md")).unwrap_or_default();
    let printed = leaddock::access::policy::to_markdown();
    assert_eq!(page, printed, "make it anew: cargo run -- print permissions > docs/permissions.md");
}

fn verdict(rule: &str, faults: Vec<String>) {
    assert!(faults.is_empty(), "{rule}:\n  {}\n", faults.join("\n  "));
}
