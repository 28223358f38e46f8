//! HTML escaping by named entities, for text that people wrote.
//! Templates use it by their file extension (askama.toml).

use std::fmt::{self, Write};

use askama::filters::Escaper;

/// Escapes for HTML, in text and in quoted attributes.
#[derive(Debug, Clone, Copy)]
pub struct Html;

impl Escaper for Html {
    fn write_escaped_str<W: Write>(&self, mut out: W, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
            let (plain, from) = rest.split_at(at);
            out.write_str(plain)?;
            let (sign, after) = from.split_at(1);
            out.write_str(match sign {
                "&" => "&amp;",
                "<" => "&lt;",
                ">" => "&gt;",
                "\"" => "&quot;",
                _ => "&#39;",
            })?;
            rest = after;
        }
        out.write_str(rest)
    }
}

/// A text as HTML, in the same way.
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Writing to a string does not fail.
    let _ = Html.write_escaped_str(&mut out, text);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_sign_of_html_stays() {
        let mut out = String::new();
        Html.write_escaped_str(&mut out, "做<什么> & \"x\" 'y'</textarea>").unwrap();
        assert_eq!(out, "做&lt;什么&gt; &amp; &quot;x&quot; &#39;y&#39;&lt;/textarea&gt;");
    }
}
