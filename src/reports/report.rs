//! The common shape of all reports, whatever they are written out as.
//! What they come to is computed in `outcome.rs`; the forms are in `formats/`.

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::catalogue;
use super::definitions::{Counted, Definition, ReportKind, Unit};
use super::groups::GroupBy;
use crate::kernel::clock::Timestamp;
use crate::kernel::language::Language;

pub use super::labels::Row;

/// A column of a report.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ReportColumn, example = json!({"key": "received", "label": "收到", "unit": "count",
    "of": "inquiry", "definition": "在期间内收到的线索数。"}))]
pub struct Column {
    pub key: &'static str,
    /// In the caller's language.
    pub label: String,
    pub unit: Unit,
    /// What it counts; null if it cannot be drilled into.
    pub of: Option<Counted>,
    /// What it means, in one sentence.
    pub definition: String,
}

/// A report.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Report {
    #[schema(example = "overview")]
    pub report: &'static str,
    #[schema(example = "总览")]
    pub title: String,
    pub kind: ReportKind,
    #[schema(value_type = Option<String>, format = "date")]
    pub from: Option<NaiveDate>,
    #[schema(value_type = Option<String>, format = "date")]
    pub to: Option<NaiveDate>,
    #[schema(example = "Asia/Shanghai")]
    pub timezone: String,
    /// The moment of the figures.
    pub as_of: Timestamp,
    /// Of the working time that figures in working time are reckoned by.
    pub calendar_version: i64,
    #[serde(serialize_with = "word")]
    #[schema(value_type = GroupBy)]
    pub group_by: &'static str,
    /// The filters in force, as requested.
    #[schema(value_type = Object)]
    pub filters: Map<String, Value>,
    pub columns: Vec<Column>,
    /// By the columns' keys.
    #[schema(value_type = Vec<Object>)]
    pub rows: Vec<Row>,
    #[schema(value_type = Object)]
    pub totals: Row,
    /// Rows that are left out.
    pub more: usize,
    /// The request for the same figures.
    #[serde(rename = "self")]
    #[schema(example = "/api/v1/reports/overview?language=zh&as_of=2026-11-28T08:00:00.000Z")]
    pub itself: String,
    /// The request for what is behind a figure, with places for its row and cell.
    #[schema(
        example = "/api/v1/reports/overview/drill?as_of=2026-11-28T08:00:00.000Z&row={row}&cell={cell}"
    )]
    pub drill: String,
    pub previous: Option<Previous>,
}

impl Report {
    /// The name of a file with it, without what it is a file of.
    pub fn file_name(&self) -> String {
        let dates = [self.from, self.to].into_iter().flatten().map(|date| format!("-{date}"));
        format!("{}{}", self.report, dates.collect::<String>())
    }
}

#[cfg(test)]
impl Report {
    /// One without figures, for the tests of forms.
    pub fn empty(report: &'static str) -> Self {
        Self {
            report,
            title: report.to_owned(),
            kind: ReportKind::Cohort,
            from: None,
            to: None,
            timezone: "Asia/Shanghai".to_owned(),
            as_of: Timestamp::from_millis(1_795_852_800_000),
            calendar_version: 1,
            group_by: "day",
            filters: Map::new(),
            columns: Vec::new(),
            rows: Vec::new(),
            totals: Row::new(),
            more: 0,
            itself: String::new(),
            drill: String::new(),
            previous: None,
        }
    }
}

/// The figures of the period before.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PreviousReport)]
pub struct Previous {
    #[schema(value_type = Option<String>, format = "date")]
    pub from: Option<NaiveDate>,
    #[schema(value_type = Option<String>, format = "date")]
    pub to: Option<NaiveDate>,
    pub as_of: Timestamp,
    #[schema(value_type = Vec<Object>)]
    pub rows: Vec<Row>,
    #[schema(value_type = Object)]
    pub totals: Row,
}

fn word<S: serde::Serializer>(word: &&'static str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(word)
}

