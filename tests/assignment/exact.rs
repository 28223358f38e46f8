//! An exact rotation: the algorithm of the contract with fractions over one common denominator, written apart
//! from the one that is tested. Whole numbers of a fixed width, two's complement.

use std::cmp::Ordering;

/// Enough for the least common multiple of 1 to 1,200 (12 people of weight 100), some 1,730 bits.
const LIMBS: usize = 30;

/// A whole number; the least limb first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wide([u64; LIMBS]);

impl Wide {
    pub const ZERO: Self = Self([0; LIMBS]);

    fn one() -> Self {
        let mut limbs = [0; LIMBS];
        limbs[0] = 1;
        Self(limbs)
    }

    fn plus(mut self, other: &Self) -> Self {
        let mut carry = false;
        for (limb, more) in self.0.iter_mut().zip(&other.0) {
            let (sum, first) = limb.overflowing_add(*more);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            (*limb, carry) = (sum, first || second);
        }
        self
    }

    fn negated(mut self) -> Self {
        self.0.iter_mut().for_each(|limb| *limb = !*limb);
        self.plus(&Self::one())
    }

    fn minus(self, other: &Self) -> Self {
        self.plus(&other.negated())
    }

    fn times(mut self, factor: u32) -> Self {
        let mut carry = 0_u128;
        for limb in &mut self.0 {
            let product = u128::from(*limb) * u128::from(factor) + carry;
            *limb = u64::try_from(product & u128::from(u64::MAX)).unwrap();
            carry = product >> 64;
        }
        assert_eq!(carry, 0, "it is too wide");
        self
    }

    fn divided_by(mut self, divisor: u32) -> Self {
        let mut rest = 0_u128;
        for limb in self.0.iter_mut().rev() {
            let part = (rest << 64) | u128::from(*limb);
            *limb = u64::try_from(part / u128::from(divisor)).unwrap();
            rest = part % u128::from(divisor);
        }
        assert_eq!(rest, 0, "it is no multiple");
        self
    }

    fn is_negative(&self) -> bool {
        self.0[LIMBS - 1] >> 63 == 1
    }

    fn compare(&self, other: &Self) -> Ordering {
        let difference = self.minus(other);
        if difference == Self::ZERO {
            Ordering::Equal
        } else if difference.is_negative() {
            Ordering::Less
        } else {
            Ordering::Greater
        }
    }
}

/// Somebody's credit in parts of the unit, and their last turn.
#[derive(Debug, Clone, Copy)]
struct Account {
    credit: Wide,
    last: u64,
}

/// The rotation of one rule among people who are named by their places, in the order of their ids.
pub struct Exact {
    /// One turn: a multiple of every sum of weights.
    unit: Wide,
    accounts: Vec<Account>,
    turns: u64,
}

impl Exact {
    /// Of people whose weights sum up to `total` at most.
    pub fn new(people: usize, total: u32) -> Self {
        let is_prime = |n: &u32| (2..*n).take_while(|by| by * by <= *n).all(|by| !n.is_multiple_of(by));
        let mut unit = Wide::one();
        for prime in (2..=total).filter(is_prime) {
            let mut power = prime;
            while power <= total {
                unit = unit.times(prime);
                power *= prime;
            }
        }
        Self { unit, accounts: vec![Account { credit: Wide::ZERO, last: 0 }; people], turns: 0 }
    }

    /// Who gets the turn among these places, each with their weight.
    pub fn next(&mut self, eligible: &[(usize, u32)]) -> Option<usize> {
        let sum: u32 = eligible.iter().map(|(_, weight)| *weight).sum();
        if eligible.is_empty() {
            return None;
        }
        let part = self.unit.divided_by(sum);
        for (place, weight) in eligible {
            let account = &mut self.accounts[*place];
            account.credit = account.credit.plus(&part.times(*weight));
        }
        let mut winner = eligible[0].0;
        for (place, _) in &eligible[1..] {
            let (best, other) = (&self.accounts[winner], &self.accounts[*place]);
            let order = other.credit.compare(&best.credit);
            if order == Ordering::Greater || (order == Ordering::Equal && other.last < best.last) {
                winner = *place;
            }
        }
        self.turns += 1;
        let account = &mut self.accounts[winner];
        *account = Account { credit: account.credit.minus(&self.unit), last: self.turns };
        Some(winner)
    }

    /// Whether nobody has anything coming.
    pub fn is_even(&self) -> bool {
        self.accounts.iter().all(|account| account.credit == Wide::ZERO)
    }

    /// Whether all credits are nought together.
    pub fn is_balanced(&self) -> bool {
        self.accounts.iter().fold(Wide::ZERO, |sum, account| sum.plus(&account.credit)) == Wide::ZERO
    }
}

#[test]
fn wide_numbers_are_numbers() {
    let (seven, three) = (Wide::one().times(7), Wide::one().times(3));
    assert_eq!(seven.minus(&three), Wide::one().times(4));
    assert!(three.minus(&seven).is_negative() && three.compare(&seven) == Ordering::Less);
    assert_eq!(three.minus(&seven).plus(&Wide::one().times(4)), Wide::ZERO);
    // The least common multiple of 1 to 20.
    let twenty = Exact::new(1, 20).unit;
    assert_eq!(twenty, Wide::one().times(232_792_560));
    assert_eq!(Exact::new(1, 1_200).unit.divided_by(1_199).times(1_199), Exact::new(1, 1_200).unit);
}
