//! Speed of one decision of the rules, among few and among many people.
//! What a create costs with rules is measured by `benches/http`, fairness is tested by `tests/assignment`.
#![expect(clippy::unwrap_used, reason = "a measure stops at the first surprise")]

use std::hint::black_box;

use chrono::Duration;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use leaddock::access::Role;
use leaddock::assignment::availability::{Availability, Shift};
use leaddock::assignment::decision::engine::{Case, Excluded, Load, State};
use leaddock::assignment::decision::roster::{Person, Roster, Settings};
use leaddock::assignment::decision::rotation::Rotation;
use leaddock::assignment::pool::PoolSettings;
use leaddock::assignment::rules::{Rule, Strategy, Then, When};
use leaddock::assignment::terms::SlaSettings;
use leaddock::calendar::{Calendar, WallTime, WorkingTime};
use leaddock::facts::understand_text;
use leaddock::inquiries::conditions::Subject;
use leaddock::inquiries::model::{Channel, Items};
use leaddock::inquiries::{NewInquiry, Source};
use leaddock::kernel::clock::Timestamp;
use leaddock::kernel::id::{InquiryId, RuleId, UserId};
use leaddock::platform::db::types::Json;
use uuid::Uuid;

const RULES: u128 = 20;
/// A Monday morning.
const NOW: Timestamp = Timestamp::from_millis(1_795_399_200_000);

fn people(count: u128) -> Vec<Person> {
    let shift = Shift {
        days: vec![1, 2, 3, 4, 5],
        from: WallTime::parse("08:00").unwrap(),
        to: WallTime::parse("20:00").unwrap(),
    };
    let person = |number| Person {
        id: UserId::from_uuid(Uuid::from_u128(number)),
        name: format!("agent {number}"),
        role: Role::Agent,
        team: None,
        is_active: true,
        availability: Availability {
            shifts: Some(vec![shift.clone()]),
            open_max: Some(1_000_000),
            ..Availability::default()
        },
    };
    (1..=count).map(person).collect()
}

/// Rules that all fail but for the last one.
fn rules() -> Vec<Rule> {
    let rule = |number: u128| Rule {
        id: RuleId::from_uuid(Uuid::from_u128(number)),
        position: 0,
        name: format!("rule {number}"),
        active: true,
        is_fallback: number == RULES,
        conditions: Json(if number == RULES {
            When::default()
        } else {
            When {
                regions: vec!["3205".to_owned()],
                tax_wan_min: Some(100.0),
                keywords: vec![format!("冷库{number}")],
                ..When::default()
            }
        }),
        action: Json(Then { strategy: Strategy::RoundRobin, ..Then::all_agents() }),
        version: 1,
        created_at: NOW,
        updated_at: NOW,
    };
    (1..=RULES).map(rule).collect()
}

fn decide(criterion: &mut Criterion) {
    let text = "求租苏州吴中区标准厂房3000-5000平方米，层高9米以上，年税收约300万元，汽车零部件机加工";
    let items = Items { need: Some(text.to_owned()), ..Items::default() };
    let new = NewInquiry::new(items, Source::of(Channel::Api)).understood(understand_text(text));
    let inquiry = leaddock::inquiries::actions::nobodys(&new, InquiryId::floor(NOW), NOW);
    let mut group = criterion.benchmark_group("one decision");
    for count in [3, 50, 500] {
        let settings = Settings {
            working: WorkingTime::new(&Calendar::default(), chrono_tz::Asia::Shanghai),
            pool: PoolSettings::default(),
            sla: SlaSettings::default(),
        };
        let roster = Roster::of(people(count), rules(), settings).unwrap();
        let mut state = State::default();
        for person in &roster.people {
            state.loads.insert(person.id, Load { open: 30, today: 5 });
        }
        let mut at = NOW;
        group.bench_with_input(BenchmarkId::from_parameter(count), &roster, |bencher, roster| {
            bencher.iter(|| {
                at = at.plus(Duration::milliseconds(1));
                let subject = Subject::of(black_box(&inquiry));
                let case = Case { roster, subject: &subject, at, excluded: Excluded::default() };
                case.decide(&mut state, |_| Ok(Rotation::default())).unwrap().detail()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, decide);
criterion_main!(benches);
