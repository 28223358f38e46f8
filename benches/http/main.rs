//! `cargo bench --bench http`: throughput and cost of the server, compared with bare probes.
//! The measurements are in `measures.rs`; how to run and read them is in docs/BENCHMARKS.md.

#![expect(clippy::expect_used, reason = "a benchmark stops at the first surprise")]

mod load;
mod measures;
mod probe;
mod report;
mod reports;
mod seed;
mod server;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

// The probes get what the product has.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const USAGE: &str = "cargo bench --bench http -- [--seconds N] [--rounds N] [--only \
    create|rules|read|list|search|reports|memory|start|postgres] [--keep]";

/// What the arguments ask for.
pub struct Plan {
    /// How long each measurement counts.
    window: Duration,
    rounds: u32,
    only: Option<String>,
    /// Whether filled databases of an earlier run are used again.
    keep: bool,
    /// An empty database on PostgreSQL.
    postgres: Option<String>,
    /// Whether cargo runs this as a benchmark; as a test there is nothing to do.
    bench: bool,
}

impl Plan {
    #[expect(
        clippy::disallowed_methods,
        reason = "which database serves for the figures on PostgreSQL is no setting of the product"
    )]
    fn from_arguments(mut arguments: impl Iterator<Item = String>) -> Option<Self> {
        let postgres = std::env::var("BENCH_POSTGRES_URL").ok().filter(|url| !url.is_empty());
        let mut plan = Self {
            window: Duration::from_secs(4),
            rounds: 3,
            only: None,
            keep: false,
            postgres,
            bench: false,
        };
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--bench" => plan.bench = true,
                "--keep" => plan.keep = true,
                "--seconds" => {
                    plan.window = Duration::try_from_secs_f64(arguments.next()?.parse().ok()?).ok()?
                }
                "--rounds" => plan.rounds = arguments.next()?.parse().ok()?,
                "--only" => {
                    plan.only = arguments
                        .next()
                        .filter(|name| measures::PARTS.iter().any(|(part, _)| part == name))
                        .map(Some)?
                }
                _ => return None,
            }
        }
        Some(plan)
    }

    fn wants(&self, part: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only == part)
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [probe::CREATE, url] => probe::create(url),
        [probe::ANSWER, file] => probe::answer(file),
        _ => match Plan::from_arguments(arguments.into_iter()) {
            Some(plan) if plan.bench => run(&plan),
            Some(_) => eprintln!("nothing is measured in a test: {USAGE}"),
            None => {
                eprintln!("{USAGE}");
                return ExitCode::FAILURE;
            }
        },
    }
    ExitCode::SUCCESS
}

/// Where the databases and the report are put: beside what cargo builds.
fn folder() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    target.parent().unwrap_or(target).join("bench-data")
}

fn run(plan: &Plan) {
    let root = folder();
    forget_last_run(&root);
    if let Some(url) = plan.postgres.as_ref().filter(|_| plan.wants("postgres")) {
        measures::check_empty(url);
    }
    let mut bench = measures::Bench::new(plan, &root);
    bench.seed();
    for round in 1..=plan.rounds {
        for (part, measure) in measures::PARTS.iter().filter(|(part, _)| plan.wants(part)) {
            eprintln!("round {round} of {}: {part}", plan.rounds);
            measure(&mut bench);
        }
    }
    let report = report::table(&bench.figures, plan.rounds, plan.window.as_secs_f64());
    std::fs::write(root.join("report.md"), &report).expect("the report in a file");
    println!("{report}");
    forget_last_run(&root);
}

/// Removes what the measurements wrote; the filled databases stay.
fn forget_last_run(root: &Path) {
    let run = root.join("run");
    if run.exists() {
        std::fs::remove_dir_all(run).expect("the files of a run removed");
    }
}
