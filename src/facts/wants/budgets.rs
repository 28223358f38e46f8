//! Budgets: the price that somebody would pay, or asks, and what it is per.
//! What a sum is by the words around it is found in `sums.rs`.

use crate::facts::measures::per::{self, Per};
use crate::facts::measures::quantity::Quantity;
use crate::facts::measures::units::Unit;
use crate::facts::model::findings::Findings;
use crate::facts::model::kinds::{Member, NeedKind};
use crate::facts::reading::Reading;
use crate::facts::wants::model::Need;
use crate::facts::wants::sums::{self, Sum, is_sum};
use crate::facts::words::lexicon::Topic;
use crate::facts::words::lists::List;

/// Behind a price: it is for all.
static IN_ALL: List = List::named("behind prices in all");
/// Prices per square metre, of what is for sale.
static AVERAGE: List = List::named("average prices");
/// Prices for each square metre of what is bought.
static UNIT_PRICES: List = List::named("unit prices");
/// Before a price per square metre: it is for a year, a month, a day.
static A_YEAR: List = List::named("before prices a year");
static A_MONTH: List = List::named("before prices a month");
static A_DAY: List = List::named("before prices a day");

/// Smaller sums a day and a month are for each square metre, in yuan.
const DAILY_MAX: f64 = 20.0;
const MONTHLY_MAX: f64 = 100.0;

/// What is wanted, as far as prices go.
struct Wish {
    kind: Option<NeedKind>,
    asset: bool,
    purchase: bool,
    land: bool,
}

/// Writes the budget, or the price that is asked.
pub fn put(reading: &Reading<'_>, need: Option<&Need>, sums: &[Sum], found: &mut Findings) {
    let wish = Wish::of(need);
    if matches!(wish.kind, Some(NeedKind::Spam | NeedKind::RegistrationPolicy)) {
        return;
    }
    let Some(sum) = wish.price(reading, sums) else { return };
    let quantity = &sum.quantity;
    let (low, high) = quantity.ends();
    let per = wish.per(reading, sum);
    let Some(value) = sums::money(quantity.currency(), low, high, per) else { return };
    if wish.kind == Some(NeedKind::Supply) {
        found.extra("asking_price", value);
    } else {
        let confidence = if sum.role.is_some() { 0.92 } else { 0.8 };
        found.put(&reading.page, Member::Budget, value, quantity.whole, confidence);
    }
}

impl Wish {
    fn of(need: Option<&Need>) -> Self {
        let kind = need.map(|need| need.kind);
        Self {
            kind,
            asset: kind == Some(NeedKind::AssetInvestment),
            purchase: need.is_some_and(Need::is_purchase),
            land: kind == Some(NeedKind::Land),
        }
    }

    /// Whether the place is to be had for good.
    fn is_for_good(&self) -> bool {
        self.purchase || self.asset
    }

    /// The sum that is the price: the one that is called so, else the one that looks most like it.
    fn price<'s>(&self, reading: &Reading<'_>, sums: &'s [Sum]) -> Option<&'s Sum> {
        let first = |fits: &dyn Fn(&Sum) -> bool| sums.iter().find(|sum| fits(sum));
        let called = first(&|sum| is_called_price(reading, sum));
        // Where nothing known is wanted only the word says that it is a price.
        if called.is_some() || self.kind == Some(NeedKind::Other) {
            return called;
        }
        first(&|sum| self.is_per_area(sum))
            .or_else(|| first(&|sum| self.is_rent_for_a_time(reading, sum)))
            .or_else(|| first(&|sum| self.is_unnamed_price(sum)))
            .or_else(|| first(&|sum| self.is_invested(sum)))
    }

    /// 每平每月25: what it is per says that it is money.
    fn is_per_area(&self, sum: &Sum) -> bool {
        let bare_max = if self.purchase { 100_000.0 } else { 1000.0 };
        let quantity = &sum.quantity;
        let is_small = quantity.unit == Unit::Bare && !quantity.scaled && quantity.high <= bare_max;
        sum.role.is_none_or(|role| role == Topic::Price)
            && (is_sum(quantity) || is_small)
            && sum.per.is_some_and(Per::is_of_area)
    }

    /// 一天六毛, 每月三千以内: what is paid for a time, and nothing is counted behind it.
    fn is_rent_for_a_time(&self, reading: &Reading<'_>, sum: &Sum) -> bool {
        let quantity = &sum.quantity;
        let is_apart = !reading.page.char_at(quantity.whole.end).is_some_and(char::is_alphanumeric);
        let is_money = quantity.is_money() || quantity.unit == Unit::Bare && quantity.low >= 500.0;
        sum.role.is_none()
            && !self.is_for_good()
            && is_apart
            && is_money
            && (sum.per == Some(Per::Day) && quantity.high < DAILY_MAX || sum.per == Some(Per::Month))
    }

