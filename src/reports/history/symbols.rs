//! Interned values: ids and words as small numbers, so that they are compared and grouped by quickly.
//! What the values mean is not known here.

use std::hash::Hash;

use rustc_hash::FxHashMap;

use crate::kernel::id::{FormId, TeamId, UserId};

/// The number of an interned value.
pub type Symbol = u32;

/// Values of one kind, each with its number.
#[derive(Debug)]
pub struct Interner<T> {
    symbols: FxHashMap<T, Symbol>,
    values: Vec<T>,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self { symbols: FxHashMap::default(), values: Vec::new() }
    }
}

impl<T: Clone + Eq + Hash> Interner<T> {
    /// The number of a value, which it keeps.
    pub fn intern(&mut self, value: &T) -> Symbol {
        if let Some(symbol) = self.symbols.get(value) {
            return *symbol;
        }
        let symbol = Symbol::try_from(self.values.len()).unwrap_or(Symbol::MAX);
        self.values.push(value.clone());
        self.symbols.insert(value.clone(), symbol);
        symbol
    }

    /// Gives numbers to values that have none.
    pub fn know<'a>(&mut self, values: impl IntoIterator<Item = &'a T>)
    where
        T: 'a,
    {
        for value in values {
            self.intern(value);
        }
    }

    /// The number of a value, if it has one.
    pub fn get(&self, value: &T) -> Option<Symbol> {
        self.symbols.get(value).copied()
    }

    pub fn value(&self, symbol: Symbol) -> Option<&T> {
        self.values.get(usize::try_from(symbol).ok()?)
    }

    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// Bytes that it takes, about, without what its values point to.
    pub fn memory(&self) -> usize {
        let each = size_of::<T>().saturating_add(8);
        self.values.capacity().saturating_add(self.symbols.capacity()).saturating_mul(each)
    }
}

/// What histories refer to.
#[derive(Debug, Default)]
pub struct Symbols {
    pub users: Interner<UserId>,
    pub teams: Interner<TeamId>,
    pub forms: Interner<FormId>,
    /// Channels, sources, campaigns, reasons, codes of industries.
    pub words: Interner<String>,
    /// Bytes of the words.
    text: usize,
}

impl Symbols {
    /// Bytes that they take, about.
    pub fn memory(&self) -> usize {
        let Self { users, teams, forms, words, text } = self;
        // The interner has each word twice.
        let text = text.saturating_mul(2);
        [users.memory(), teams.memory(), forms.memory(), words.memory(), text].into_iter().sum()
    }

    pub fn word(&mut self, word: &str) -> Symbol {
        let word = word.to_owned();
        self.words.get(&word).unwrap_or_else(|| {
            self.text = self.text.saturating_add(word.len());
            self.words.intern(&word)
        })
    }

    /// The word of a number; empty for one that was never given.
    pub fn word_of(&self, symbol: Symbol) -> &str {
        self.words.value(symbol).map_or("", String::as_str)
    }
}
