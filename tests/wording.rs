//! Reads the sources: every message for people is there in Chinese and English, and the Chinese has no
//! English left in it. What single messages say to a caller is in `api/middleware.rs`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may fail loudly"
)]

/// Words that mean the same in both languages: names of the API, of formats and of standards, and examples.
const NAMES: &str = "JSON JSONPath UTF RFC ASCII HTML XML SVG PNG JPEG KiB MiB Base64 URL Allow ETag If \
Match Idempotency Key request_id legal key totp \
    dead period from to me none auto body body_base64 header Name data http https www example com name \
    true false application json multipart urlencoded \
    received_at updated_at next_follow_up_at tax 23T08 00Z 2B Content Encoding \
    entries match search \
    IANA Asia Shanghai minutes working_days days as then user pool taken_by until phone contact email wechat \
    paused absences reason assignee_id Last Event ID id leaddock mail test";

/// The texts between quotes in a piece of Rust, as they are written.
fn literals(source: &str) -> Vec<String> {
    let (mut found, mut rest) = (Vec::new(), source);
    while let Some(begin) = rest.find('"') {
        let mut text = String::new();
        let mut signs = rest[begin + 1..].char_indices();
        let end = loop {
            match signs.next() {
                Some((_, '\\')) => drop(signs.next()),
                Some((at, '"')) => break at,
                Some((_, c)) => text.push(c),
                None => return found,
            }
        };
        found.push(text);
        rest = &rest[begin + 1 + end + 1..];
    }
    found
}

fn sources(folder: &std::path::Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let product = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
            found.push((path.display().to_string(), product));
        }
    }
}

/// What an argument list holds, from behind its opening bracket.
fn arguments(text: &str) -> &str {
    let (mut depth, mut quoted, mut escaped) = (1_usize, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted && depth == 1 => return &text[..at],
            ')' if !quoted => depth -= 1,
            _ => {}
        }
    }
    text
}

/// A text without what is put in, such as `{seconds}`.
fn without_places(text: &str) -> String {
    text.split('{').map(|part| part.split_once('}').map_or(part, |(_, rest)| rest)).collect()
}

fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

#[test]
fn every_message_is_in_both_languages_and_chinese_has_no_english_left() {
    let mut files = Vec::new();
    sources(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let names: Vec<&str> = NAMES.split_whitespace().collect();
    let (mut messages, mut wrong) = (0, Vec::new());
    for (path, text) in &files {
        for maker in ["Refusal::new(", "FaultKind::new("] {
            for (at, _) in text.match_indices(maker) {
                let texts = literals(arguments(&text[at + maker.len()..]));
                // The code, Chinese, English.
                let [code, zh, en] = texts.as_slice() else {
                    wrong.extend((!texts.is_empty()).then(|| format!("{path}: {texts:?}")));
                    continue;
                };
                messages += 1;
                if !is_chinese(zh) || is_chinese(en) || zh.matches("{}").count() != en.matches("{}").count() {
                    wrong.push(format!("{path}: {code}"));
                }
            }
        }
        let in_chinese = literals(text).into_iter().filter(|text| {
            is_chinese(text) && (text.ends_with(['。', '！']) || path.contains("platform/http"))
        });
        for zh in in_chinese.map(|text| without_places(&text)) {
            let latin = zh
                .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .filter(|word| word.bytes().any(|byte| byte.is_ascii_alphabetic()));
            wrong.extend(
                latin.filter(|word| !names.contains(word)).map(|word| format!("{path}: {word} in {zh}")),
            );
        }
    }
    assert!(messages > 70, "{messages} found");
    assert_eq!(wrong, Vec::<String>::new());
}
