//! A year of the demo: the lives of its inquiries, brought into the order of time while they are generated.
//! One life is generated in `story.rs`.

use std::collections::BTreeMap;
use std::vec;

use chrono_tz::Tz;

use super::profile::Profile;
use super::story::{Scene, Story};
use super::texts::Texts;
use super::times::arrivals;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;

/// So many of those who asked last may ask again.
const RECENT: usize = 12;

/// All that happens in the year before a moment, in the order of time. Only what is still to come of lives
/// that have begun is kept.
pub struct Year<'a> {
    story: Story<'a>,
    arrivals: vec::IntoIter<Timestamp>,
    inquiries: usize,
    recent: Vec<Profile>,
    /// The next scenes by their moments, and by their numbers: what happens at one moment keeps its order.
    scenes: BTreeMap<(Timestamp, usize), Scene>,
    number: usize,
}

impl<'a> Year<'a> {
    pub fn new(texts: &'a Texts, count: usize, now: Timestamp, zone: Tz) -> Self {
        let mut story = Story::new(texts, now, zone);
        let arrivals = arrivals(&mut story.chance, count, now, zone).into_iter();
        Self { story, arrivals, inquiries: 0, recent: Vec::new(), scenes: BTreeMap::new(), number: 0 }
    }

    /// Generates the lives that begin before the next scene that is known.
    fn begin_lives(&mut self) -> Result<()> {
        while let Some(arrival) = self.arrivals.as_slice().first().copied()
            && self.scenes.first_key_value().is_none_or(|((next, _), _)| arrival < *next)
        {
            self.arrivals.next();
            let profile = self.story.life(self.inquiries, arrival, &self.recent)?;
            self.inquiries += 1;
            for scene in self.story.scenes.drain(..) {
                self.scenes.insert((scene.at, self.number), scene);
                self.number += 1;
            }
            if self.recent.len() == RECENT {
                self.recent.remove(0);
            }
            self.recent.push(profile);
        }
        Ok(())
    }
}

impl Iterator for Year<'_> {
    type Item = Result<Scene>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Err(error) = self.begin_lives() {
            return Some(Err(error));
        }
        self.scenes.pop_first().map(|(_, scene)| Ok(scene))
    }
}
