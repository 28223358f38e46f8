//! Decoding: makes a history of what is stored of an inquiry and of its events.
//! The statements are in `read.rs`.

use std::collections::HashMap;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use url::Url;

use super::change::{Candidate, Change, Decision, Gain, History, Loss, Origin, Start, Step, Wanted};
use super::raw::Raw;
use super::symbols::Symbols;
use crate::assignment::decision::model::Detail;
use crate::assignment::rules::Strategy;
use crate::assignment::terms::SlaBreached;
use crate::facts::{NeedKind, fen_of_wan, is_counted};
use crate::follow_ups::events as follow_ups;
use crate::inquiries::Source;
use crate::inquiries::asked::{Asked, AskedContent};
use crate::inquiries::events::{
    Accepted, Assigned, Claimed, Declined, Deleted, Received, Recycled, Released, Reparsed, Repeated,
    Restored, SenderUpdated, StatusChanged, Trigger, Unassigned, Updated,
};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{EventId, FollowUpId};
use crate::platform::events::{Event, Fact};

/// The events that a history is made of.
pub const KINDS: [&str; 20] = [
    Received::KIND,
    Assigned::KIND,
    Claimed::KIND,
    Declined::KIND,
    Released::KIND,
    Recycled::KIND,
    Accepted::KIND,
    Unassigned::KIND,
    SlaBreached::KIND,
    StatusChanged::KIND,
    Updated::KIND,
    Repeated::KIND,
    SenderUpdated::KIND,
    Reparsed::KIND,
    Deleted::KIND,
    Restored::KIND,
    follow_ups::Planned::KIND,
    follow_ups::Changed::KIND,
    follow_ups::Deleted::KIND,
    follow_ups::Done::KIND,
];

/// The history of an inquiry. What a newer version may have written and this one does not know is left out.
pub fn decode(raw: Raw, symbols: &mut Symbols) -> Result<History> {
    let Raw { asked, mut events, decisions } = raw;
    // What is not published yet comes last.
    events.sort_by_key(|event| (event.position.unwrap_or(i64::MAX), event.id));
    let origin = origin(&asked, symbols)?;
    let (begin, after) = Understanding::undo(asked.content, &events)?;
    let start = Start { origin, wanted: begin.wanted(symbols), unreachable: begin.unreachable() };
    let history = History {
        inquiry: asked.id,
        start,
        steps: Vec::with_capacity(events.len()),
        events: Vec::with_capacity(events.len()),
        follow_ups: Vec::new(),
    };
    let mut decoder = Decoder { history, symbols, decisions, event: None, at: 0 };
    let (mut wanted, mut unreachable) = (start.wanted, start.unreachable);
    for (event, after) in events.iter().zip(after) {
        decoder.event = Some(event.id);
        decoder.at = event.at.millis();
        readable(event, decoder.event(event));
        if let Some(after) = after {
            let is_now = (after.wanted(decoder.symbols), after.unreachable());
            if is_now.0 != wanted {
                decoder.step(Change::Understood(is_now.0));
            }
            if is_now.1 != unreachable {
                decoder.step(Change::Reachable(!is_now.1));
            }
            (wanted, unreachable) = is_now;
        }
        decoder.decision(event.id);
    }
    Ok(decoder.history)
}

/// What was read of an event; none if it cannot be read. Why is not written down: it may hold what a person
/// wrote.
fn readable<T>(event: &Event, read: Result<T>) -> Option<T> {
    if read.is_err() {
        let Event { id, kind, .. } = event;
        tracing::warn!(event = %id, kind, "an event that reports cannot read is left out");
    }
    read.ok()
}

/// Where an inquiry came from.
fn origin(asked: &Asked, symbols: &mut Symbols) -> Result<Origin> {
    let source: Source = asked.content.source.parse()?;
    let utm = |name: &str| source.utm.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let campaign = utm("source").map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty());
    let first = campaign
        .or_else(|| source.referrer.as_deref().and_then(host))
        .unwrap_or_else(|| source.channel.word().to_owned());
    let mut word = |text: &str| symbols.word(text);
    Ok(Origin {
        channel: word(source.channel.word()),
        source: word(&first),
        utm_source: utm("source").map(&mut word),
        utm_medium: utm("medium").map(&mut word),
        utm_campaign: utm("campaign").map(&mut word),
        form: asked.form_id.map(|form| symbols.forms.intern(&form)),
    })
}

