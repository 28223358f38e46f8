//! Fills an empty database: makes the users, plays the scenes of a year, and sums up what was made.
//! What happens in the scenes is generated in `story.rs`.

use std::sync::Arc;

use actix_web::rt;
use chrono::Duration;
use clap::Args;

use super::play::{Player, Prepared, States, create_staff, everything};
use super::story::{Act, Scene};
use super::texts::Texts;
use super::year::Year;
use crate::access::passwords;
use crate::access::store::UserFilter;
use crate::access::tokens::{Keys, generate_password};
use crate::access::{Role, User, store as users};
use crate::app::{ensure_defaults, open_database};
use crate::assignment;
use crate::cli::failure::Failure;
use crate::cli::output::{Format, print};
use crate::cli::progress::Progress;
use crate::follow_ups::store::overdue;
use crate::inquiries::deadlines;
use crate::inquiries::{Filter, list as inquiries};
use crate::intake::forms::compiled::CompiledForm;
use crate::intake::forms::model::DEFAULT_FORM;
use crate::intake::forms::store as forms;
use crate::intake::reading::token::PageTokens;
use crate::kernel::clock::{Clock, Timestamp};
use crate::kernel::error::{Error, Result};
use crate::kernel::page::PageRequest;
use crate::platform::config::{PublicUrl, Settings};
use crate::platform::db::{Context, Db, Read};
use crate::platform::events::Subscribe;

/// Nobody gets a message about the past.
const WITHOUT_MESSAGES: &[Subscribe] = &[assignment::subscribe];
/// Scenes that share a commit: one for each would take minutes on a slow disk.
const SCENES_AT_ONCE: usize = 50;

#[derive(Debug, Args)]
pub struct Arguments {
    /// How many inquiries to make.
    #[arg(long, value_name = "N", default_value_t = 3_000,
        value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    inquiries: u32,
}

/// What was made.
struct Made {
    texts: Arc<Texts>,
    staff: Vec<User>,
    /// The administrator who was there before.
    admin: Option<User>,
    inquiries: usize,
    follow_ups: usize,
    overdue: usize,
}

pub fn run(settings: &Settings, arguments: &Arguments) -> std::result::Result<(), Failure> {
    let now = Clock::System.now();
    let clock = Clock::manual(now);
    let db = open_database(settings, clock.clone(), WITHOUT_MESSAGES, true)?;
    let made =
        rt::System::new().block_on(fill(&db, &clock, now, arguments.inquiries, Format::of(&settings.log)))?;
    db.close();
    print(summary(&made))
}

async fn fill(
    db: &Db,
    clock: &Clock,
    now: Timestamp,
    count: u32,
    format: Format,
) -> std::result::Result<Made, Failure> {
    let Some(there) = db.read(emptiness).await? else {
        let why = "the database is not empty: the demo fills a new one, with no inquiry and no user but one \
            administrator";
        return Err(Failure::Usage(why.to_owned()));
    };
    let wants_admin = there.admin.is_none();
    // The password is public and printed at the end, so the password rule does not apply.
    let texts = Arc::new(Texts::load()?);
    let hash = passwords::hash(&texts.password)?;
    clock.set(now.minus(Duration::days(366)));
    let known = Arc::clone(&texts);
    let made = db.write_in_background(Context::system(), move |tx| {
        ensure_defaults(tx)?;
        let form = forms::active(tx.conn, DEFAULT_FORM)?
            .ok_or_else(|| Error::internal("the form that exists from the start takes nothing"))?;
        Ok((form, create_staff(tx, &known, &hash, wants_admin)?))
    });
    let (form, staff) = made.await?;
    let form = Arc::new(CompiledForm::of(&form, &PublicUrl::of_address(([127, 0, 0, 1], 80).into()))?);
    // The demo issues no page tokens, so any key will do.
    let tokens = PageTokens::new(&Keys::derive(&generate_password()?.into(), None)?);
    let player = Arc::new(Player { form, tokens, ids: Arc::clone(&db.parts().ids), staff });

    let zone = db.zone().await?;
    let count = usize::try_from(count).unwrap_or(0);
    let scenes = Year::new(&texts, count, now, zone);
    let follow_ups = play(db, clock, &player, scenes, Progress::new("a year goes by", count, format)).await?;
    db.write_in_background(Context::system(), move |tx| deadlines::forget(tx, now)).await?;
    let overdue =
        db.read(move |read| overdue(read.conn, &everything(now), &Filter::default(), now, zone)).await?;
    // Repeated submissions join one inquiry.
    let received =
        db.read(move |read| inquiries::count(read.conn, &everything(now), &Filter::default())).await?;
    Ok(Made {
        texts,
        staff: player.staff.clone(),
        admin: there.admin,
        inquiries: usize::try_from(received).unwrap_or(0),
        follow_ups,
        overdue: overdue.len(),
    })
}

