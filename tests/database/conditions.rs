//! Conditions on inquiries: what a list, its count and its pages give is what fits in memory, for random
//! inquiries, filters and orders.

use std::collections::HashMap;

use diesel::connection::SimpleConnection;
use leaddock::access::{Reach, Scope};
use leaddock::facts::Facts;
use leaddock::inquiries::conditions::Subject;
use leaddock::inquiries::list::{self, SortKey, ValueKey};
use leaddock::inquiries::model::{Channel, Items};
use leaddock::inquiries::{Filter, Inquiry, NewInquiry, Sort, Source, Status, Submitted, actions, store};
use leaddock::kernel::clock::Timestamp;
use leaddock::kernel::error::Result;
use leaddock::kernel::id::{FormId, InquiryId, TeamId, UserId};
use leaddock::kernel::page::PageRequest;
use leaddock::platform::db::{Context, DbConnection, Tx};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Map, Value, json};

use crate::setup::{Database, Home, each_database};

/// More than a list looks up and sorts at once of most conditions.
const INQUIRIES: usize = 2_400;
const FILTERS: usize = 150;
const STATUSES: [&str; 9] =
    ["new", "contacted", "qualified", "viewing", "negotiating", "signed", "landed", "lost", "invalid"];
const KINDS: [&str; 4] = ["factory_rent", "land", "office_rent", "supply"];
const REGIONS: [&str; 5] = ["320571", "320505", "310115", "440106", "44"];
const INDUSTRIES: [&str; 5] = ["C36", "C38", "G59", "C", "C3670"];
const TAGS: [&str; 3] = ["重点", "VIP", "二次来访"];
const START: i64 = 1_795_000_000_000;

/// Whose and by which an inquiry may be.
#[derive(Clone)]
struct Cast {
    users: Vec<UserId>,
    teams: Vec<TeamId>,
    forms: Vec<FormId>,
}

/// Users, teams and forms, laid down past the doors.
fn cast(home: &Home, database: Database) -> Cast {
    let ids = home.write(|tx| {
        Ok(Cast {
            users: (0..3).map(|_| tx.id()).collect(),
            teams: (0..2).map(|_| tx.id()).collect(),
            forms: (0..2).map(|_| tx.id()).collect(),
        })
    });
    let cast = ids.unwrap();
    let said = |id: uuid::Uuid| match database {
        Database::Sqlite => format!("X'{}'", id.simple()),
        Database::Postgres => format!("'{}'", id.simple()),
    };
    let (yes, at) = match database {
        Database::Sqlite => ("1", START.to_string()),
        Database::Postgres => ("true", "now()".to_owned()),
    };
    let mut sql = String::new();
    for (n, id) in cast.users.iter().enumerate() {
        sql += &format!(
            "INSERT INTO users (id, email, email_key, name, role, active, password_hash, created_at, \
             updated_at, version) VALUES ({}, 'u{n}', 'u{n}', 'u', 'agent', {yes}, 'x', {at}, {at}, 1);",
            said(id.uuid())
        );
    }
    for (n, id) in cast.teams.iter().enumerate() {
        sql += &format!(
            "INSERT INTO teams (id, name, name_key, created_at, updated_at, version) VALUES ({}, 't{n}', \
             't{n}', {at}, {at}, 1);",
            said(id.uuid())
        );
    }
    for (n, id) in cast.forms.iter().enumerate() {
        sql += &format!(
            "INSERT INTO forms (id, key, name, active, created_at, updated_at, version) VALUES ({}, 'f{n}', \
             'f', {yes}, {at}, {at}, 1);",
            said(id.uuid())
        );
    }
    home.outside().batch_execute(&sql).unwrap();
    cast
}

/// A number of so many.
fn pick(of: usize) -> impl Strategy<Value = usize> {
    0..of
}

/// Some of these words, at least one.
fn some_of(words: Vec<String>) -> impl Strategy<Value = Value> {
    let count = words.len();
    proptest::sample::subsequence(words, 1..=count.min(3)).prop_map(|words| json!(words))
}

