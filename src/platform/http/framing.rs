//! Where a request ends on its connection: the empty line behind a head, a body of known length, the last
//! chunk of another (RFC 9112 §2.1, §6, §7.1). Only bytes are counted here; the HTTP server parses
//! the request.

/// What is still to come of a request's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    Bytes(u64),
    /// Its chunks say where it ends.
    Chunked,
}

impl Default for Body {
    fn default() -> Self {
        Self::Bytes(0)
    }
}

/// Finds the empty line behind a head, whose lines end in LF or CRLF.
#[derive(Debug, Default)]
pub struct HeadEnd {
    /// Nothing but a CR came since the last LF.
    is_line_empty: bool,
}

impl HeadEnd {
    /// Takes the next byte; true for the last one.
    pub fn ends_with(&mut self, byte: u8) -> bool {
        let is_end = byte == b'\n' && self.is_line_empty;
        self.is_line_empty = !is_end && (byte == b'\n' || byte == b'\r' && self.is_line_empty);
        is_end
    }
}

/// Finds the end of a body in chunks. What is no such body is handed over byte by byte: the server refuses
/// it.
#[derive(Debug, Default)]
pub struct ChunksEnd {
    part: Part,
}

#[derive(Debug, Clone, Copy)]
enum Part {
    /// The size of a chunk, as far as it came; what follows it on its line says nothing.
    Size {
        size: u64,
        is_read: bool,
    },
    Data {
        left: u64,
    },
    /// The end of the line behind the data.
    DataEnd,
    /// Lines behind the last chunk, of which the last is empty.
    Trailers {
        is_line_empty: bool,
    },
}

impl Default for Part {
    fn default() -> Self {
        Self::Size { size: 0, is_read: false }
    }
}

impl ChunksEnd {
    /// Takes the next byte; true for the last one.
    pub fn ends_with(&mut self, byte: u8) -> bool {
        let (part, is_end) = match self.part {
            Part::Size { size: 0, .. } if byte == b'\n' => (Part::Trailers { is_line_empty: true }, false),
            Part::Size { size, .. } if byte == b'\n' => (Part::Data { left: size }, false),
            Part::Size { size, is_read: false } => match char::from(byte).to_digit(16) {
                Some(digit) => (
                    Part::Size { size: size.saturating_mul(16).saturating_add(digit.into()), is_read: false },
                    false,
                ),
                None => (Part::Size { size, is_read: true }, false),
            },
            read @ Part::Size { .. } => (read, false),
            Part::Data { left: 0 | 1 } => (Part::DataEnd, false),
            Part::Data { left } => (Part::Data { left: left - 1 }, false),
            Part::DataEnd if byte == b'\n' => (Part::default(), false),
            Part::DataEnd => (Part::DataEnd, false),
            Part::Trailers { is_line_empty: true } if byte == b'\n' => (Part::default(), true),
            Part::Trailers { is_line_empty } => {
                (Part::Trailers { is_line_empty: byte == b'\n' || is_line_empty && byte == b'\r' }, false)
            }
        };
        self.part = part;
        is_end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_ends_with_an_empty_line() {
        for (text, length) in [
            ("GET / HTTP/1.1\r\nHost: x\r\n\r\nrest", Some(27)),
            ("GET / HTTP/1.1\nHost: x\n\nrest", Some(24)),
            ("GET / HTTP/1.1\n\r\n", Some(17)),
            ("\r\nGET / HTTP/1.1\r\n", None),
        ] {
            let mut end = HeadEnd::default();
            assert_eq!(
                text.bytes().position(|byte| end.ends_with(byte)).map(|last| last + 1),
                length,
                "{text:?}"
            );
        }
    }

    #[test]
    fn chunks_end_with_an_empty_one() {
        for (text, length) in [
            ("0\r\n\r\nGET", Some(5)),
            ("3\r\na\n0\r\n0\r\n\r\nGET", Some(13)),
            ("A;ext=\"1\"\r\n0123456789\r\n00\r\nX: y\r\n\r\nGET", Some(35)),
            ("1\nx\n0\n\nGET", Some(7)),
            ("1\r\nx\r\n", None),
            ("ffffffffffffffffffff\r\nx", None),
            ("no chunks at all\r\n", None),
        ] {
            let mut end = ChunksEnd::default();
            assert_eq!(
                text.bytes().position(|byte| end.ends_with(byte)).map(|last| last + 1),
                length,
                "{text:?}"
            );
        }
    }
}