/// A database without inquiries, and without users but one administrator at most.
struct Empty {
    admin: Option<User>,
}

fn emptiness(read: &mut Read<'_>) -> Result<Option<Empty>> {
    let scope = everything(read.now);
    let page = PageRequest { limit: 2, cursor: None, count: false, fingerprint: String::new() };
    let there = users::list(read.conn, &scope, &UserFilter::default(), &page)?.data;
    let admin_alone = there.len() <= 1 && there.iter().all(|user| user.role == Role::Admin);
    let no_inquiry = inquiries::count(read.conn, &scope, &Filter::default())? == 0;
    Ok((admin_alone && no_inquiry).then(|| Empty { admin: there.into_iter().next() }))
}

/// Plays the scenes. Returns how many follow-ups were made.
async fn play(
    db: &Db,
    clock: &Clock,
    player: &Arc<Player>,
    mut scenes: Year<'_>,
    mut progress: Progress,
) -> Result<usize> {
    let mut states = States::new();
    let mut follow_ups = 0;
    loop {
        let batch: Vec<Scene> = scenes.by_ref().take(SCENES_AT_ONCE).collect::<Result<_>>()?;
        let Some(first) = batch.first() else { break };
        clock.set(first.at);
        let count = |of: fn(&Act) -> bool| batch.iter().filter(|scene| of(&scene.act)).count();
        let begun = count(|act| matches!(act, Act::Submit(_) | Act::Enter(..)));
        follow_ups += count(|act| matches!(act, Act::AddFollowUp(_)));
        // Only the states that these scenes need: the change may be retried and must then start from the same
        // states.
        let appearing: States =
            batch.iter().filter_map(|scene| states.remove_entry(&scene.inquiry)).collect();
        let batch: Vec<Prepared> =
            batch.into_iter().map(|scene| player.prepare(scene)).collect::<Result<_>>()?;
        let player = Arc::clone(player);
        let known = db.write_in_background(Context::system(), move |tx| {
            let mut known = appearing.clone();
            batch.iter().try_for_each(|scene| player.play(tx, &mut known, scene))?;
            Ok(known)
        });
        states.extend(known.await?);
        progress.advance(begun);
    }
    progress.finish();
    Ok(follow_ups)
}

/// The summary: what was created, the logins and their password.
fn summary(made: &Made) -> String {
    let Made { texts, staff, admin, inquiries, follow_ups, overdue } = made;
    let (teams, users) = (texts.teams.len(), staff.len() + usize::from(admin.is_some()));
    let mut lines = vec![format!(
        "{teams} teams, {users} users, {inquiries} inquiries, {follow_ups} follow-ups ({overdue} overdue)\n"
    )];
    lines
        .extend(staff.iter().map(|user| format!("{:<8} {:<28} {}", user.role.word(), user.email, user.name)));
    lines.push(format!("\nlog in with one of these addresses and the password: {}", texts.password));
    lines.extend(admin.iter().map(|admin| {
        format!("the administrator who was there before, {}, keeps their password", admin.email)
    }));
    lines.push("everybody knows this password: keep such a database off the internet".to_owned());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::follow_ups::due::FollowUpDue;
    use crate::platform::db::{DatabaseUrl, Options, Parts};
    use crate::platform::timers::Timer;
    use crate::platform::timers::store::due;

    #[test]
    fn an_empty_database_is_filled_once_and_without_mails() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("demo.db"));
        let now = Clock::System.now();
        let clock = Clock::manual(now);
        let options = Options { url, connections: 1, group_commit: true, exclusive: true };
        let (db, _) = Db::open(&options, Parts::new(clock.clone(), WITHOUT_MESSAGES)).unwrap();
        rt::System::new().block_on(async {
            let made = fill(&db, &clock, now, 60, Format::Text).await.unwrap();
            assert_eq!(made.staff.len(), 12);
            assert!((50..=60).contains(&made.inquiries), "some ask twice");
            let (left, received) = db
                .read(move |read| {
                    let left = due(read.conn, &[FollowUpDue::KIND], now, 10)?;
                    Ok((left.len(), inquiries::count(read.conn, &everything(now), &Filter::default())?))
                })
                .await
                .unwrap();
            assert_eq!(
                (left, usize::try_from(received).unwrap()),
                (0, made.inquiries),
                "what was due in the past is announced already"
            );
            assert!(
                matches!(fill(&db, &clock, now, 60, Format::Text).await, Err(Failure::Usage(_))),
                "never twice"
            );
        });
        db.close();
    }
}