/// An inquiry as it comes, and what becomes of it.
#[derive(Debug, Clone)]
struct Story {
    new: NewInquiry,
    form: Option<FormId>,
    status: Status,
    owner: Option<UserId>,
    team: Option<TeamId>,
    next: Option<i64>,
    changed: i64,
    is_binned: bool,
}

fn facts() -> impl Strategy<Value = Facts> {
    let drawn = (
        proptest::option::of(pick(KINDS.len())),
        proptest::option::of(pick(REGIONS.len())),
        proptest::option::of(0..40_i64),
        proptest::option::of(0..40_i64),
        0..20_i64,
    );
    drawn.prop_map(|(kind, region, tax, area, wide)| {
        let mut facts = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            facts.extend(value.map(|value| (name.to_owned(), value)));
        };
        put("need_kind", kind.map(|kind| json!(KINDS[kind])));
        put("region_code", region.map(|region| json!(REGIONS[region])));
        put("tax_wan_per_year", tax.map(|tax| json!(tax)));
        put("industry_code", region.map(|region| json!(INDUSTRIES[region])));
        put("area_min_sqm", area.map(|area| json!(area)));
        put("area_max_sqm", area.filter(|area| area % 3 > 0).map(|area| json!(area + wide)));
        serde_json::from_value(Value::Object(facts)).unwrap()
    })
}

fn story(cast: &Cast) -> impl Strategy<Value = Story> + use<> {
    let cast = cast.clone();
    let drawn = (
        facts(),
        prop_oneof![1 => Just(0_usize), 1 => pick(STATUSES.len())],
        proptest::option::of(pick(3)),
        proptest::option::of(pick(2)),
        proptest::option::of(pick(2)),
        proptest::sample::subsequence(TAGS.to_vec(), 0..=2),
        (proptest::option::of(0..30_i64), 0..30_i64, 0..50_u8),
    );
    drawn.prop_map(move |(facts, status, owner, team, form, tags, (next, changed, bin))| {
        let items = Items { need: Some(format!("求租厂房{}平方米", status * 7)), ..Items::default() };
        let mut new = NewInquiry::new(items, Source::of(Channel::Api)).understood(facts);
        new.tags = tags.into_iter().map(str::to_owned).collect();
        Story {
            new,
            form: form.map(|n| cast.forms[n]),
            status: Status::from_word(STATUSES[status]).unwrap(),
            owner: owner.map(|n| cast.users[n]),
            team: team.map(|n| cast.teams[n]),
            next,
            changed,
            is_binned: bin == 0,
        }
    })
}

fn filter(cast: &Cast) -> impl Strategy<Value = Value> + use<> {
    let ids = |ids: Vec<String>| some_of(ids);
    let words = |words: &[&str]| some_of(words.iter().map(|word| (*word).to_owned()).collect());
    let mut owners: Vec<String> = cast.users.iter().map(ToString::to_string).collect();
    owners.extend(["me".to_owned(), "none".to_owned()]);
    let number = || (0..45_i64).prop_map(|n| json!(n));
    let moment = || (-2..2_400_i64).prop_map(|n| json!(Timestamp::from_millis(START + n * 1_000)));
    let conditions: Vec<(&'static str, BoxedStrategy<Value>)> = vec![
        ("status", words(&STATUSES).boxed()),
        ("category", words(&["open", "won", "lost", "invalid"]).boxed()),
        ("assignee", ids(owners).boxed()),
        ("team", ids(cast.teams.iter().map(ToString::to_string).collect()).boxed()),
        ("form", ids(cast.forms.iter().map(ToString::to_string).collect()).boxed()),
        ("need_kind", words(&KINDS).boxed()),
        ("region", words(&["32", "3205", "320571", "31", "4401", "9"]).boxed()),
        ("tag", words(&["重点", "VIP", "二次来访", "没有"]).boxed()),
        ("tax[gte]", number().boxed()),
        ("tax[lte]", number().boxed()),
        ("tax[lt]", number().boxed()),
        ("area[gte]", number().boxed()),
        ("area[lte]", number().boxed()),
        ("area[lt]", number().boxed()),
        ("received_at[gte]", moment().boxed()),
        ("received_at[lt]", moment().boxed()),
        ("received_at[lte]", moment().boxed()),
        ("updated_at[gte]", moment().boxed()),
        ("updated_at[lt]", moment().boxed()),
        ("industry", words(&["C", "C3", "C36", "C38", "G59", "A"]).boxed()),
        ("keyword", words(&["厂房7", "方米", "冷库", "1"]).boxed()),
        ("q", words(&["厂房7", "平方米", "仓库", "1"]).prop_map(|word| word[0].clone()).boxed()),
    ];
    let count = conditions.len();
    proptest::sample::subsequence((0..count).collect::<Vec<_>>(), 0..=3).prop_flat_map(move |chosen| {
        let chosen: Vec<BoxedStrategy<(String, Value)>> = chosen
            .into_iter()
            .map(|n| {
                let (name, values) = conditions[n].clone();
                values.prop_map(move |value| (name.to_owned(), value)).boxed()
            })
            .collect();
        chosen.prop_map(|members| Value::Object(members.into_iter().collect()))
    })
}

