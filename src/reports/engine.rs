//! Computing reports for somebody: reads what they are about, follows the log, computes where it is in
//! nobody's way, and names what the rows are about.
//! What is counted is in the definitions.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use serde_json::{Map, Value};

use super::definitions::Definition;
use super::drill::{Drilled, drill};
use super::groups::GroupBy;
use super::history::Symbols;
use super::image::{Image, ImageCases};
use super::log_cases::LogCases;
use super::outcome::Outcome;
use super::prepare::{self, Prepared};
use super::query::{Asked, Cell};
use super::question::{Question, Setting};
use super::report::Report;
use super::showing::{Links, Showing};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::UserId;
use crate::kernel::language::Language;
use crate::platform::bulkhead::{Bulkhead, Turn};
use crate::platform::db::{Db, Read};

/// Reports that are computed at once, and those that may wait for it.
const AT_ONCE: usize = 4;
const WAITING: usize = 100;

/// What reports are computed with.
#[derive(Clone)]
pub struct Reports {
    pub db: Db,
    image: Image,
    bulkhead: Bulkhead,
}

/// A report that is asked for by somebody.
#[derive(Debug, Clone)]
pub struct Request {
    pub definition: &'static Definition,
    pub asked: Asked,
    pub compare: bool,
    pub limit: Option<usize>,
}

impl Reports {
    pub fn new(db: Db) -> Self {
        let bulkhead = Bulkhead::new("reports", AT_ONCE, WAITING);
        Self { db, image: Image::default(), bulkhead }
    }

    /// Follows the log by one part of it, before anybody asks. Returns whether there may be more.
    pub async fn follow_on(&self) -> Result<bool> {
        self.image.follow_on(&self.db).await
    }

    /// Computes something from the image, brought up to now. It ends early when nobody waits for it any more.
    async fn with_image<T: Send + 'static>(
        &self,
        prepared: Prepared,
        compute: impl FnOnce(&Prepared, &Source<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.image.follow(&self.db).await?;
        let asker = Arc::new(());
        let (image, waiting, me) = (self.image.clone(), Arc::downgrade(&asker), prepared.scope.user);
        let work = move || {
            image.know(&prepared.people);
            let computed = compute(&prepared, &Source { image: &image, asker: waiting });
            image.measure();
            computed
        };
        self.bulkhead.run(Some(me.uuid()), work).await?
    }

    /// A turn of somebody, as who computes from the image has one.
    pub async fn turn(&self, user: UserId) -> Result<Turn> {
        self.bulkhead.turn(Some(user.uuid())).await
    }

    /// Computes a report for whoever it was prepared for.
    pub async fn outcome(&self, request: &Request, prepared: &Prepared) -> Result<Outcome> {
        let request = request.clone();
        self.with_image(prepared.clone(), move |prepared, source| source.outcome(&request, prepared)).await
    }

    /// Computes several reports as of one moment, in one turn: what is on one page.
    pub async fn outcomes(&self, requests: Vec<Request>, prepared: &Prepared) -> Result<Vec<Outcome>> {
        let compute = move |prepared: &Prepared, source: &Source<'_>| {
            let as_of = prepared.now.max(Timestamp::from_millis(source.image.state().latest));
            let compute = |mut request: Request| {
                request.asked.as_of = request.asked.as_of.or(Some(as_of));
                // The image is looked at anew for each: who follows the log waits for one report at most.
                source.outcome(&request, prepared)
            };
            requests.into_iter().map(compute).collect()
        };
        self.with_image(prepared.clone(), compute).await
    }

    /// What is behind a figure.
    pub async fn drill(
        &self,
        definition: &'static Definition,
        asked: Asked,
        prepared: &Prepared,
        cell: Cell,
    ) -> Result<Drilled> {
        let compute = move |prepared: &Prepared, source: &Source<'_>| {
            source.with((definition, &asked), prepared, |question, setting, cases| {
                drill(question, setting, cases, &cell)
            })
        };
        self.with_image(prepared.clone(), compute).await
    }

    /// A report as it is shown.
    pub async fn show(
        &self,
        outcome: Outcome,
        prepared: &Prepared,
        (filters, links): (&Map<String, Value>, &Links),
        language: Language,
    ) -> Result<Report> {
        let (group, keys) = (outcome.question.group, outcome.keys());
        let names = self.names(group, keys).await?;
        Ok(Showing { prepared, filters, names: &names, links, language }.report(&outcome))
    }

    async fn names(&self, group: GroupBy, keys: Vec<String>) -> Result<HashMap<String, String>> {
        if !matches!(group, GroupBy::Agent | GroupBy::Team | GroupBy::Form) {
            return Ok(HashMap::new());
        }
        let keys = Arc::new(keys);
        self.db.read(move |read| prepare::names(read.conn, group, &keys)).await
    }
}

/// The image for one who waits for what is computed from it.
struct Source<'a> {
    image: &'a Image,
    asker: Weak<()>,
}

impl Source<'_> {
    fn with<T>(
        &self,
        (definition, asked): (&'static Definition, &Asked),
        prepared: &Prepared,
        compute: impl FnOnce(Question, &Setting<'_>, &mut ImageCases<'_>) -> Result<T>,
    ) -> Result<T> {
        let state = self.image.state();
        let setting = Setting { asked, prepared, me: prepared.scope.user };
        let question = Question::of(definition, asked, prepared, state.latest)?;
        let (rollups, asker) = (self.image.rollups(), self.asker.clone());
        compute(question, &setting, &mut ImageCases::new(&state, rollups, &prepared.scope, asker))
    }

    fn outcome(&self, request: &Request, prepared: &Prepared) -> Result<Outcome> {
        let how = (request.limit, request.compare);
        self.with((request.definition, &request.asked), prepared, |question, setting, cases| {
            Outcome::compute(question, setting, cases, how)
        })
    }
}

/// Computes a report by the slow way, from the log alone.
pub fn from_log(
    read: &mut Read<'_>,
    request: &Request,
    prepared: &Prepared,
    is_awaited: &dyn Fn() -> bool,
) -> Result<Outcome> {
    let how = (request.limit, request.compare);
    with_log(read, (request.definition, &request.asked), prepared, is_awaited, |question, setting, cases| {
        Outcome::compute(question, setting, cases, how)
    })
}

/// What is behind a figure, by the slow way.
pub fn drill_from_log(
    read: &mut Read<'_>,
    asked: (&'static Definition, &Asked),
    prepared: &Prepared,
    cell: &Cell,
    is_awaited: &dyn Fn() -> bool,
) -> Result<Drilled> {
    with_log(read, asked, prepared, is_awaited, |question, setting, cases| {
        drill(question, setting, cases, cell)
    })
}

fn with_log<T>(
    read: &mut Read<'_>,
    (definition, asked): (&'static Definition, &Asked),
    prepared: &Prepared,
    is_awaited: &dyn Fn() -> bool,
    compute: impl FnOnce(Question, &Setting<'_>, &mut LogCases<'_>) -> Result<T>,
) -> Result<T> {
    let mut symbols = Symbols::default();
    asked.narrowing_for(prepared.scope.user).intern(&mut symbols);
    symbols.users.know(&prepared.people);
    let latest = super::history::read::latest(read.conn)?;
    let setting = Setting { asked, prepared, me: prepared.scope.user };
    let question = Question::of(definition, asked, prepared, latest)?;
    let mut cases = LogCases { conn: read.conn, scope: prepared.scope, symbols, is_awaited };
    compute(question, &setting, &mut cases)
}