    /// A sum that nothing is said of, per something that prices are per or as large as a price is.
    fn is_unnamed_price(&self, sum: &Sum) -> bool {
        sum.role.is_none()
            && is_sum(&sum.quantity)
            && (matches!(sum.per, Some(Per::Month | Per::Year | Per::Sqm))
                || sum.per == Some(Per::Mu) && self.land
                || self.is_for_good() && sum.quantity.low >= 50_000.0)
    }

    /// What is invested in whole properties is their price.
    fn is_invested(&self, sum: &Sum) -> bool {
        self.asset && sum.role == Some(Topic::Investment) && is_sum(&sum.quantity)
    }

    /// What the price is per: by its own words, those beside it, or its size.
    fn per(&self, reading: &Reading<'_>, sum: &Sum) -> Option<Per> {
        let by_word = || sum.word.and_then(|word| per::before(&reading.page, reading.page.lower_cut(word)));
        let per = sum.per.or_else(by_word).or_else(|| is_in_all(reading, sum).then_some(Per::Total));
        let per = said_beside(reading, sum, per, self.is_for_good());
        per.map(|per| self.per_metre_if_small(per, &sum.quantity))
            .or_else(|| self.is_large(&sum.quantity).then_some(Per::Total))
    }

    /// Nobody lets a place for five yuan a day or thirty a month: each square metre is meant.
    fn per_metre_if_small(&self, per: Per, quantity: &Quantity) -> Per {
        match per {
            Per::Day if quantity.high < DAILY_MAX => Per::SqmDay,
            Per::Month if quantity.high < MONTHLY_MAX && !self.is_for_good() => Per::SqmMonth,
            per => per,
        }
    }

    /// Whether a price is so large that it is one for all.
    fn is_large(&self, quantity: &Quantity) -> bool {
        (quantity.scaled || quantity.low >= 100_000.0)
            && (self.is_for_good() && quantity.high >= 50_000.0 || self.land && quantity.high >= 1_000_000.0)
    }
}

/// 预算800万, 租金28以内
fn is_called_price(reading: &Reading<'_>, sum: &Sum) -> bool {
    sum.role == Some(Topic::Price) && (is_sum(&sum.quantity) || is_bare_price(reading, sum))
}

/// 500万总价, `all-in`
fn is_in_all(reading: &Reading<'_>, sum: &Sum) -> bool {
    IN_ALL.is_in(reading.page.lower_after(sum.quantity.whole.end, 14))
}

/// What a price is per by the words beside it: 均价4200元 (a square metre, for sale), 一年360元/平.
fn said_beside(reading: &Reading<'_>, sum: &Sum, per: Option<Per>, is_for_good: bool) -> Option<Per> {
    let quantity = &sum.quantity;
    let is_average = sum.word.is_some_and(|word| {
        let word = reading.page.cut(word);
        AVERAGE.has(word) || is_for_good && UNIT_PRICES.has(word)
    });
    if per.is_none() && is_average && (1_000.0..200_000.0).contains(&quantity.high) {
        return Some(Per::Sqm);
    }
    if per != Some(Per::Sqm) || is_for_good {
        return per;
    }
    let before = reading.page.before(quantity.span.start, 6);
    let times = [(&A_YEAR, Per::SqmYear), (&A_MONTH, Per::SqmMonth), (&A_DAY, Per::SqmDay)];
    let said = times.into_iter().find(|(words, _)| words.is_in(before));
    said.map(|(_, time)| time).or(per)
}

/// 租金28以内: a small number right behind the word, without any unit.
fn is_bare_price(reading: &Reading<'_>, sum: &Sum) -> bool {
    let quantity = &sum.quantity;
    let Some(word) = sum.word else { return false };
    let gap = reading.page.text().get(word.end..quantity.span.start).unwrap_or("x");
    let next = reading.page.char_at(quantity.span.end);
    quantity.unit == Unit::Bare
        && quantity.low >= 0.2
        && quantity.high
            <= if quantity.per.is_some() || gap.trim().chars().count() <= 3 { 1e9 } else { 10_000.0 }
        && word.end <= quantity.span.start
        && gap.chars().count() <= 8
        && !next.is_some_and(|c| matches!(c, '年' | '月' | '天' | '人' | '%' | '个' | '期' | '号' | '楼'))
}
