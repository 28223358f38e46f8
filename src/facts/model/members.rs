//! The ordered map that facts, spans and confidence are kept in, keyed by a member's name: a few dozen
//! entries at most, so a list that is searched from its beginning. Which members there are is said in
//! `kinds.rs`.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::facts::model::kinds::Member;

/// The name of a member: one of those that the present rules know, or whatever a stored document has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    Known(Member),
    Other(Box<str>),
}

impl Name {
    pub fn of(name: &str) -> Self {
        Member::from_word(name).map_or_else(|| Self::Other(name.into()), Self::Known)
    }

    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(member) => member.word(),
            Self::Other(name) => name,
        }
    }
}

impl From<Member> for Name {
    fn from(member: Member) -> Self {
        Self::Known(member)
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = Name;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a name")
            }

            fn visit_str<E>(self, name: &str) -> Result<Name, E> {
                Ok(Name::of(name))
            }
        }
        deserializer.deserialize_str(Reader)
    }
}

/// An ordered map by names; two are equal if they hold the same, in whatever order.
#[derive(Debug, Clone)]
pub struct Members<T>(Vec<(Name, T)>);

impl<T> Default for Members<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Members<T> {
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Name, &T)> {
        self.0.iter().map(|(name, value)| (name, value))
    }

    pub fn get(&self, member: Member) -> Option<&T> {
        self.0.iter().find(|(name, _)| *name == Name::Known(member)).map(|(_, value)| value)
    }

    pub fn named(&self, name: &Name) -> Option<&T> {
        self.0.iter().find(|(one, _)| one == name).map(|(_, value)| value)
    }

    pub fn get_mut(&mut self, member: Member) -> Option<&mut T> {
        self.0.iter_mut().find(|(name, _)| *name == Name::Known(member)).map(|(_, value)| value)
    }

    /// Puts a value in the place of the one before, or at the end.
    pub fn insert(&mut self, name: impl Into<Name>, value: T) {
        let name = name.into();
        match self.0.iter_mut().find(|(one, _)| *one == name) {
            Some((_, slot)) => *slot = value,
            None => self.0.push((name, value)),
        }
    }

    /// Takes a value out; the last one moves to its place.
    pub fn remove(&mut self, name: &Name) -> Option<T> {
        let at = self.0.iter().position(|(one, _)| one == name)?;
        Some(self.0.swap_remove(at).1)
    }

    pub fn retain(&mut self, mut is_kept: impl FnMut(&Name) -> bool) {
        self.0.retain(|(name, _)| is_kept(name));
    }
}

impl<T: PartialEq> PartialEq for Members<T> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(name, value)| other.named(name) == Some(value))
    }
}

impl<T> IntoIterator for Members<T> {
    type Item = (Name, T);
    type IntoIter = std::vec::IntoIter<(Name, T)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<T> FromIterator<(Name, T)> for Members<T> {
    fn from_iter<I: IntoIterator<Item = (Name, T)>>(members: I) -> Self {
        let mut all = Self::default();
        for (name, value) in members {
            all.insert(name, value);
        }
        all
    }
}

impl<T: Clone + Into<Value>> Members<T> {
    /// The same as a JSON object.
    pub fn to_value(&self) -> Value {
        self.iter().map(|(name, value)| (name.as_str().to_owned(), value.clone().into())).collect()
    }
}

impl<T: Serialize> Serialize for Members<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Members<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
            type Value = Members<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<T>, A::Error> {
                let mut members = Members::with_capacity(map.size_hint().unwrap_or_default().min(100));
                while let Some((name, value)) = map.next_entry::<Name, T>()? {
                    members.insert(name, value);
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Reader(PhantomData))
    }
}
