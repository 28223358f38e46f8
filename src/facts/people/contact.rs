//! Who is to be called: a labelled name, a surname with its form of address, a name beside the phone.
//! What names look like is in `names.rs`, each sort of candidate in a file of its own.

use crate::facts::people::latin::Row;
use crate::facts::people::model::{Company, Contact};
use crate::facts::people::names::token_of;
use crate::facts::people::{
    addressed, bare_names, familiar_names, foreign_names, labelled_names, mixed_names,
};
use crate::facts::reading::Reading;
use crate::facts::text::normal::{Normal, Span};
use crate::facts::words::lists::List;

/// Right before a name of several parts.
static BEFORE_DOTTED: List = List::named("before a name of several parts");

/// The contact: of all candidates the surest, the first of equals.
pub fn find(reading: &Reading<'_>, companies: &[Company], rows: &[Row]) -> Option<Contact> {
    [
        labelled_names::find(reading, companies),
        addressed::surname_addressed(&reading.page),
        addressed::addressed(reading, companies),
        addressed::cantonese_mister(&reading.page),
        familiar_names::find(reading, companies),
        mixed_names::find(reading, companies),
        bare_names::find(reading, companies),
        dotted_name(&reading.page),
        foreign_names::latin_name(reading, companies, rows),
    ]
    .into_iter()
    .flatten()
    .filter(|candidate| !reading.names_nobody(candidate.span))
    .fold(None, Contact::surer)
}

/// 我叫热娜·买买提江: a name of several parts.
fn dotted_name(page: &Normal<'_>) -> Option<Contact> {
    BEFORE_DOTTED.words().iter().find_map(|lead| {
        let start = page.places(lead).next()? + lead.len();
        let name = token_of(page.from(start)).filter(|name| name.contains('·'))?;
        let count = name.chars().count();
        (4..=12).contains(&count).then(|| Contact::untitled(Span::new(start, start + name.len()), 0.93))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::people::{full_companies, latin};

    fn contact(text: &str) -> Option<String> {
        let reading = Reading::of(text);
        let rows = latin::rows(&reading.page, |_| false);
        let companies = full_companies::find(&reading, &rows);
        find(&reading, &companies, &rows).map(|contact| reading.page.written(contact.span))
    }

    #[test]
    fn who_is_to_be_called() {
        for (text, expected) in [
            ("联系人：王小北；手机号：13800001234", Some("王小北")),
            ("联系人 孙经理 手机13800001234", Some("孙经理")),
            ("联系人余主任，027-80000009", Some("余主任")),
            ("我姓陈 电话13800001234", Some("陈")),
            ("免贵姓欧阳", Some("欧阳")),
            ("总价800万，王总 13800001234", Some("王总")),
            ("项目经理催得急，小宋 13800001234", Some("小宋")),
            ("投资部 林小北 电话0512-60000009", Some("林小北")),
            ("汪小北（采购总监）13800001234", Some("汪小北")),
            ("Contact: Ann Smith, Foo Inc., +1 202-555-0143.", Some("Ann Smith")),
            ("Tel 138-0000-1234 (Mr Gu)", Some("Mr Gu")),
            ("联系人：Mr. Klein（项目总监）", Some("Mr. Klein")),
            ("Agents welcome. Leo 13800001234", Some("Leo")),
            ("联系：永昌轮胎行 老孟 13800001234", Some("老孟")),
            ("联系人：苏州甲乙机械有限公司 林小北 13800001234", Some("林小北")),
            ("业主陈生 13800001234 厂房出租", Some("陈生")),
            ("找花生加工厂房，找学生宿舍", None),
            ("你打电话给我我叫林小北一三八零零零零一二三四", Some("林小北")),
            ("找我一三八零零零零一二三四我叫林小北", Some("林小北")),
            ("叫人来看厂房一三八零零零零一二三四", None),
            ("林可 13800001234", Some("林可")),
            ("都可 13800001234", None),
            ("谢谢\n白露 | 行政部\n苏州甲乙软件有限公司", Some("白露")),
            ("昆山左右 | 采购部", None),
            ("黄酒 13800001234", None),
            ("路由器 13800001234", None),
            ("建议安排张经理回访", None),
            ("厂房加工，员工50人", None),
        ] {
            assert_eq!(contact(text).as_deref(), expected, "{text}");
        }
    }
}
