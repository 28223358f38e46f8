//! The picture of a report: an SVG that reads without script, fonts or anything else from outside.
//! The figures are in the report; this folder only draws them.

mod axes;
mod bar_rows;
mod bars;
mod canvas;
mod columns;
mod data;
mod description;
mod frame;
mod funnel;
mod header;
mod labels;
mod lines;
mod number;
mod options;
mod palette;
mod picture;
mod render;
mod scale;
mod text;
mod time_axis;

#[cfg(test)]
mod tests;

pub use number::Amounts;
pub use options::{ChartOptions, DEFAULT_WIDTH, Theme, WIDTHS};
pub use render::render;