/// The columns of a report.
pub fn columns(definition: &Definition, group: GroupBy, language: Language) -> Vec<Column> {
    let pick = |(zh, en): (&'static str, &'static str)| language.pick(zh, en).to_owned();
    let (label, about) = group_label(group);
    let unit = match group {
        GroupBy::Agent | GroupBy::Team | GroupBy::Form => Unit::Id,
        GroupBy::Day | GroupBy::Week | GroupBy::Month | GroupBy::None => Unit::Date,
        _ => Unit::Text,
    };
    let plain =
        |key, unit, label, about| Column { key, label: pick(label), unit, of: None, definition: pick(about) };
    let mut columns = vec![
        plain(group.column(), unit, label, about),
        plain("label", Unit::Text, ("名称", "Name"), ("这一行的名称。", "What the row is called.")),
    ];
    if definition.has_stages() {
        let about = ("漏斗的阶段，按先后排列。", "The stage of the funnel, in their order.");
        columns.push(plain("stage", Unit::Text, ("阶段", "Stage"), about));
    }
    columns.extend(definition.figures.iter().map(|figure| Column {
        key: figure.key,
        label: pick(figure.label),
        unit: figure.unit,
        of: figure.of,
        definition: pick(figure.definition),
    }));
    columns
}

impl Report {
    /// What its rows are: stages, where nothing else is grouped by.
    pub fn row_label(&self) -> String {
        let stage = self.columns.iter().find(|column| column.key == "stage" && self.group_by == "none");
        stage.or(self.columns.first()).map(|column| column.label.clone()).unwrap_or_default()
    }
}

/// What a column of a report is called in a language.
pub fn label_of(report: &Report, key: &str, language: Language) -> String {
    let group = GroupBy::from_word(report.group_by);
    let all = catalogue::by_name(report.report).zip(group);
    let all = all.map(|(definition, group)| columns(definition, group, language)).unwrap_or_default();
    all.into_iter().find(|column| column.key == key).map(|column| column.label).unwrap_or_default()
}

/// What the key column is called, and what it means.
fn group_label(group: GroupBy) -> ((&'static str, &'static str), (&'static str, &'static str)) {
    let key = ("行的键：空为未知或没有。", "The key of the row; empty where it is unknown or there is none.");
    match group {
        GroupBy::Day => (("日期", "Date"), ("所在的日期。", "The date.")),
        GroupBy::None => (("全部", "All"), ("没有分组，总是空的。", "Nothing is grouped: always empty.")),
        GroupBy::Week => (("周", "Week"), ("这一周的星期一。", "The Monday that the week begins with.")),
        GroupBy::Month => (("月", "Month"), ("这个月的第一天。", "The first date of the month.")),
        GroupBy::Agent => (("招商员", "Agent"), ("经办人；空为公海。", "Who owns it; empty for the pool.")),
        GroupBy::Team => (("团队", "Team"), key),
        GroupBy::Form => (("表单", "Form"), key),
        GroupBy::Channel => (("渠道", "Channel"), key),
        GroupBy::Source => (("来源", "Source"), key),
        GroupBy::UtmSource => (("广告来源", "Campaign source"), key),
        GroupBy::UtmMedium => (("广告媒介", "Campaign medium"), key),
        GroupBy::UtmCampaign => (("广告系列", "Campaign"), key),
        GroupBy::Region2 => (("省", "Province"), key),
        GroupBy::Region4 => (("市", "City"), key),
        GroupBy::Region6 => (("区县", "District"), key),
        GroupBy::NeedKind => (("需求类型", "Kind of need"), key),
        GroupBy::Industry => (("行业", "Industry"), key),
        GroupBy::Status => (("状态", "Status"), key),
        GroupBy::AreaBand => {
            (("面积段", "Area"), ("所需面积的区间，平方米。", "The band of the area, in square metres."))
        }
        GroupBy::TaxBand => {
            (("税收段", "Tax"), ("每年税收的区间，万元。", "The band of the tax a year, in 10,000 yuan."))
        }
        GroupBy::Band => {
            (("年龄段", "Age"), ("收到后的天数区间。", "The band of the days since the receipt."))
        }
        GroupBy::Kind => (("跟进方式", "Kind of follow-up"), key),
        GroupBy::Reason => (("原因", "Reason"), key),
    }
}
