//! What was understood of an inquiry: the shape of facts, those of them that lists filter by, and the reading
//! of free text. Pure: no IO, no database; the tables are files beside it, compiled in. Who may see or change
//! facts is not decided here.

mod contacts;
mod form;
mod measures;
mod model;
mod people;
mod phones;
mod places;
mod reading;
mod text;
mod understanding;
mod wants;
mod words;

pub use contacts::{contacts_written, letters_written};
pub use form::labels::{Part, labelled_parts, unit_of_label};
pub use form::sections::{Reads, Section, Topic, place_of_field};
pub use model::document::{Facts, is_counted, without_reading};
pub use model::fact::{Confidence, Fact, Money, Number, Place, Spans};
pub use model::indexed::{Indexed, fen_of_wan};
pub use model::kinds::{Member, NeedKind};
pub use model::members::{Members, Name};
pub use people::accounts::could_be_an_account;
pub use text::normal::is_han;
pub use understanding::{
    PARSER_VERSION, phones_written, understand, understand_again, understand_text, warm,
};
pub use wants::divisions::industry_name;
pub use words::gazetteer::{region_name, short_name};
