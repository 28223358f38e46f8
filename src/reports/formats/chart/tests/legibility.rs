//! That every word of a chart can be read: none lies upon another, none is cut off at the edge.
//! What else holds for every chart is in `tests.rs`.

use super::super::text::width;
use super::super::{ChartOptions, render};
use super::all_charts::{WIDTHS, every_chart, hostile, texts, words};
use super::reading::{Element, read};
use super::samples::{report, report_of, times};
use crate::kernel::language::Language;

/// Left, top, right, bottom, by the estimate of widths.
fn box_of(text: &Element) -> [f64; 4] {
    let (x, y, size) = (text.number("x"), text.number("y"), text.number("font-size"));
    let wide = width(&text.text, size);
    let left = match text.get("text-anchor") {
        Some("middle") => x - wide / 2.0,
        Some("end") => x - wide,
        _ => x,
    };
    [left, y - size * 0.75, left + wide, y + size * 0.1]
}

/// No text lies upon another or beyond the edge.
pub fn assert_legible(svg: &str, what: &str) {
    let root = read(svg).swap_remove(0);
    let texts = texts(svg);
    let boxes: Vec<[f64; 4]> = texts.iter().map(box_of).collect();
    for (index, one) in boxes.iter().enumerate() {
        let inside = one[0] >= 0.0
            && one[1] >= 0.0
            && one[2] <= root.number("width")
            && one[3] <= root.number("height");
        assert!(inside, "{what}: {:?} is cut off", texts[index]);
        for (other_index, other) in boxes.iter().enumerate().skip(index + 1) {
            let apart = one[2] <= other[0] || other[2] <= one[0] || one[3] <= other[1] || other[3] <= one[1];
            assert!(apart, "{what}: {:?} lies upon {:?}", texts[index], texts[other_index]);
        }
    }
}

#[test]
fn hostile_labels_are_only_words() {
    for (name, group_by) in
        [("agents", "agent"), ("sources", "none"), ("overview", "day"), ("funnel", "none")]
    {
        let report = hostile(name, group_by);
        for width in WIDTHS {
            for inline in [true, false] {
                let options = ChartOptions { width, inline, ..ChartOptions::default() };
                let svg = render(&report, &options);
                assert_legible(&svg, name);
                assert_eq!(svg.starts_with("<?xml"), !inline);
            }
        }
    }
    let svg = render(&report("agents", "agent", Language::Zh), &ChartOptions::default());
    assert!(words(&svg).contains("=HYPERLINK(\"http://x\")"));
}

#[test]
fn no_text_of_any_sample_lies_upon_another() {
    every_chart(|report, options, svg| {
        assert_legible(svg, &format!("{} at {}", report.report, options.width));
    });
}

#[test]
fn labels_never_overlap_whatever_the_number_of_points() {
    for name in ["overview", "response-times"] {
        for group_by in ["day", "week", "month"] {
            let counts = (1..=70).chain([100, 121, 200, 365, 366, 500, 731, 900, 1099, 1100]);
            for count in counts {
                let report = report_of(name, group_by, &times(group_by, count), Language::En);
                for width in [320, 720, 1600] {
                    let svg = render(&report, &ChartOptions { width, ..ChartOptions::default() });
                    assert_legible(&svg, &format!("{name} of {count} by {group_by} at {width}"));
                    assert!(svg.len() < 100_000);
                }
            }
        }
    }
}

#[test]
fn many_names_fit_in_a_narrow_chart() {
    let labels: Vec<String> = (0..200).map(|n| format!("{n} {}", "招商 Agent ".repeat(20))).collect();
    for (name, language) in [("agents", Language::Zh), ("sources", Language::En)] {
        let report = report_of(name, "agent", &labels, language);
        let svg = render(&report, &ChartOptions { width: 320, language, ..ChartOptions::default() });
        assert_legible(&svg, name);
        let words = words(&svg);
        assert!(words.contains(language.pick("\n其他\n", "\nOther\n")), "{words}");
        assert!(words.contains(language.pick("其余 180 项", "sum of 180 more")), "{words}");
    }
}
