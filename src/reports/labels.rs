//! What rows are called in the caller's language, and rows as they are in an answer.
//! The names of people, teams and forms are read in `prepare.rs`.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde_json::{Map, Value};

use super::dates::{day_of, name_of};
use super::definitions::{Definition, Figure};
use super::groups::GroupBy;
use super::history::STAGES;
use super::lines::Line;
use crate::facts::{NeedKind, industry_name, region_name};
use crate::follow_ups::model::Kind;
use crate::inquiries::Status;
use crate::inquiries::need_names;
use crate::kernel::language::Language;

/// What rows are called.
pub struct Labels<'a> {
    /// The names of people, teams and forms by their ids.
    pub names: &'a HashMap<String, String>,
    pub language: Language,
}

/// A row, by the columns' keys.
pub type Row = Map<String, Value>;

impl Labels<'_> {
    /// A row with its key, its name and its figures.
    pub fn row(&self, definition: &Definition, group: GroupBy, line: &Line) -> Row {
        let mut row = Row::new();
        let (key, name) = match &line.key {
            None => (None, None),
            Some(key) => {
                let is_all = group == GroupBy::None;
                let name = (!is_all).then(|| self.name(group, key.as_deref()));
                (key.clone().filter(|_| !is_all), name)
            }
        };
        row.insert(group.column().to_owned(), key.into());
        let stage = line.stage.and_then(|stage| STAGES.get(stage)).copied();
        let name = match (name, stage) {
            (name, None) => name,
            (Some(name), Some(stage)) if group != GroupBy::None => {
                Some(format!("{name} · {}", self.status(stage)))
            }
            (_, Some(stage)) => Some(self.status(stage)),
        };
        row.insert("label".to_owned(), name.into());
        if definition.has_stages() {
            row.insert("stage".to_owned(), stage.map(Status::word).into());
        }
        let figures = definition.figures.iter().zip(&line.figures);
        row.extend(figures.map(|(Figure { key, .. }, value)| ((*key).to_owned(), value.clone())));
        row
    }

    /// What a row with a key is called.
    pub fn name(&self, group: GroupBy, key: Option<&str>) -> String {
        let Some(key) = key else { return self.unknown(group).to_owned() };
        let pick = |(zh, en): (&'static str, &'static str)| self.language.pick(zh, en).to_owned();
        let text = || key.to_owned();
        let region = |zeros: &str| format!("{key}{zeros}").parse().ok().and_then(region_name);
        match group {
            GroupBy::Day | GroupBy::Week | GroupBy::Month => {
                key.parse::<NaiveDate>().map_or_else(|_| text(), |date| name_of(group, day_of(date)))
            }
            GroupBy::Agent | GroupBy::Team | GroupBy::Form => {
                self.names.get(key).cloned().unwrap_or_default()
            }
            GroupBy::Channel | GroupBy::Source => channel(key).map_or_else(text, pick),
            GroupBy::Region2 => region("0000").unwrap_or_else(text),
            GroupBy::Region4 => region("00").unwrap_or_else(text),
            GroupBy::Region6 => region("").unwrap_or_else(text),
            GroupBy::Industry => industry_name(key).map_or_else(text, str::to_owned),
            GroupBy::NeedKind => {
                NeedKind::from_word(key).map_or_else(text, |kind| pick(need_names::name_of(kind)))
            }
            GroupBy::Status => Status::from_word(key).map_or_else(text, |status| self.status(status)),
            GroupBy::Kind => Kind::from_word(key).map_or_else(text, |kind| pick(kind.label())),
            GroupBy::Reason => self.reason(key).unwrap_or_else(text),
            GroupBy::AreaBand => format!("{key} ㎡"),
            GroupBy::TaxBand => format!("{key} {}", self.language.pick("万元", "× 10,000 yuan")),
            GroupBy::Band => format!("{key} {}", self.language.pick("天", "days")),
            GroupBy::None => self.language.pick("全部", "All").to_owned(),
            GroupBy::UtmSource | GroupBy::UtmMedium | GroupBy::UtmCampaign => text(),
        }
    }

    fn unknown(&self, group: GroupBy) -> &'static str {
        match group {
            GroupBy::Agent => self.language.pick("公海（无经办人）", "Pool (nobody)"),
            GroupBy::Team => self.language.pick("无团队", "No team"),
            GroupBy::Form => self.language.pick("非表单", "No form"),
            GroupBy::UtmSource | GroupBy::UtmMedium | GroupBy::UtmCampaign => {
                self.language.pick("无", "None")
            }
            _ => self.language.pick("未知", "Unknown"),
        }
    }

    fn status(&self, status: Status) -> String {
        let names = status.names();
        self.language.pick(names.zh, names.en).to_owned()
    }

    /// The status and the reason of `lost:price`.
    fn reason(&self, key: &str) -> Option<String> {
        let (status, reason) = key.split_once(':')?;
        let status = Status::from_word(status)?;
        let names = status.reasons().iter().find(|known| known.key == reason)?.names;
        Some(format!("{} · {}", self.status(status), self.language.pick(names.zh, names.en)))
    }
}

/// What a channel is called.
fn channel(word: &str) -> Option<(&'static str, &'static str)> {
    match word {
        "form" => Some(("网站表单", "Web form")),
        "api" => Some(("手工录入", "Entered by hand")),
        _ => None,
    }
}
