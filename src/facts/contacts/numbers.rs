//! Digits that could be a phone number or an account: whatever has seven of them or more, unless it plainly
//! is a measure, a sum, a date or a range of those. What a row is made of is in `rows.rs`; numbers in words
//! are in `spelt.rs`.

use super::rows::{Gap, Group, rows};
use super::{dates, measures, shapes};
use crate::facts::text::normal::{Normal, Span};
use crate::kernel::phone::is_mobile;

/// Digits that could be a number.
const LEAST: usize = 7;
/// Digits of a number without its area at most.
const LOCAL_MAX: usize = 8;
/// Digits of an extension at most.
const EXTENSION_MAX: usize = 6;

/// What is known of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Is {
    Open,
    Number,
    Measure,
}

/// The places of the numbers of a page.
pub fn find(page: &Normal<'_>) -> Vec<Span> {
    let rows = rows(page);
    let mut found = scattered(page, &rows);
    for groups in rows {
        let digits: usize = groups.iter().map(Group::size).sum();
        if digits >= LEAST {
            Row::of(page, &groups).put(&mut found);
        }
    }
    found
}

/// 139电1234话9876: mobiles in their usual groups with a character or two between them.
fn scattered(page: &Normal<'_>, rows: &[Vec<Group>]) -> Vec<Span> {
    let groups: Vec<&Group> = rows.iter().flatten().collect();
    let are_near = |one: &Group, next: &Group| {
        page.cut(Span::new(one.span.end, next.span.start)).chars().count() <= 2
            && !measures::counts(page, one)
    };
    let mut found = Vec::new();
    for trio in groups.windows(3) {
        let [first, middle, last] = trio else { continue };
        let is_usual =
            (first.size(), middle.size(), last.size()) == (3, 4, 4) && !last.digits.ends_with("00");
        if is_usual
            && is_mobile(&format!("{}{}{}", first.digits, middle.digits, last.digits))
            && are_near(first, middle)
            && are_near(middle, last)
        {
            found.extend([first.span, middle.span, last.span]);
        }
    }
    found
}

struct Row<'p, 's, 'g> {
    page: &'p Normal<'s>,
    groups: &'g [Group],
    are: Vec<Is>,
    /// A word such as 电话 is right before.
    is_named: bool,
}

impl<'p, 's, 'g> Row<'p, 's, 'g> {
    fn of(page: &'p Normal<'s>, groups: &'g [Group]) -> Self {
        let start = groups.first().map_or(0, |first| first.span.start);
        let is_named = measures::is_named_phone(page, start);
        let mut row = Self { page, groups, are: vec![Is::Open; groups.len()], is_named };
        row.certain();
        row.measured();
        row
    }

    /// Dates, and numbers that nothing behind them makes a measure.
    fn certain(&mut self) {
        let mut at = 0;
        while let Some(rest) = self.groups.get(at..).filter(|rest| !rest.is_empty()) {
            let counts = |group: &Group| measures::counts(self.page, group);
            if let Some(count) = dates::time_of(rest) {
                self.set(at, count, Is::Measure);
                at += count;
            } else if let Some(count) = shapes::number_of(rest, counts) {
                self.set(at, count, Is::Number);
                self.beside(at, at + count);
                at += count;
            } else if let Some(count) = self.named().filter(|_| at == 0) {
                self.set(0, count, Is::Number);
                at = count;
            } else if let Some(count) = dates::date_of(rest) {
                self.set(at, count, Is::Measure);
                at += count;
            } else {
                at += 1;
            }
        }
    }

    /// How many groups are the number behind a word such as 电话, whatever is behind them: 电话6345 6789年底. None
    /// if they are too few or too many.
    fn named(&self) -> Option<usize> {
        let mut digits = 0;
        for (place, group) in self.groups.iter().enumerate().filter(|_| self.is_named) {
            digits += group.size();
            let is_tight = place == 0 || group.gap.is_tight();
            if !is_tight || digits > LOCAL_MAX {
                return None;
            }
            if digits >= LEAST {
                return (place > 0 && !group.digits.ends_with("00")).then_some(place + 1);
            }
        }
        None
    }

    /// The country's code before a number, and its extension.
    fn beside(&mut self, start: usize, end: usize) {
        let gap = |at: usize| self.groups.get(at).map(|group| group.gap);
        let before = start.checked_sub(1).filter(|_| gap(start).is_some_and(Gap::is_tight));
        let is_code = |group: &Group| group.is_behind_plus || matches!(group.digits.as_str(), "0" | "00");
        if let Some(before) = before.filter(|before| self.groups.get(*before).is_some_and(is_code)) {
            self.set(before, 1, Is::Number);
        }
        let is_extension = |group: &Group| {
            group.gap == Gap::Hyphen && group.size() <= EXTENSION_MAX && !measures::counts(self.page, group)
        };
        if self.groups.get(end).is_some_and(is_extension) {
            self.set(end, 1, Is::Number);
        }
    }

