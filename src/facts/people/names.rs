//! Names of people as such: Chinese surnames, forms of address, titles, and a surname with its address.
//! Who of the named is the contact is decided in `contact.rs`.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;

use crate::facts::text::normal::is_han;
use crate::facts::words::dictionary::Dictionary;
use crate::facts::words::lists::{List, listed};
use crate::facts::words::segments::is_word;

/// How long a surname at the beginning is, in characters; 0 for none.
pub fn surname_length(name: &str) -> usize {
    if COMPOUNDS.at_beginning(name, |_| true).is_some() {
        return 2;
    }
    usize::from(name.chars().next().is_some_and(|c| SINGLE.contains(&c)))
}

/// Single surnames: the common ones and others that occur, not all of the thousands.
static SINGLE: LazyLock<FxHashSet<char>> =
    LazyLock::new(|| listed("surnames").flat_map(str::chars).collect());
static COMPOUNDS: LazyLock<Dictionary<()>> =
    LazyLock::new(|| Dictionary::of_beginnings(listed("surnames of two characters").map(|word| (word, ()))));
static ADDRESS: LazyLock<Dictionary<()>> =
    LazyLock::new(|| Dictionary::of_beginnings(listed("forms of address").map(|word| (word, ()))));
static TITLE: LazyLock<Dictionary<()>> =
    LazyLock::new(|| Dictionary::of_beginnings(listed("titles").map(|word| (word, ()))));
static TITLE_END: LazyLock<Dictionary<()>> =
    LazyLock::new(|| Dictionary::of_ends(listed("titles").map(|word| (word, ()))));
static NO_NAME: LazyLock<Dictionary<()>> =
    LazyLock::new(|| Dictionary::of_beginnings(listed("no names").map(|word| (word, ()))));

/// Words and characters that end no name of a person.
static ENDS_NO_NAME: List = List::named("ends no name");
/// Right before 可 where it is no name: 都可, 许可.
static BEFORE_KE: List = List::named("before ke");
/// Characters that are in no name of a person.
static IN_NO_NAME: List = List::named("in no name");
/// Words that look like a pet name.
static NO_PET_NAME: List = List::named("no pet names");
/// What the names of departments end with.
static DEPARTMENT_ENDS: List = List::named("ends of departments");
/// Forms of address that are one only where the Chinese words end: 李局, 王采购.
static ADDRESS_BEFORE_BORDER: List = List::named("addresses before a border");
/// Forms of address that a wife's may begin with: 老板, 老板娘.
static ADDRESS_OF_COUPLES: List = List::named("addresses of couples");
/// Forms of address that also begin an office or a paper: 会计部, 主管单位.
static ADDRESS_OF_OFFICES: List = List::named("addresses of offices");
/// What follows 总 where it is no form of address: 总价.
static BEHIND_ZONG: List = List::named("behind zong");
/// What follows 工 where it is no form of address: 工厂.
static BEHIND_GONG: List = List::named("behind gong");
/// What follows 伯 where it is no form of address: 伯乐.
static BEHIND_BO: List = List::named("behind bo");
/// What follows 生 where it is no form of address: 生产.
static BEHIND_SHENG: List = List::named("behind sheng");

/// Whether the character alone is a surname.
pub fn is_surname(c: char) -> bool {
    SINGLE.contains(&c)
}

/// Whether these characters could be a whole Chinese name: a surname and one or two more (three with a
/// compound surname).
pub fn is_full_name(words: &str) -> bool {
    let length = words.chars().count();
    let surname = surname_length(words);
    if surname == 0 || !words.chars().all(is_han) || length <= surname || length > surname + 2 {
        return false;
    }
    let ends_as_no_name = ENDS_NO_NAME.ends(words) && !is_name_with_ke(words, length);
    !begins_ordinary(words) && !ends_as_no_name && !is_title(words) && !IN_NO_NAME.is_in(words)
}

/// 罗可: the rarer of names and sentences (都可, 金山也可), read only of two characters.
fn is_name_with_ke(words: &str, length: usize) -> bool {
    length == 2 && words.ends_with('可') && !BEFORE_KE.begins(words) && !is_word(words)
}

/// A familiar name of two characters: 小宋, 老李, 阿陈.
pub fn is_familiar(name: &str) -> bool {
    let mut rest = name.chars().skip(1);
    is_familiar_beginning(name) && rest.next().is_some_and(is_surname) && rest.next().is_none()
}