/// Where an inquiry stands in an order, and what breaks a tie; without a value it is behind.
fn place(inquiry: &Inquiry, key: SortKey) -> (Option<i64>, InquiryId) {
    let value = match key {
        SortKey::ReceivedAt => Some(0),
        SortKey::Value(ValueKey::UpdatedAt) => Some(inquiry.updated_at.millis()),
        SortKey::Value(ValueKey::NextFollowUpAt) => inquiry.next_follow_up_at.map(Timestamp::millis),
        SortKey::Value(ValueKey::Tax) => {
            leaddock::facts::Indexed::of(&inquiry.content.facts.0).tax_fen_per_year
        }
    };
    (value, inquiry.id)
}

/// Those of reach that fit, in an order.
fn expected(all: &[Inquiry], scope: &Scope, filter: &Filter, sort: Sort) -> Vec<InquiryId> {
    let within = |inquiry: &&Inquiry| {
        let is_teams = inquiry.team_id.is_none() || inquiry.team_id == scope.team;
        let is_own = inquiry.assignee_id == Some(scope.user);
        let is_in_pool = inquiry.assignee_id.is_none() && is_teams;
        match scope.reach {
            Reach::Everything => true,
            Reach::Team => is_teams,
            Reach::Own => is_own,
            Reach::Pool => is_in_pool,
            Reach::OwnAndPool => is_own || is_in_pool,
            Reach::Nothing => false,
        }
    };
    let mut fitting: Vec<&Inquiry> = all
        .iter()
        .filter(|inquiry| inquiry.deleted_at.is_none())
        .filter(within)
        .filter(|inquiry| filter.fits(&Subject::of(inquiry), scope.user))
        .collect();
    fitting.sort_by(|a, b| {
        let ((first, a), (second, b)) = (place(a, sort.key), place(b, sort.key));
        let order = (first, a).cmp(&(second, b));
        first.is_none().cmp(&second.is_none()).then(if sort.descending { order.reverse() } else { order })
    });
    fitting.into_iter().map(|inquiry| inquiry.id).collect()
}

/// All pages of a list, one after the other.
fn listed(
    conn: &mut DbConnection,
    scope: &Scope,
    filter: &Filter,
    sort: Sort,
) -> Result<(Vec<InquiryId>, i64)> {
    let mut page = PageRequest { limit: 7, cursor: None, count: true, fingerprint: "the same".to_owned() };
    let (mut ids, mut total) = (Vec::new(), 0);
    loop {
        let found = list::list(conn, scope, filter, sort, &page)?;
        ids.extend(found.data.into_iter().map(|inquiry| inquiry.id));
        total = found.total.unwrap_or(total);
        let Some(next) = found.next_cursor else { return Ok((ids, total)) };
        page = PageRequest { cursor: Some(next), limit: 150, count: false, ..page };
    }
}