/// The host of an address, without `www.`.
fn host(address: &str) -> Option<String> {
    let url = Url::parse(address.trim()).ok()?;
    let host = url.host_str()?.to_lowercase();
    Some(host.strip_prefix("www.").unwrap_or(&host).to_owned()).filter(|host| !host.is_empty())
}

/// What was understood of an inquiry, and how its person can be reached.
#[derive(Debug, Clone)]
struct Understanding {
    facts: Map<String, Value>,
    content: AskedContent,
}

impl Understanding {
    /// Goes back from the present through what changed: how it began, and what each event made of it, if it
    /// touched it.
    fn undo(content: AskedContent, events: &[Event]) -> Result<(Self, Vec<Option<Self>>)> {
        let mut facts: Map<String, Value> = content.facts.parse()?;
        facts.retain(|name, _| is_counted(name));
        let mut now = Self { facts, content };
        let mut after = vec![None; events.len()];
        for (event, after) in events.iter().zip(&mut after).rev() {
            let Some(change) = readable(event, ContentChange::of(event)).flatten() else { continue };
            *after = Some(now.clone());
            now.put_back(change);
        }
        Ok((now, after))
    }

    fn put_back(&mut self, change: ContentChange) {
        let ContentChange { facts, previous_facts, previous } = change;
        for name in facts.keys().filter(|name| !previous_facts.contains_key(*name)) {
            self.facts.remove(name);
        }
        let known = previous_facts.into_iter().filter(|(name, _)| is_counted(name));
        self.facts.extend(known);
        for (name, value) in previous {
            if let Some(way) = self.content.way(&name) {
                *way = value.as_str().map(str::to_owned);
            }
        }
    }

    fn unreachable(&self) -> bool {
        self.content.unreachable()
    }

    fn wanted(&self, symbols: &mut Symbols) -> Wanted {
        let text = |name: &str| self.facts.get(name).and_then(Value::as_str);
        let number = |name: &str| self.facts.get(name).and_then(Value::as_f64);
        let milli = |value: f64| fen_of_wan(value / 1000.0);
        let first = |names: &[&str]| names.iter().find_map(|name| number(name)).and_then(milli);
        let region = text("region_code").filter(|code| code.len() == 6);
        Wanted {
            need_kind: text("need_kind").and_then(NeedKind::from_word),
            region: region.and_then(|code| code.parse().ok()),
            industry: text("industry_code").map(|code| symbols.word(code)),
            tax_fen: number("tax_wan_per_year").and_then(fen_of_wan),
            area_milli: first(&["area_max_sqm", "area_min_sqm"]),
            land_milli: first(&["land_mu", "land_mu_max", "land_mu_min"]),
        }
    }
}

/// What an event says about a change of the content.
struct ContentChange {
    facts: Map<String, Value>,
    previous_facts: Map<String, Value>,
    /// Of the other members.
    previous: Map<String, Value>,
}

impl ContentChange {
    fn of(event: &Event) -> Result<Option<Self>> {
        let new = match event.kind.as_str() {
            Updated::KIND => fact::<Updated>(event)?.0,
            Repeated::KIND => fact::<Repeated>(event)?.filled,
            SenderUpdated::KIND => fact::<SenderUpdated>(event)?.changes,
            Reparsed::KIND => {
                let facts = fact::<Reparsed>(event)?.facts;
                let previous_facts = previous(event)?;
                return Ok(Some(Self { facts, previous_facts, previous: Map::new() }));
            }
            _ => return Ok(None),
        };
        let mut previous = previous(event)?;
        let members = |value: Option<Value>| match value {
            Some(Value::Object(members)) => members,
            _ => Map::new(),
        };
        let previous_facts = members(previous.remove("facts"));
        Ok(Some(Self { facts: members(new.get("facts").cloned()), previous_facts, previous }))
    }
}

fn previous(event: &Event) -> Result<Map<String, Value>> {
    Ok(event.previous.as_ref().map(|previous| previous.parse()).transpose()?.unwrap_or_default())
}

fn fact<F: Fact + DeserializeOwned>(event: &Event) -> Result<F> {
    event.data.parse()
}

struct Decoder<'a> {
    history: History,
    symbols: &'a mut Symbols,
    decisions: HashMap<EventId, Detail>,
    /// The event at hand, and its moment.
    event: Option<EventId>,
    at: i64,
}