/// A pet name of two characters without a surname: 小雯, 阿坤, 芳姐; no ordinary word.
pub fn is_pet_name(name: &str) -> bool {
    let mut letters = name.chars();
    let (Some(first), Some(second), None) = (letters.next(), letters.next(), letters.next()) else {
        return false;
    };
    (matches!(first, '小' | '阿') || matches!(second, '姐' | '哥'))
        && is_han(first)
        && is_han(second)
        && !NO_PET_NAME.has(name)
        && !is_word(name)
}

/// Whether the name begins as a familiar one does.
pub fn is_familiar_beginning(name: &str) -> bool {
    name.starts_with(['小', '老', '阿'])
}

/// The run of Chinese characters (and ·) at the beginning.
pub fn token_of(words: &str) -> Option<&str> {
    let length: usize = words.chars().take_while(|c| is_han(*c) || *c == '·').map(char::len_utf8).sum();
    words.get(..length).filter(|token| !token.is_empty())
}

/// Whether the words begin with an ordinary word: 安排, 高级.
pub fn begins_ordinary(words: &str) -> bool {
    NO_NAME.at_beginning(words, |_| true).is_some()
}

/// The form of address at the beginning, in bytes.
pub fn address_at(rest: &str) -> Option<&'static str> {
    ADDRESS.at_beginning(rest, |_| true).map(|(address, ())| address)
}

/// A title at the beginning.
pub fn title_at(rest: &str) -> Option<&'static str> {
    TITLE.at_beginning(rest, |_| true).map(|(title, ())| title)
}

/// Whether the words are a title and nothing else.
pub fn is_title(words: &str) -> bool {
    title_at(words) == Some(words)
}

/// A title at the end.
pub fn title_before(text: &str) -> Option<&'static str> {
    TITLE_END.at_end(text, |_| true).map(|(title, ())| title)
}

/// Whether the words are a department: 工程部, 拓展部, 采购中心.
pub fn is_department(words: &str) -> bool {
    let length = words.chars().count();
    (2..=8).contains(&length) && words.chars().all(is_han) && DEPARTMENT_ENDS.ends(words)
}

/// The end of `余主任` or `王一先生` at the beginning of a run; of a full name before a title (`王一采购总监`).
pub fn short_of(run: &str) -> Option<usize> {
    let surname = surname_length(run);
    if surname == 0 {
        return None;
    }
    let borders: Vec<usize> = run.char_indices().map(|(at, _)| at).chain([run.len()]).collect();
    for given in 0..=2 {
        let at = *borders.get(surname + given)?;
        let rest = run.get(at..)?;
        if given >= 1
            && let Some(title) = title_at(rest)
        {
            return if title.chars().count() > 2 { Some(at) } else { Some(at + title.len()) };
        }
        if let Some(address) = address_at(rest)
            && address_fits(rest, address)
        {
            return Some(at + address.len());
        }
    }
    None
}

/// Whether a form of address ends there: not 总价, 工厂, 总投资.
pub fn address_fits(rest: &str, address: &str) -> bool {
    let behind = rest.get(address.len()..).unwrap_or("");
    match address {
        "总" => !BEHIND_ZONG.begins(behind),
        "工" => !BEHIND_GONG.begins(behind),
        "哥" | "姐" | "叔" | "姨" => !behind.starts_with(['伦', '特']),
        "伯" => !BEHIND_BO.begins(behind),
        "生" => !behind.is_empty() && !BEHIND_SHENG.begins(behind),
        "董" => !behind.starts_with(['事', '秘']),
        address if ADDRESS_BEFORE_BORDER.has(address) => !behind.starts_with(is_han),
        address if ADDRESS_OF_COUPLES.has(address) => !behind.starts_with('娘'),
        address if ADDRESS_OF_OFFICES.has(address) => !behind.starts_with(['部', '师', '单']),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_what_only_looks_like_one() {
        for name in ["王一", "林小北", "欧阳明", "欧阳小明"] {
            assert!(is_full_name(name), "{name}");
        }
        for words in ["项目", "江苏", "工程部", "厂房", "高级", "王", "经理", "龙岗坪", "左右"]
        {
            assert!(!is_full_name(words), "{words}");
        }
        assert_eq!(address_at("总经理"), Some("总经理"));
        assert!(is_department("拓展部") && !is_department("部"));
    }

    #[test]
    fn forms_of_address() {
        for (run, expected) in [
            ("余主任", Some("余主任")),
            ("王小北先生好", Some("王小北先生")),
            ("总经理", None),
            ("金总价", None),
            ("于工业区", None),
        ] {
            assert_eq!(short_of(run).and_then(|end| run.get(..end)), expected, "{run}");
        }
    }
}
