//! Chooses the chart of a report, and brings together what is drawn and said in it.
//! Drawing it is for the file of each kind of chart; the document is made in `render.rs`.

use chrono::NaiveDate;

use super::bar_rows::{BarRows, arrange};
use super::data::{self, Point};
use super::description;
use super::frame::Frame;
use super::funnel::{self, Stage};
use super::header::{Header, Swatch};
use super::number::{Amounts, real};
use super::text::clean;
use crate::kernel::language::Language;
use crate::reports::definitions::Unit;
use crate::reports::report::{Column, Report};

/// The one grouping whose bars keep their order.
const NATURAL_ORDER: &str = "band";

/// What is drawn.
#[derive(Debug)]
pub enum Body {
    Columns(Vec<Point>),
    Lines(Vec<Point>),
    Funnel(Vec<Stage>),
    Bars(BarRows),
    NoData,
}

#[derive(Debug)]
pub struct Picture {
    pub header: Header,
    pub description: String,
    pub body: Body,
    pub amounts: Amounts,
}

/// The chart of a report by its name and grouping; everything else is bars.
pub fn picture(report: &Report, asked: Option<&str>, most_bars: usize, frame: &Frame) -> Picture {
    let language = frame.language;
    let Some(figure) = data::figure(report, asked) else {
        return no_data(report, "", Amounts::new(Unit::Text, language));
    };
    let by_time = data::is_by_time(report);
    match report.report {
        "funnel" if funnel::FIGURES.contains(&figure.key) => {
            let reached = data::figure_of_key(report, "reached").unwrap_or(figure);
            of_funnel(report, reached, language)
        }
        "overview" if by_time => over_time(report, figure, Swatch::Bar, frame),
        "response-times" if by_time => match data::figure_of_key(report, "p90_minutes") {
            Some(second) if asked.is_none() && figure.key == "p50_minutes" => {
                of_two_lines(report, (figure, second), language)
            }
            _ => over_time(report, figure, Swatch::Line, frame),
        },
        _ if by_time => over_time(report, figure, Swatch::Bar, frame),
        _ => of_bars(report, figure, most_bars, language),
    }
}

/// One figure over time, as columns or as a line, with that of the period before.
fn over_time(report: &Report, figure: &Column, main: Swatch, frame: &Frame) -> Picture {
    let language = frame.language;
    let mut points = data::points(report, figure.key, language);
    let amounts = up_to_highest(figure.unit, &points, language);
    if data::is_empty(&points) {
        return no_data(report, &figure.label, amounts);
    }
    let mut legend = legend(report, &points, main, Swatch::Dashed, language);
    let description = description::of_figure(report, figure, &points, amounts);
    if let Some(window) = data::window(report.group_by, frame.inner() / real(points.len())) {
        data::smooth(&mut points, window);
        for (_, text) in legend.iter_mut().skip(1) {
            *text = format!("{text} · {}", data::average_words(report.group_by, window, language));
        }
    }
    Picture {
        header: header(report, &figure.label, amounts, legend),
        description,
        body: if main == Swatch::Line { Body::Lines(points) } else { Body::Columns(points) },
        amounts,
    }
}

fn of_two_lines(report: &Report, pair: (&Column, &Column), language: Language) -> Picture {
    let points = data::pairs(report, pair.0.key, pair.1.key, language);
    let amounts = up_to_highest(pair.0.unit, &points, language);
    let [first, second] = [clean(&pair.0.label), clean(&pair.1.label)];
    let figures = format!("{first}{}{second}", language.pick("、", ", "));
    if data::is_empty(&points) && points.iter().all(|point| point.second.is_none_or(|value| value == 0.0)) {
        return no_data(report, &figures, amounts);
    }
    let legend = vec![(Swatch::Line, first), (Swatch::Dashed, second)];
    Picture {
        header: header(report, &figures, amounts, legend),
        description: description::of_pair(report, pair, &points, amounts),
        body: Body::Lines(points),
        amounts,
    }
}

fn of_funnel(report: &Report, reached: &Column, language: Language) -> Picture {
    let amounts = Amounts::new(Unit::Count, language);
    let stages = funnel::stages(report, language);
    if stages.iter().all(|stage| stage.reached <= 0.0) {
        return no_data(report, &reached.label, amounts);
    }
    Picture {
        header: header(report, &reached.label, amounts, Vec::new()),
        description: description::of_funnel(&stages, language),
        body: Body::Funnel(stages),
        amounts,
    }
}

fn of_bars(report: &Report, figure: &Column, most: usize, language: Language) -> Picture {
    let points = data::points(report, figure.key, language);
    let amounts = Amounts::new(figure.unit, language);
    if data::is_empty(&points) {
        return no_data(report, &figure.label, amounts);
    }
    let text = description::of_figure(report, figure, &points, amounts);
    let legend = legend(report, &points, Swatch::Bar, Swatch::Tally, language);
    let natural = report.group_by == NATURAL_ORDER;
    let rows = arrange(points, natural, amounts.adds_up(), language.pick("其他", "Other"), most);
    Picture {
        header: header(report, &figure.label, amounts, legend),
        description: description::with_note(text, &rows, amounts),
        body: Body::Bars(rows),
        amounts,
    }
}

fn no_data(report: &Report, figure: &str, amounts: Amounts) -> Picture {
    Picture {
        header: header(report, figure, amounts, Vec::new()),
        description: description::no_data(amounts.language).to_owned(),
        body: Body::NoData,
        amounts,
    }
}

fn up_to_highest(unit: Unit, points: &[Point], language: Language) -> Amounts {
    let values = points.iter().flat_map(|point| [point.value, point.second]).flatten();
    Amounts::new(unit, language).up_to(values.fold(0.0, f64::max))
}

fn header(report: &Report, figure: &str, amounts: Amounts, legend: Vec<(Swatch, String)>) -> Header {
    let parts = [period(report.from, report.to), amounts.unit_phrase().to_owned()];
    let subtitle: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    Header { title: clean(&report.title), figure: clean(figure), subtitle: subtitle.join(" · "), legend }
}

fn period(from: Option<NaiveDate>, to: Option<NaiveDate>) -> String {
    match (from, to) {
        (Some(from), Some(to)) if from == to => from.to_string(),
        (Some(from), Some(to)) => format!("{from} – {to}"),
        (one, other) => one.or(other).map(|date| date.to_string()).unwrap_or_default(),
    }
}

/// Needed only if the period before is drawn too.
fn legend(
    report: &Report,
    points: &[Point],
    main: Swatch,
    second: Swatch,
    language: Language,
) -> Vec<(Swatch, String)> {
    let Some(previous) = &report.previous else { return Vec::new() };
    if points.iter().all(|point| point.second.is_none()) {
        return Vec::new();
    }
    let before = format!("{} {}", language.pick("上期", "Previous"), period(previous.from, previous.to));
    vec![(main, language.pick("本期", "This period").to_owned()), (second, before.trim().to_owned())]
}
