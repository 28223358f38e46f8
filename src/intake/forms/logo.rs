//! A logo as a `data:` URL (RFC 2397): whether it is a PNG, a JPEG, or an SVG without scripts and without
//! anything from elsewhere. Pages show it as a picture, where no script would run anyway; this keeps it
//! harmless wherever it is shown.

use data_encoding::BASE64;

/// Bytes of the picture.
const PICTURE_MAX: usize = 64 << 10;
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const JPEG: &[u8] = b"\xff\xd8\xff";

/// Elements that run, load or hold foreign content.
const FORBIDDEN_ELEMENTS: [&str; 12] = [
    "script",
    "foreignobject",
    "iframe",
    "embed",
    "object",
    "handler",
    "listener",
    "audio",
    "video",
    "link",
    "meta",
    "base",
];

/// Whether a `data:` URL holds a picture that may be shown.
pub fn is_picture(url: &str) -> bool {
    let Some((kind, data)) = url.strip_prefix("data:").and_then(|rest| rest.split_once(',')) else {
        return false;
    };
    let mut parameters = kind.split(';');
    let media = parameters.next().unwrap_or_default();
    let is_base64 = kind.ends_with(";base64");
    if !parameters.all(|parameter| {
        matches!(parameter.to_ascii_lowercase().as_str(), "base64" | "charset=utf-8" | "utf8")
    }) {
        return false;
    }
    let bytes = if is_base64 {
        BASE64.decode(data.as_bytes()).ok()
    } else {
        Some(percent_encoding::percent_decode_str(data).collect())
    };
    let Some(bytes) = bytes.filter(|bytes| bytes.len() <= PICTURE_MAX) else { return false };
    match media {
        "image/png" => bytes.starts_with(PNG),
        "image/jpeg" => bytes.starts_with(JPEG),
        "image/svg+xml" => std::str::from_utf8(&bytes).is_ok_and(is_harmless_svg),
        _ => false,
    }
}

/// Whether an SVG is well-formed enough to be read here, and has nothing in it that runs or is loaded.
fn is_harmless_svg(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').to_lowercase();
    if text.contains('\0') {
        return false;
    }
    let (mut rest, mut elements) = (text.as_str(), 0_usize);
    while let Some((before, after)) = rest.split_once('<') {
        if !is_harmless_text(before) {
            return false;
        }
        let Some((tag, next)) = markup(after) else { return false };
        rest = next;
        match tag {
            Markup::Aside => {}
            Markup::Text(words) if is_harmless_text(words) => {}
            Markup::Text(_) => return false,
            Markup::Element { name, attributes } => {
                let local = name.rsplit(':').next().unwrap_or_default();
                let is_wrong_root = elements == 0 && local != "svg";
                if is_wrong_root
                    || FORBIDDEN_ELEMENTS.contains(&local)
                    || !attributes.iter().all(|(name, value)| is_harmless_attribute(name, value))
                {
                    return false;
                }
                elements += 1;
            }
        }
    }
    elements > 0 && is_harmless_text(rest)
}

enum Markup<'a> {
    /// A comment, a declaration or an end tag.
    Aside,
    /// A CDATA section.
    Text(&'a str),
    Element {
        name: &'a str,
        attributes: Vec<(&'a str, &'a str)>,
    },
}

/// What begins after a `<`, and what comes behind it; none if it does not end, or is not allowed at all.
fn markup(after: &str) -> Option<(Markup<'_>, &str)> {
    if let Some(comment) = after.strip_prefix("!--") {
        return comment.split_once("-->").map(|(_, rest)| (Markup::Aside, rest));
    }
    if let Some(data) = after.strip_prefix("![cdata[") {
        return data.split_once("]]>").map(|(words, rest)| (Markup::Text(words), rest));
    }
    if after.starts_with('!') {
        // A document type, but none with entities of its own.
        return after
            .split_once('>')
            .filter(|(inside, _)| inside.starts_with("!doctype svg") && !inside.contains('['))
            .map(|(_, rest)| (Markup::Aside, rest));
    }
    if let Some(declaration) = after.strip_prefix("?xml ") {
        let utf8 = |inside: &str| !inside.contains("encoding") || inside.contains("utf-8");
        return declaration
            .split_once("?>")
            .filter(|(inside, _)| utf8(inside))
            .map(|(_, rest)| (Markup::Aside, rest));
    }
    if let Some(end) = after.strip_prefix('/') {
        return end.split_once('>').map(|(_, rest)| (Markup::Aside, rest));
    }
    element(after)
}

fn element(after: &str) -> Option<(Markup<'_>, &str)> {
    let name_end = after.find(|c: char| c.is_whitespace() || matches!(c, '/' | '>'))?;
    let (name, mut rest) = after.split_at(name_end);
    if name.is_empty()
        || !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '-' | '_' | '.'))
    {
        return None;
    }
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if let Some(behind) = rest.strip_prefix('>') {
            return Some((Markup::Element { name, attributes }, behind));
        }
        let (attribute, value) = rest.split_once('=')?;
        let value = value.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, behind) = value.strip_prefix(quote)?.split_once(quote)?;
        attributes.push((attribute.trim_end(), value));
        rest = behind;
    }
}

