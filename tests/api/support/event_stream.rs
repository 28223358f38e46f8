//! Reads server-sent events as the HTML standard has it, and a little more strictly: each block has what ours
//! have. Which events come is the matter of the tests.

use std::io::{BufRead, BufReader, Lines};

use serde_json::Value;
use ureq::http::{HeaderMap, Response};
use ureq::{Body, BodyReader};

/// What comes between two empty lines.
#[derive(Debug, Default, PartialEq)]
pub struct Block {
    pub id: Option<i64>,
    pub event: Option<String>,
    pub data: Option<Value>,
    pub is_comment: bool,
}

/// A stream that is read as it comes.
pub struct EventStream {
    pub headers: HeaderMap,
    lines: Lines<BufReader<BodyReader<'static>>>,
    /// The last id, with which one goes on.
    pub last: Option<i64>,
}

impl EventStream {
    #[track_caller]
    pub fn of(response: Response<Body>) -> Self {
        assert_eq!(response.status(), 200);
        let headers = response.headers().clone();
        let lines = BufReader::new(response.into_body().into_reader()).lines();
        Self { headers, lines, last: None }
    }

    /// The next block; none at the end of the stream.
    pub fn block(&mut self) -> Option<Block> {
        let mut block = Block::default();
        loop {
            let line = self.lines.next()?.unwrap();
            if line.is_empty() {
                self.last = block.id.or(self.last);
                return Some(block);
            }
            match line.split_once(':').expect("a field") {
                ("", _) => block.is_comment = true,
                ("id", id) => block.id = Some(id.trim().parse().unwrap()),
                ("event", kind) => block.event = Some(kind.trim().to_owned()),
                ("data", data) => {
                    let before = block.data.replace(serde_json::from_str(data).unwrap());
                    assert!(before.is_none(), "data is one line");
                }
                ("retry", _) => {}
                (field, _) => panic!("the field {field:?} is not known"),
            }
        }
    }

    /// The next event, with its id and name held against what it says; none at the end of the stream.
    pub fn event(&mut self) -> Option<Value> {
        loop {
            let block = self.block()?;
            let Some(data) = block.data else {
                assert_eq!(block.event, None, "only what has data is an event");
                continue;
            };
            assert_eq!((block.id, block.event.as_deref()), (data["seq"].as_i64(), data["type"].as_str()));
            return Some(data);
        }
    }

    /// The next events.
    #[track_caller]
    pub fn events(&mut self, count: usize) -> Vec<Value> {
        (0..count).map(|_| self.event().expect("the stream goes on")).collect()
    }

    /// Reads up to this id, to which no event leads any more.
    #[track_caller]
    pub fn reaches(&mut self, id: i64) {
        while self.last < Some(id) {
            let block = self.block().expect("the stream goes on");
            assert_eq!(block.event, None, "{block:?}");
        }
        assert_eq!(self.last, Some(id));
    }

    /// The events until the stream ends.
    pub fn rest(mut self) -> Vec<Value> {
        std::iter::from_fn(|| self.event()).collect()
    }
}
