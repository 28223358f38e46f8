//! One text, read as far as every fact needs it: plain form, masked pieces, parts, words, quantities, phones,
//! labels. No fact is decided here.

use crate::facts::form::labels::{self, Field, Label};
use crate::facts::form::sections::{Line, Reads};
use crate::facts::measures::quantity::{self, Quantity};
use crate::facts::phones::number::{self, Phone};
use crate::facts::text::clauses::Clauses;
use crate::facts::text::mask::Mask;
use crate::facts::text::normal::{Normal, Span, head};
use crate::facts::words::lexicon::{Topic, Words};

/// What every fact is decided from.
pub struct Reading<'a> {
    pub page: Normal<'a>,
    pub mask: Mask,
    pub clauses: Clauses,
    pub words: Words,
    pub quantities: Vec<Quantity>,
    pub phones: Vec<Phone>,
    pub labels: Vec<Label>,
    /// The places of all labels, in order; also of a form's that say nothing known.
    pub label_names: Vec<Span>,
    /// Those of them in which certainly nobody is named.
    nobody: Vec<Span>,
    /// The lines in which nobody says how to reach them.
    unreachable: Vec<Span>,
}

impl<'a> Reading<'a> {
    /// Reads a text.
    pub fn of(text: &'a str) -> Self {
        Self::of_form(text, &[])
    }

    /// Reads a text in which these lines are fields of a form.
    pub fn of_form(text: &'a str, lines: &[Line]) -> Self {
        let page = Normal::of(text);
        let mut mask = Mask::of(&page);
        let unreachable = lines.iter().filter(|line| line.reads == Reads::NoContact);
        let unreachable: Vec<Span> =
            unreachable.filter_map(|line| page.at_source(line.label.0, line.end)).collect();
        let given: Vec<(Span, Option<Field>)> = lines
            .iter()
            .filter_map(|line| Some((page.at_source(line.label.0, line.label.1)?, line.field)))
            .collect();
        let labels = labels::find(&page, &given);
        // A number in a label is the form's, one that a tax or an order begins with is none.
        let elsewhere = unreachable.iter().copied().chain(given.iter().map(|(name, _)| *name));
        let elsewhere = elsewhere.chain(labels.iter().filter_map(|label| label.other_digits(&page)));
        let phones = number::find(&page, &mut mask, &elsewhere.collect::<Vec<_>>());
        let given = given.into_iter().map(|(name, _)| name);
        let mut names: Vec<Span> = labels.iter().map(|label| label.name).chain(given.clone()).collect();
        names.sort_unstable();
        names.dedup();
        let nobody =
            labels.iter().filter(|label| label.is_known).map(|label| label.name).chain(given).collect();
        let mut quantities = quantity::find(&page, &mask);
        // What a label names is asked for, not said.
        quantities.retain(|quantity| !names.iter().any(|name| name.touches(quantity.span)));
        for label in &labels {
            if let Some(unit) = label.unit(&page) {
                quantity::measure(&mut quantities, label.value, unit);
            }
        }
        let clauses = Clauses::of(&page);
        let words = Words::of(&page);
        Self {
            page,
            mask,
            clauses,
            words,
            quantities,
            phones,
            labels,
            label_names: names,
            nobody,
            unreachable,
        }
    }

    /// Whether a piece is in a label, which says what its value is and nothing of the person.
    pub fn is_label(&self, span: Span) -> bool {
        self.label_names.iter().any(|name| name.touches(span))
    }

    /// Whether a piece is in a label or a line in which nobody says how to reach them.
    pub fn reaches_nobody(&self, span: Span) -> bool {
        self.names_nobody(span) || self.unreachable.iter().any(|line| line.touches(span))
    }

    /// Whether a piece is in a label in which nobody is named.
    pub fn names_nobody(&self, span: Span) -> bool {
        self.nobody.iter().any(|name| name.touches(span))
    }

    /// The part between commas that a piece begins in.
    pub fn part(&self, span: Span) -> Span {
        self.clauses.part(span)
    }

    /// Whether a piece is in the value of a label that asks for something else than a person.
    pub fn asks_for_no_person(&self, span: Span) -> bool {
        let other =
            |field: Field| !matches!(field, Field::Contact | Field::Phone | Field::Wechat | Field::Other);
        self.labels.iter().any(|label| other(label.field) && label.value.touches(span))
    }

    /// Whether a piece is said of where they are now: the first part of such a label's value, for a wish may
    /// follow (公司地址：上海，找昆山厂房).
    pub fn is_of_the_present_place(&self, span: Span) -> bool {
        let mut present = self.labels.iter().filter(|label| label.field == Field::Present);
        present.any(|label| {
            let first = self.part(Span::new(label.value.start, label.value.start));
            label.value.touches(span) && (first.touches(span) || !self.asks_in(label.value, first.end))
        })
    }

    /// Whether something is asked for in a piece behind a byte.
    fn asks_in(&self, piece: Span, from: usize) -> bool {
        let asks = [Topic::Want, Topic::Rent, Topic::Buy];
        from < piece.end && asks.iter().any(|topic| self.words.any(Span::new(from, piece.end), *topic))
    }

    /// The value of the first label that asks for a field.
    pub fn labelled(&self, field: Field) -> Option<Span> {
        self.labels
            .iter()
            .find(|label| label.field == field && label.value.start < label.value.end)
            .map(|label| label.value)
    }

    /// Whether a piece is said of what they have at present: 现有厂房3000平.
    pub fn is_current(&self, span: Span) -> bool {
        self.before_in_part(span, Topic::Current, &[Topic::Want])
    }

    /// The words behind a piece in its part, at most so many characters.
    pub fn rest_of_part(&self, span: Span, count: usize) -> &str {
        let part = self.part(span);
        head(self.page.text().get(span.end..part.end).unwrap_or_default(), count)
    }

    /// Whether a piece is in the value of a label that asks for this.
    pub fn is_value_of(&self, span: Span, field: Field) -> bool {
        self.labels.iter().any(|label| label.field == field && label.value.holds(span))
    }

    /// Whether a word of this topic is in the same part before a place, with none of `unless` between.
    pub fn before_in_part(&self, span: Span, topic: Topic, unless: &[Topic]) -> bool {
        let part = self.part(span);
        let before = self.words.within(Span::new(part.start, span.start));
        for hit in before.iter().rev() {
            if hit.topics.has(topic) {
                return true;
            }
            if unless.iter().any(|topic| hit.topics.has(*topic)) {
                return false;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_once_for_all() {
        let reading = Reading::of("现有厂房3000平，想换5000平；电话：13800001234");
        assert_eq!((reading.quantities.len(), reading.phones.len()), (2, 1));
        let present =
            reading.quantities.iter().map(|quantity| reading.is_current(quantity.span)).collect::<Vec<_>>();
        assert_eq!(present, [true, false]);
        assert_eq!(reading.labelled(Field::Phone).map(|span| reading.page.cut(span)), Some("13800001234"));
    }
}