fn runner() -> TestRunner {
    TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

/// Tells a story: the inquiry comes at its second, and is changed.
fn happen(tx: &mut Tx<'_>, story: &Story, n: usize) -> Result<Inquiry> {
    let at = |seconds: i64| Timestamp::from_millis(START + seconds * 1_000);
    let mut tx = tx.at(at(i64::try_from(n).unwrap()), &Context::system());
    let submitted = story.form.map(|form| Submitted { form, receipt: tx.id() });
    let made = actions::receive(&mut tx, &story.new, submitted, None)?;
    let changed = Inquiry {
        status: story.status,
        assignee_id: story.owner,
        team_id: story.team,
        next_follow_up_at: story.next.map(at),
        updated_at: at(story.changed),
        deleted_at: story.is_binned.then(|| at(0)),
        ..made.clone()
    };
    store::update(&mut tx, &made, &changed)?;
    Ok(changed)
}

each_database! {
    fn a_list_is_what_fits_in_memory(database) {
        let Some(home) = Home::new(database) else { return };
        let cast = cast(&home, database);
        let mut runner = runner();
        let stories = story(&cast);
        let stories: Vec<Story> =
            (0..INQUIRIES).map(|_| stories.new_tree(&mut runner).unwrap().current()).collect();
        // Some in one change: whoever waits for it waits for a bounded time.
        let (mut stories, mut all) = (stories.into_iter().enumerate(), Vec::<Inquiry>::new());
        while all.len() < INQUIRIES {
            let some: Vec<(usize, Story)> = stories.by_ref().take(200).collect();
            let happens = move |tx: &mut Tx<'_>| some.iter().map(|(n, story)| happen(tx, story, *n)).collect();
            all.extend::<Vec<Inquiry>>(home.write(happens).unwrap());
        }
        let scopes = [
            Scope { user: cast.users[0], team: None, reach: Reach::Everything },
            Scope { user: cast.users[0], team: Some(cast.teams[0]), reach: Reach::Team },
            Scope { user: cast.users[1], team: None, reach: Reach::Own },
            Scope { user: cast.users[1], team: Some(cast.teams[1]), reach: Reach::Pool },
            Scope { user: cast.users[2], team: None, reach: Reach::OwnAndPool },
        ];
        let values = [ValueKey::UpdatedAt, ValueKey::NextFollowUpAt, ValueKey::Tax].map(SortKey::Value);
        let keys = [&[SortKey::ReceivedAt][..], &values].concat();
        let filters = filter(&cast);
        let mut hits: HashMap<bool, usize> = HashMap::new();
        let mut conn = home.outside();
        let own = cast.users[0].to_string();
        let chosen = [
            json!({}),
            json!({"status": "new", "category": "won"}),
            json!({"status": "new", "category": "won", "assignee": "me"}),
            json!({"status": "new", "category": "won", "tag": "VIP"}),
            json!({"status": ["new", "new"]}),
            json!({"assignee": ["me", own, "none"]}),
            json!({"assignee": ["me", own], "status": ["new", "lost"]}),
            json!({"q": "没有的词"}),
        ];
        let drawn = (0..FILTERS).map(|_| filters.new_tree(&mut runner).unwrap().current());
        for (n, said) in chosen.iter().flat_map(|said| vec![said.clone(); 3]).chain(drawn).enumerate() {
            let filter: Filter = serde_json::from_value(said.clone()).unwrap();
            let scope = &scopes[n % 3];
            // The order of receipt has walks of its own: every other time it is asked.
            for key in [keys[0], keys[1 + n / 3 % 3]] {
                let sort = Sort { key, descending: n % 2 == 0 };
                let wanted = expected(&all, scope, &filter, sort);
                let (ids, total) = listed(&mut conn, scope, &filter, sort).unwrap();
                assert_eq!(ids, wanted, "{said} {scope:?} {sort:?}");
                assert_eq!(usize::try_from(total).unwrap(), wanted.len(), "{said}");
                *hits.entry(wanted.is_empty()).or_default() += 1;
            }
        }
        assert!(hits[&true] > 10 && hits[&false] > FILTERS, "the filters ask too little: {hits:?}");
    }
}
