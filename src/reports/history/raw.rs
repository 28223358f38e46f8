//! What a history is decoded from.
//! How it is read is in `read.rs`, what is made of it in `decode.rs`.

use std::collections::HashMap;

use crate::assignment::decision::model::Detail;
use crate::inquiries::asked::Asked;
use crate::kernel::id::EventId;
use crate::platform::events::Event;

/// What is stored of an inquiry, not decoded yet.
#[derive(Debug)]
pub struct Raw {
    pub asked: Asked,
    pub events: Vec<Event>,
    pub decisions: HashMap<EventId, Detail>,
}
