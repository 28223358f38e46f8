//! Names of people as such: Chinese surnames, forms of address, titles.
//! Who of the named is the contact is decided in `contact.rs`.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;

use crate::facts::text::normal::is_han;
use crate::facts::words::dictionary::Dictionary;
use crate::facts::words::lists::listed;

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

/// Whether these characters could be a whole Chinese name: a surname and one or two more (three with a
/// compound surname).
pub fn is_full_name(words: &str) -> bool {
    let length = words.chars().count();
    let surname = surname_length(words);
    if surname == 0 || !words.chars().all(is_han) || length <= surname || length > surname + 2 {
        return false;
    }
    let bad_end = [
        "部", "市", "区", "县", "镇", "路", "省", "园", "厂", "库", "房", "楼", "的", "平", "亩", "元", "万",
        "了", "吗", "呢", "右", "上", "下", "内", "外", "机", "话", "号", "位", "求", "用", "税", "费", "件",
        "品", "村", "店", "院", "所", "栋", "电", "司", "团", "社", "等", "都", "可", "也", "们", "车", "仓",
    ];
    NO_NAME.at_beginning(words, |_| true).is_none()
        && !bad_end.iter().any(|end| words.ends_with(end))
        && !is_title(words)
        && !words
            .contains(['租', '买', '购', '厂', '仓', '库', '税', '价', '求', '或', '个', '们', '这', '需'])
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
    (2..=8).contains(&length)
        && words.chars().all(is_han)
        && (words.ends_with('部')
            || words.ends_with("部门")
            || words.ends_with("办公室")
            || words.ends_with("事业部")
            || words.ends_with("采购中心")
            || words.ends_with("处")
            || words.ends_with("科"))
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
}
