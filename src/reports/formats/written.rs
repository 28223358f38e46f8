//! A report written out in the form that was asked for: its bytes, and what they are.
//! The forms themselves are in their own files; the API sends them.

use super::chart::{self, ChartOptions};
use super::csv::{CsvOptions, csv};
use super::query::{ChartQuery, Format};
use super::xlsx::{self, xlsx};
use crate::kernel::error::{Error, Result};
use crate::kernel::language::Language;
use crate::platform::http::query::QueryReader;
use crate::reports::report::{Report, label_of};

/// A report in one of its forms.
#[derive(Debug)]
pub struct Written {
    pub content_type: &'static str,
    /// The name of the file, if it is one.
    pub file_name: Option<String>,
    pub body: Vec<u8>,
}

/// How a report is written out.
#[derive(Debug, Clone)]
pub struct Form {
    pub format: Format,
    pub csv: CsvOptions,
    pub chart: ChartQuery,
}

impl Form {
    pub fn read(from: &mut QueryReader) -> Self {
        Self { format: Format::read(from), csv: CsvOptions::read(from), chart: ChartQuery::read(from) }
    }

    /// It takes a while: not for a thread on which others wait.
    pub fn write(&self, report: &Report, language: Language) -> Result<Written> {
        let file_name = |kind| Some(format!("{}.{kind}", report.file_name()));
        Ok(match self.format {
            Format::Json => Written {
                content_type: "application/json",
                file_name: None,
                body: serde_json::to_vec(report).map_err(Error::internal)?,
            },
            Format::Csv => Written {
                content_type: self.csv.charset.content_type(),
                file_name: file_name("csv"),
                body: csv(report, &self.csv, |key, language| label_of(report, key, language))
                    .map_err(Error::internal)?,
            },
            Format::Xlsx => Written {
                content_type: xlsx::CONTENT_TYPE,
                file_name: file_name("xlsx"),
                body: xlsx(report, language).map_err(Error::internal)?,
            },
            Format::Svg => Written {
                content_type: "image/svg+xml",
                file_name: None,
                body: chart::render(report, &self.chart_options(language)).into_bytes(),
            },
        })
    }

    fn chart_options(&self, language: Language) -> ChartOptions<'_> {
        ChartOptions {
            chart: self.chart.figure.as_deref(),
            theme: self.chart.theme,
            width: self.chart.width,
            language,
            ..ChartOptions::default()
        }
    }
}