impl Decoder<'_> {
    fn step(&mut self, change: Change) {
        self.history.steps.push(Step { at: self.at, change });
        self.history.events.extend(self.event);
    }

    /// The number of a follow-up.
    fn follow_up(&mut self, id: FollowUpId) -> u32 {
        let known = &mut self.history.follow_ups;
        let place = known.iter().position(|known| *known == id).unwrap_or_else(|| {
            known.push(id);
            known.len().saturating_sub(1)
        });
        u32::try_from(place).unwrap_or(u32::MAX)
    }

    fn event(&mut self, event: &Event) -> Result<()> {
        match event.kind.as_str() {
            Received::KIND => self.step(Change::Received { status: fact::<Received>(event)?.status }),
            Assigned::KIND => {
                let Assigned { assignee_id, team_id, trigger, .. } = fact(event)?;
                let by_hand = matches!(trigger, Trigger::Manual | Trigger::HandOver)
                    && !self.decisions.contains_key(&event.id);
                let how = if by_hand { Gain::AssignedByHand } else { Gain::Assigned };
                let team = team_id.map(|team| self.symbols.teams.intern(&team));
                let owner = self.symbols.users.intern(&assignee_id);
                self.step(Change::Gained { owner, team, how });
            }
            Claimed::KIND => {
                let Claimed { assignee_id, team_id } = fact(event)?;
                let team = team_id.map(|team| self.symbols.teams.intern(&team));
                let owner = self.symbols.users.intern(&assignee_id);
                self.step(Change::Gained { owner, team, how: Gain::Claimed });
            }
            Declined::KIND => self.step(Change::Lost(Loss::Declined)),
            Released::KIND => self.step(Change::Lost(Loss::Released)),
            Recycled::KIND => self.step(Change::Lost(Loss::Recycled)),
            Accepted::KIND => self.step(Change::Accepted),
            SlaBreached::KIND => self.step(Change::Breached),
            StatusChanged::KIND => {
                let StatusChanged { status, reason, .. } = fact(event)?;
                let known = |reason: String| status.reasons().iter().position(|known| known.key == reason);
                let reason = reason.and_then(known).and_then(|place| u8::try_from(place).ok());
                self.step(Change::Moved { status, reason });
            }
            Repeated::KIND => self.step(Change::Repeated),
            Deleted::KIND => self.step(Change::Binned),
            Restored::KIND => self.step(Change::Restored),
            _ => return self.follow_up_event(event),
        }
        Ok(())
    }

    fn follow_up_event(&mut self, event: &Event) -> Result<()> {
        match event.kind.as_str() {
            follow_ups::Planned::KIND => {
                let follow_ups::Planned { follow_up_id, kind, due_at } = fact(event)?;
                let follow_up = self.follow_up(follow_up_id);
                self.step(Change::Planned { follow_up, kind, due_at: due_at.millis() });
            }
            follow_ups::Changed::KIND => {
                let follow_ups::Changed { follow_up_id, members } = fact(event)?;
                let text = |name: &str| members.get(name).and_then(Value::as_str);
                let due_at = text("due_at").and_then(Timestamp::parse).map(Timestamp::millis);
                let kind = text("kind").and_then(crate::follow_ups::model::Kind::from_word);
                let follow_up = self.follow_up(follow_up_id);
                if kind.is_some() || due_at.is_some() {
                    self.step(Change::PlanChanged { follow_up, kind, due_at });
                }
            }
            follow_ups::Deleted::KIND => {
                let follow_up = self.follow_up(fact::<follow_ups::Deleted>(event)?.follow_up_id);
                self.step(Change::FollowUpDeleted { follow_up });
            }
            follow_ups::Done::KIND => {
                let follow_ups::Done { follow_up_id, kind, outcome, done_at, real_contact } = fact(event)?;
                let follow_up = self.follow_up(follow_up_id);
                let (done_at, is_real) = (done_at.millis(), real_contact);
                self.step(Change::Done { follow_up, kind, outcome, done_at, is_real });
            }
            _ => {}
        }
        Ok(())
    }

    /// What a rule decided when this happened.
    fn decision(&mut self, event: EventId) {
        let Some(detail) = self.decisions.remove(&event) else { return };
        let candidates = detail.candidates.iter().map(|candidate| {
            let candidate = candidate.candidate();
            let user = self.symbols.users.intern(&candidate.user_id);
            Candidate { user, reason: candidate.reason, weight: candidate.weight }
        });
        let candidates = candidates.collect();
        let by_turns = detail.strategy == Strategy::RoundRobin;
        self.step(Change::Decided(Decision { by_turns, candidates }));
    }
}
