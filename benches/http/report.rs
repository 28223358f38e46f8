//! The figures of all rounds, and the table made of their medians.
//! How they are measured is in `measures.rs` and docs/BENCHMARKS.md.

use std::collections::BTreeMap;
use std::fmt::Write;

/// One figure of one round.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    pub figure: f64,
    /// Time on a CPU that the server spent for a request.
    pub cpu_micros: Option<f64>,
}

/// All figures, by the names under which they were measured.
#[derive(Default)]
pub struct Figures {
    samples: BTreeMap<&'static str, Vec<Sample>>,
    generator: Option<(f64, &'static str)>,
}

impl Figures {
    pub fn add(&mut self, name: &'static str, sample: Sample) {
        self.samples.entry(name).or_default().push(sample);
    }

    /// Keeps the largest share of a CPU that the generator used.
    pub fn generator_used(&mut self, name: &'static str, share: f64) {
        if self.generator.is_none_or(|(most, _)| share > most) {
            self.generator = Some((share, name));
        }
    }

    fn median(&self, name: &str, of: impl Fn(&Sample) -> Option<f64>) -> Option<f64> {
        let mut values: Vec<f64> = self.samples.get(name)?.iter().filter_map(of).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    }

    fn figure(&self, name: &str) -> Option<f64> {
        self.median(name, |sample| Some(sample.figure))
    }

