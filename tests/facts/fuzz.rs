//! Texts that nobody would write: pieces of the sets, cut, doubled and mixed with stray characters. Reading ends
//! well, says the same twice, and points into the text. `LEADDOCK_FUZZ_TEXTS` says how many (3,000 by itself; six
//! million take some ten minutes in a release build); a failure prints its text.

use leaddock::facts::understand_text;
use serde_json::{Map, Value};

use crate::{at_hand, draws};

/// Characters that rules look at, and some that none does.
const STRAY: [&str; 24] = [
    "：", "|", "=", "[", "】", "\n", "\u{200b}", "\u{202e}", "０", "万", "半", "块", "几", "@", "+86", "-",
    "~", "(", "）", "é", "😀", "ﷺ", "\u{0}", "%",
];

/// A text of up to four pieces, each a part of a line, with stray characters between.
fn text(lines: &[String], draw: &mut impl FnMut(usize) -> usize) -> String {
    let mut text = String::new();
    for _ in 0..=draw(4) {
        let line: Vec<char> = lines[draw(lines.len())].chars().collect();
        let (from, length) = (draw(line.len()), 1 + draw(40));
        text.extend(line.iter().skip(from).take(length));
        if draw(3) == 0 {
            text.push_str(STRAY[draw(STRAY.len())]);
        }
    }
    text
}

/// Whether what was read is in the text, as far as its form goes.
fn is_sound(text: &str, facts: &Map<String, Value>) -> Result<(), String> {
    let length = u64::try_from(text.chars().count()).unwrap();
    for (field, span) in facts["spans"].as_object().unwrap() {
        let (start, end) = (span[0].as_u64().unwrap(), span[1].as_u64().unwrap());
        let sure = facts["confidence"][field].as_f64();
        if start > end || end > length || !sure.is_some_and(|sure| (0.0..=1.0).contains(&sure)) {
            return Err(format!("{field} at {span} with {sure:?}"));
        }
    }
    for (least, most) in [("area_min_sqm", "area_max_sqm"), ("land_mu_min", "land_mu_max")] {
        if let (Some(least), Some(most)) = (facts.get(least), facts.get(most))
            && least.as_f64() > most.as_f64()
        {
            return Err(format!("{least} is above {most}"));
        }
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "how long a test looks is no setting of the program")]
fn texts_to_read() -> usize {
    std::env::var("LEADDOCK_FUZZ_TEXTS").ok().map_or(3_000, |count| count.parse().unwrap())
}

#[test]
fn texts_that_nobody_would_write_are_read_to_their_end() {
    let texts = texts_to_read();
    let lines = at_hand().flat_map(|set| set.text.lines());
    let lines: Vec<String> = lines
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["text"].as_str().unwrap().to_owned())
        .collect();
    let mut numbers = draws();
    let mut draw = |below: usize| numbers.next().unwrap() % below;
    for _ in 0..texts {
        let text = text(&lines, &mut draw);
        let read = || Map::from(understand_text(&text));
        let facts = std::panic::catch_unwind(read).unwrap_or_else(|_| panic!("{text:?}"));
        if let Err(fault) = is_sound(&text, &facts) {
            panic!("{fault}: {text:?}");
        }
        assert_eq!(facts, read(), "read twice: {text:?}");
    }
}