fn is_harmless_attribute(name: &str, value: &str) -> bool {
    let local = name.rsplit(':').next().unwrap_or_default();
    let is_name =
        !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, ':' | '-' | '_' | '.'));
    let is_inside = || {
        let value = value.trim_start();
        value.is_empty()
            || value.starts_with('#')
            || value.starts_with("data:image/png;base64,")
            || value.starts_with("data:image/jpeg;base64,")
    };
    // What animates a link could lead it elsewhere.
    let animates_link = local == "attributename" && value.contains("href");
    is_name
        && !local.starts_with("on")
        && (!matches!(local, "href" | "src") || is_inside())
        && name != "xml:base"
        && !animates_link
        && is_harmless_text(value)
}

/// Text, a style or a value: nothing is loaded by it, and no sign is hidden in it by an escape of a style or
/// of a letter.
fn is_harmless_text(text: &str) -> bool {
    if text.contains("&#") {
        return false;
    }
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let loads = plain.split("url(").skip(1).any(|inside| {
        !inside.trim_start_matches(['"', '\'']).starts_with('#') && !inside.starts_with("&quot;#")
    });
    !loads
        && !["@import", "javascript:", "image-set(", "expression("].iter().any(|bad| plain.contains(bad))
        && !plain.contains('\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn svg(inside: &str) -> bool {
        let whole = format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 10 10\">{inside}</svg>");
        is_picture(&format!("data:image/svg+xml;base64,{}", BASE64.encode(whole.as_bytes())))
    }

    #[test]
    fn usual_logos_are_taken() {
        assert!(is_picture(&format!("data:image/png;base64,{}", BASE64.encode(&[PNG, &[0; 100]].concat()))));
        assert!(is_picture(&format!(
            "data:image/jpeg;base64,{}",
            BASE64.encode(&[JPEG, &[0; 100]].concat())
        )));
        assert!(is_picture(
            "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'%3E%3Cpath d='M0 0h9'/%3E%3C/svg%3E"
        ));
        assert!(is_picture(
            "data:image/svg+xml;charset=utf-8,<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE svg \
            PUBLIC \"x\" \"y\">\n<svg><g/></svg>"
        ));
        for inside in [
            "<title>启航产业园 & 园</title><path d='M0 0h9'/>",
            "<defs><linearGradient id='a'><stop offset='0'/></linearGradient></defs><rect fill='url(#a)' \
            style='stroke: url( \"#a\" )'/><use xlink:href='#b'/>",
            "<style><![CDATA[.a > .b { fill: #0a6b56 }]]></style><!-- drawn by hand --><a href='#x'><text>on \
            top</text></a>",
            "<image href='data:image/png;base64,AAAA'/>",
        ] {
            assert!(svg(inside), "{inside}");
        }
    }

    #[test]
    fn what_runs_or_is_loaded_is_refused() {
        for inside in [
            "<script>alert(1)</script>",
            "<SCRIPT href='#a'/>",
            "<svg:script>1</svg:script>",
            "<g onload='alert(1)'/>",
            "<g OnClick = \"x\"/>",
            "<foreignObject><body/></foreignObject>",
            "<image href='https://evil.example/a.png'/>",
            "<image xlink:href='//evil.example/a.png'/>",
            "<use href='other.svg#a'/>",
            "<a href='javascript:alert(1)'/>",
            "<a href='java&#10;script:alert(1)'/>",
            "<style>@import 'https://evil.example/a.css';</style>",
            "<style>.a{fill:url(https://evil.example/a)}</style>",
            "<style>.a{fill:u\\72l(https://evil.example/a)}</style>",
            "<rect fill='url(//evil.example)'/>",
            "<rect fill='u&#114;l(https://evil.example/a)'/>",
            "<style>@&#105;mport 'https://evil.example/a.css';</style>",
            "<animate attributeName='href' to='x'/>",
            "<iframe src='#'/>",
            "<?xml-stylesheet href='a.css'?>",
            "<!ENTITY a 'b'>",
            "<g x=unquoted>",
            "<g",
            "<g a='",
        ] {
            assert!(!svg(inside), "{inside}");
        }
    }

    #[test]
    fn it_is_what_it_says_and_not_too_large() {
        let png = |length: usize| {
            format!("data:image/png;base64,{}", BASE64.encode(&[PNG, &vec![0; length - PNG.len()]].concat()))
        };
        assert!(is_picture(&png(PICTURE_MAX)) && !is_picture(&png(PICTURE_MAX + 1)));
        let long = format!("<svg>{}</svg>", " ".repeat(PICTURE_MAX));
        assert!(!is_picture(&format!("data:image/svg+xml,{long}")));
        for bad in [
            "",
            "https://www.example.com/logo.png",
            "data:image/png;base64,AAAA",
            "data:image/jpeg;base64,iVBORw0KGgo=",
            "data:image/gif;base64,R0lGODlhAQABAAAAACw=",
            "data:text/html,<svg></svg>",
            "data:image/svg+xml,<html></html>",
            "data:image/svg+xml;base64,***",
            "data:image/svg+xml,%ff%fe",
            "data:image/svg+xml;charset=utf-7,<svg></svg>",
            "data:image/svg+xml",
            "data:image/svg+xml,nothing",
        ] {
            assert!(!is_picture(bad), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "[<>/a-z='\"!?#:\\[\\]-]{0,60}") {
            let _ = is_harmless_svg(&text);
        }
    }
}