    fn cpu(&self, name: &str) -> Option<f64> {
        self.median(name, |sample| sample.cpu_micros)
    }
}

/// The metric that a row shows.
#[derive(Clone, Copy)]
enum Metric {
    PerSecond,
    /// Time on a CPU for a request.
    Cpu,
    Mebibytes,
    Milliseconds,
    /// Of an inquiry.
    Bytes,
}

/// The threshold of a row.
#[derive(Clone, Copy)]
enum Bar {
    /// At least so many times the baseline.
    Times(f64),
    /// At least this share of the baseline.
    Share(f64),
    /// At most so many times the baseline.
    AtMostTimes(f64),
    /// At most so much.
    AtMost(f64),
    Nothing,
}

struct Row {
    what: &'static str,
    subject: &'static str,
    /// The name of the baseline's samples, and what it is.
    baseline: Option<(&'static str, &'static str)>,
    metric: Metric,
    bar: Bar,
}

const fn row(
    what: &'static str,
    subject: &'static str,
    baseline: Option<(&'static str, &'static str)>,
    metric: Metric,
    bar: Bar,
) -> Row {
    Row { what, subject, baseline, metric, bar }
}

const ROWS: &[Row] = &[
    row(
        "durable creates, 64 connections",
        "create",
        Some(("create one by one", "a commit for each request")),
        Metric::PerSecond,
        Bar::Times(5.0),
    ),
    row(
        "durable creates, 64 connections",
        "create",
        Some(("create, probe", "bare actix, two inserts")),
        Metric::PerSecond,
        Bar::Share(0.4),
    ),
    row(
        "durable creates, 1 connection",
        "create alone",
        Some(("commits", "single-row commits of this disk")),
        Metric::PerSecond,
        Bar::Share(0.6),
    ),
    row(
        "creates, 50 agents and 20 rules",
        "create, rules",
        Some(("create, no rules", "3 agents, the fallback alone")),
        Metric::Cpu,
        Bar::AtMostTimes(1.25),
    ),
    row(
        "one inquiry, 64 connections",
        "read",
        Some(("read, probe", "bare actix, the same bytes")),
        Metric::PerSecond,
        Bar::Share(0.4),
    ),
    row(
        "list of 50 in 500,000",
        "list, huge",
        Some(("list, small", "in 10,000")),
        Metric::Cpu,
        Bar::AtMostTimes(1.3),
    ),
    row(
        "search in 200,000",
        "search, large",
        Some(("search, small", "in 10,000")),
        Metric::Cpu,
        Bar::AtMostTimes(8.0),
    ),
    row("overview of a year, 500,000 inquiries", "overview, year", None, Metric::Cpu, Bar::AtMost(20_000.0)),
    row("funnel of a year", "funnel, year", None, Metric::Cpu, Bar::AtMost(20_000.0)),
    row("response times of a year", "response-times, year", None, Metric::Cpu, Bar::AtMost(50_000.0)),
    row("sources of a year", "sources, year", None, Metric::Cpu, Bar::AtMost(50_000.0)),
    row(
        "the slowest of all reports, 30 days, CPU",
        "slowest, 30 days",
        None,
        Metric::Milliseconds,
        Bar::AtMost(50.0),
    ),
    row("… of a year, CPU", "slowest, year", None, Metric::Milliseconds, Bar::AtMost(2_000.0)),
    row("… as of half a year ago, CPU", "slowest, past", None, Metric::Milliseconds, Bar::AtMost(2_000.0)),
    row(
        "a report of a day without inquiries, in 500,000",
        "report of none, huge",
        Some(("report of none, small", "in 10,000")),
        Metric::Cpu,
        Bar::AtMostTimes(2.0),
    ),
    row("image of reports, 500,000 inquiries", "image bytes, huge", None, Metric::Bytes, Bar::AtMost(64.0)),
    row("image of reports, 10,000 inquiries", "image bytes, small", None, Metric::Bytes, Bar::Nothing),
    row(
        "peak resident memory, 10,000 inquiries",
        "memory, small",
        None,
        Metric::Mebibytes,
        Bar::AtMost(100.0),
    ),
    row(
        "… of it not pages of files, at the end",
        "memory, small, own",
        None,
        Metric::Mebibytes,
        Bar::Nothing,
    ),
    row(
        "peak resident memory, 200,000 inquiries",
        "memory, large",
        None,
        Metric::Mebibytes,
        Bar::AtMost(200.0),
    ),
    row(
        "… of it not pages of files, at the end",
        "memory, large, own",
        None,
        Metric::Mebibytes,
        Bar::Nothing,
    ),
    row("start to first answer, 200,000 inquiries", "start", None, Metric::Milliseconds, Bar::AtMost(300.0)),
    row(
        "PostgreSQL: creates, 64 connections",
        "create, PostgreSQL",
        Some(("create one by one, PostgreSQL", "a commit for each request")),
        Metric::PerSecond,
        Bar::Nothing,
    ),
    row(
        "PostgreSQL: creates, 64 connections",
        "create, PostgreSQL",
        Some(("create, probe, PostgreSQL", "bare actix, two inserts")),
        Metric::PerSecond,
        Bar::Nothing,
    ),
    row(
        "PostgreSQL: one inquiry, 64 connections",
        "read, PostgreSQL",
        Some(("read, probe, PostgreSQL", "bare actix, the same bytes")),
        Metric::PerSecond,
        Bar::Nothing,
    ),
];

/// The report in Markdown; rows without figures are left out.
pub fn table(figures: &Figures, rounds: u32, seconds: f64) -> String {
    let mut text = format!("{}; medians of {rounds} rounds, {seconds} s each\n\n", machine());
    text.push_str(
        "| what | figure | baseline | ratio | bar | CPU µs/request |\n| --- | ---: | ---: | ---: | --- | \
        ---: |\n",
    );
    for row in ROWS {
        if let Some(line) = line(figures, row) {
            text.push_str(&line);
        }
    }
    if let Some((share, name)) = figures.generator {
        let percent = share * 100.0;
        write!(
            text,
            "\nCPU µs/request: of the server; in parentheses of the baseline's. The load generator used at \
            most {percent:.0} % of one CPU (“{name}”).\n"
        )
        .expect("a text");
    }
    text
}

fn line(figures: &Figures, row: &Row) -> Option<String> {
    let figure = value(figures, row.subject, row.metric)?;
    let (mut beside, mut ratio, mut base_cpu) = ("–".to_owned(), None, None);
    if let Some((name, words)) = row.baseline {
        let base = value(figures, name, row.metric)?;
        beside = format!("{words}: {}", format_value(figures, name, row.metric)?);
        ratio = Some(figure / base);
        base_cpu = figures.cpu(name);
    }
    let cpu = match (figures.cpu(row.subject), base_cpu) {
        (Some(own), Some(base)) => format!("{} ({})", grouped(own), grouped(base)),
        (Some(own), None) => grouped(own),
        (None, _) => "–".to_owned(),
    };
    let metric = format_value(figures, row.subject, row.metric)?;
    let (ratio, bar) = (ratio_words(ratio, row.bar), bar_words(figure, ratio, row));
    Some(format!("| {} | {metric} | {beside} | {ratio} | {bar} | {cpu} |\n", row.what))
}

fn value(figures: &Figures, name: &str, metric: Metric) -> Option<f64> {
    match metric {
        Metric::Cpu => figures.cpu(name),
        _ => figures.figure(name),
    }
}

fn format_value(figures: &Figures, name: &str, metric: Metric) -> Option<String> {
    let number = value(figures, name, metric)?;
    Some(match metric {
        Metric::PerSecond => format!("{}/s", grouped(number)),
        Metric::Cpu => format!("{} µs, at {}/s", grouped(number), grouped(figures.figure(name)?)),
        Metric::Mebibytes => format!("{number:.1} MiB"),
        Metric::Milliseconds => format!("{} ms", grouped(number)),
        Metric::Bytes => format!("{number:.1} bytes each"),
    })
}

fn ratio_words(ratio: Option<f64>, bar: Bar) -> String {
    match (ratio, bar) {
        (None, _) => "–".to_owned(),
        (Some(ratio), Bar::Share(_)) => format!("{:.0} %", ratio * 100.0),
        (Some(ratio), _) => format!("{ratio:.2} ×"),
    }
}

fn bar_words(figure: f64, ratio: Option<f64>, row: &Row) -> String {
    let unit = match row.metric {
        Metric::Mebibytes => "MiB",
        Metric::Milliseconds => "ms",
        Metric::Bytes => "bytes",
        Metric::PerSecond => "/s",
        Metric::Cpu => "µs",
    };
    let reached = |reached: bool| if reached { "met" } else { "missed" };
    let ratio = ratio.unwrap_or(figure);
    match row.bar {
        Bar::Times(bar) => format!("≥ {bar} ×: {}", reached(ratio >= bar)),
        Bar::Share(bar) => format!("≥ {:.0} %: {}", bar * 100.0, reached(ratio >= bar)),
        Bar::AtMostTimes(bar) => format!("≤ {bar} ×: {}", reached(ratio <= bar)),
        Bar::AtMost(bar) => format!("≤ {bar} {unit}: {}", reached(figure <= bar)),
        Bar::Nothing => "–".to_owned(),
    }
}

/// A whole number with commas between its thousands.
fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What ran it, as far as it matters for the figures.
fn machine() -> String {
    let cpus = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let first = |file: &str, name: &str| {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        text.lines()
            .find_map(|line| {
                line.strip_prefix(name)?.split_once(':').map(|(_, value)| value.trim().to_owned())
            })
            .unwrap_or_default()
    };
    let model = first("/proc/cpuinfo", "model name");
    let memory: f64 = first("/proc/meminfo", "MemTotal").trim_end_matches(" kB").parse().unwrap_or(0.0);
    let (system, kind, version) = (std::env::consts::OS, std::env::consts::ARCH, env!("CARGO_PKG_VERSION"));
    format!(
        "{cpus} CPUs ({model}), {:.0} GiB of memory, {system} on {kind}, Leaddock {version}",
        memory / 1024.0 / 1024.0
    )
}