    fn set(&mut self, at: usize, count: usize, is: Is) {
        for known in self.are.iter_mut().skip(at).take(count) {
            *known = is;
        }
    }

    fn is(&self, at: usize) -> Is {
        self.are.get(at).copied().unwrap_or(Is::Measure)
    }

    /// Groups with a unit behind or a word such as 面积 before them, and those of the same measure.
    fn measured(&mut self) {
        let mut last = 0;
        for (at, group) in self.groups.iter().enumerate() {
            if self.is(at) != Is::Open {
                last = at + 1;
                continue;
            }
            let is_word = measures::is_in_word(self.page, group);
            if is_word || self.is_counted(group) {
                let before = self.groups.get(last..=at).map_or(0, measures::measured_with);
                self.set(at - before, before + 1, Is::Measure);
                last = at + 1;
            }
            if measures::is_code(self.page, group) {
                let with = usize::from(self.groups.get(at + 1).is_some_and(|next| next.gap == Gap::Hyphen));
                let is_short = self.groups.get(at + 1).is_none_or(|next| next.size() <= 4);
                self.set(at, 1 + with * usize::from(is_short), Is::Measure);
                last = at + 1;
            }
        }
        let start = self.groups.first().map_or(0, |first| first.span.start);
        if measures::is_named_amount(self.page, start) && self.is(0) == Is::Open {
            self.set(0, self.of_amount(), Is::Measure);
        }
    }

    fn is_counted(&self, group: &Group) -> bool {
        let is_phone = self.is_named && group.size() >= LEAST && !group.digits.ends_with("0000");
        !is_phone && measures::counts(self.page, group)
    }

    /// How many groups from the first on are one amount or a range of two.
    fn of_amount(&self) -> usize {
        let in_amount = |group: &&Group| {
            matches!(group.gap, Gap::First | Gap::Comma | Gap::Point | Gap::Hyphen | Gap::Range)
        };
        let count = self.groups.iter().take_while(in_amount).take(6).count();
        let blank = self
            .groups
            .get(count)
            .is_some_and(|next| count == 1 && next.gap == Gap::Blank && (3..=6).contains(&next.size()));
        count + usize::from(blank)
    }

    /// The places of what is no measure.
    fn put(&self, found: &mut Vec<Span>) {
        for (group, _) in self.groups.iter().zip(&self.are).filter(|(_, is)| **is == Is::Number) {
            found.push(self.place(group));
        }
        self.joined(found);
        let mut at = 0;
        while at < self.groups.len() {
            let piece: Vec<&Group> = self.piece(at).collect();
            if self.is_hidden(&piece) {
                found.extend(piece.iter().map(|group| self.place(group)));
                if let (Some(first), Some(last)) = (piece.first(), piece.last()) {
                    found.push(first.span.to(last.span));
                }
            }
            at += piece.len().max(1);
        }
    }

    /// The signs between two groups of numbers are hidden with them.
    fn joined(&self, found: &mut Vec<Span>) {
        for (pair, are) in self.groups.windows(2).zip(self.are.windows(2)) {
            if let ([before, after], [Is::Number, Is::Number]) = (pair, are)
                && after.gap.is_tight()
            {
                found.push(before.span.to(after.span));
            }
        }
    }

    /// The open groups from one on that are written as one number.
    fn piece(&self, at: usize) -> impl Iterator<Item = &'g Group> {
        let groups = self.groups.get(at..).unwrap_or_default();
        let are = self.are.get(at..).unwrap_or_default();
        let open = groups.iter().zip(are).enumerate().take_while(|(place, (group, is))| {
            **is == Is::Open && (*place == 0 || group.gap.is_tight() || group.gap == Gap::Range)
        });
        open.map(|(_, (group, _))| group)
    }

    fn is_hidden(&self, piece: &[&Group]) -> bool {
        let digits: usize = piece.iter().map(|group| group.size()).sum();
        let is_first = piece.first().is_some_and(|first| first.gap == Gap::First);
        digits >= LEAST && (self.is_named && is_first || !measures::looks_counted(piece))
    }

    /// A group; if it is long, with the letters that cling to it.
    fn place(&self, group: &Group) -> Span {
        let is_code = group.size() >= LEAST && !group.is_han;
        let plus = usize::from(self.page.char_before(group.span.start) == Some('+'));
        let own = Span::new(group.span.start - plus, group.span.end);
        if is_code { own.to(measures::whole_word(self.page, group.span)) } else { own }
    }
}
