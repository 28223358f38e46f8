//! Texts with contacts, of which nothing may be left, and texts without, of which nothing may be hidden.
//! What a mask does with them is tested in `inquiries/masking/tests.rs`.

use proptest::prelude::*;

use super::contacts_written;

/// The text without what was found in it.
fn left(text: &str) -> String {
    let places = contacts_written(text);
    let shown = text.chars().enumerate().filter(|(at, _)| !places.iter().any(|place| place.contains(at)));
    shown.map(|(_, c)| c).collect()
}

/// Texts with contacts, and what is to be left of each.
const CONTACTS: &[(&str, &str)] = &[
    ("请打139 1234 9876 谢谢", "请打 谢谢"),
    ("问欧阳：+86-139-1234-9876", "问欧阳："),
    ("座机 0512-6345 6789。", "座机 。"),
    ("１３９１２３４９８７６联系我", "联系我"),
    ("一三九一二三四九八七六", ""),
    ("幺三九 一二三四 九八七六", ""),
    ("一三九四个零九八七六", ""),
    ("139一二三四9876", ""),
    ("手机139.1234.9876", "手机"),
    ("139—1234—9876", ""),
    ("139 - 1234 - 9876", ""),
    ("(139)1234 9876", ""),
    ("139，1234，9876", "，，"),
    ("139/1234/9876", "//"),
    ("139_1234_9876", "__"),
    ("139电1234话9876", "电话"),
    ("139x1234x9876", "xx"),
    ("139😀1234😀9876", "😀😀"),
    ("1、3、9、1、2、3、4、9、8、7、6", "、、、、、、、、、、"),
    ("1 3 9 1 2 3 4 9 8 7 6", ""),
    ("13 91 23 49 87 6", ""),
    ("1391234 9876", ""),
    ("139\n1234\n9876", "\n\n"),
    ("139\u{200b}1234\u{ad}9876", ""),
    ("١٣٩١٢٣٤٩٨٧٦", ""),
    ("①③⑨①②③④⑨⑧⑦⑥", ""),
    ("¹³⁹¹²³⁴⁹⁸⁷⁶", ""),
    ("𝟙𝟛𝟡𝟙𝟚𝟛𝟜𝟡𝟠𝟟𝟞", ""),
    ("l39l2349876", ""),
    ("1391234987O", ""),
    ("139 1234 9876平时打", "平时打"),
    ("13912349876元先生", "元先生"),
    ("13912349876 3000平", " 3000平"),
    ("面积3000 13912349876", "面积3000 "),
    ("2026-12-01 13912349876", "2026-12-01 "),
    ("9:30 13912349876", "9:30 "),
    ("1391234987613800001111", ""),
    ("0086 139 1234 9876", ""),
    ("手机:86 139 1234 9876", "手机:"),
    ("(0512)63456789", ""),
    ("电话：0571 8888 6666", "电话："),
    ("021-5000 0003-8012", ""),
    ("400-820-8820", ""),
    ("800 820 8820", ""),
    ("热线4008208820", "热线"),
    ("+49 30 23125 017", ""),
    ("+1 (202) 555-0143", ""),
    ("852 2123 4567", ""),
    ("电话63456789", "电话"),
    ("63456789人事部", "人事部"),
    ("请拨6345-6789", "请拨"),
    ("订单号202611130000138001", "订单号"),
    ("身份证320500199001010000", "身份证"),
    ("代码913205000000T00003", "代码"),
    ("账号6222 0200 1380 0001 234", "账号"),
    ("one three nine one two three four nine eight seven six", ""),
    ("yao san jiu yi er san si jiu ba qi liu", ""),
    ("加微信 wxid_hidden77", "加微信 "),
    ("wxid hidden77", ""),
    ("vx: hidden77", "vx: "),
    ("ＶＸ：ｈｉｄｄｅｎ７７", "ＶＸ："),
    ("加V hidden77", "加V "),
    ("加我薇hidden77", "加我薇"),
    ("我的薇 lin-cz-0054", "我的薇 "),
    ("請加微信：anning-fert01", "請加微信："),
    ("wechathidden_77", "wechat"),
    ("WeChat is zhouqilan", "WeChat is "),
    ("WeChat: **quillon_cn** / Iris", "WeChat: **** / Iris"),
    ("微信号zhouqilan", "微信号"),
    ("微信/QQ：hidden77/12345678", "微信/QQ：/"),
    ("QQ 123456", "QQ "),
    ("扣扣号是123456", "扣扣号是"),
    ("hidden77是我的微信", "是我的微信"),
    ("hidden77（微信）", "（微信）"),
    ("telegram: @hidden77", "telegram: "),
    ("Skype: hidden.77", "Skype: "),
    ("邮箱：zhouqilan", "邮箱："),
    ("mail ouyang.zy@example.com，", "mail ，"),
    ("张三zhou@example.com", "张三"),
    ("zhou@example", ""),
    ("zhou @ example . com", ""),
    ("zhou(at)example.com", ""),
    ("zhou（at）example（dot）com", ""),
    ("zhou[at]example[dot]com", ""),
    ("zhou＠example．com", ""),
    ("zhou at gmail dot com", ""),
    ("zhou#qq.com", ""),
    ("?m=zhou%40example.com", "?m="),
    ("zhou艾特qq点com", ""),
    ("zhou@163点com", ""),
    ("müller@example.com", ""),
    ("张三@例子.公司", ""),
    ("z h o u @ e x a m p l e . c o m", ""),
];

#[test]
fn contacts_vanish() {
    for (text, rest) in CONTACTS {
        assert_eq!(left(text), *rest, "{text}");
    }
}

/// Texts without a contact.
const OTHERS: &[&str] = &[
    "",
    "求租厂房3000-5000平方米",
    "年税收约300万元",
    "2026-12-01",
    "2026年12月1日至2027年3月",
    "2026.12-2027.3",
    "2026/12/01 10:30",
    "20261201",
    "2020-2025",
    "2025-01-01至2026-01-01",
    "二〇二六年十二月",
    "9:30-17:30",
    "15:30-17:30 9:30",
    "层高9米",
    "层高8-12米，柱距8x8米",
    "投资5000万",
    "注册资本10000000元",
    "注册资本10000000",
    "注册资金5000万-1亿",
    "1,000,000元",
    "1,000,000",
    "5000000",
    "RMB 5,000,000",
    "¥5000000",
    "USD 12,500,000 investment",
    "50 acres, $2,500,000",
    "预算 2000000 左右",
    "年产值 50000000",
    "年产10000000件",
    "预算20万-30万/年",
    "价格0.8-1.2元/平/天",
    "面积2000-3000，层高9米",
    "2000-3000",
    "2000 3000",
    "3000 4000 5000都可以",
    "占地约120亩（80000平方米），建筑面积150000平方米",
    "型号 HC-2000-3500 冲床 20台，吨位 200-800 吨",
    "2019年成立，2023年营收1.5亿，2024年2.3亿",
    "10kV线路2路，2000kVA，柱网9*24",
    "苏州市工业园区星湖街328号5栋301-305",
    "3000至5000平",
    "3000~5000㎡",
    "2000 3000平",
    "1500-2000 300平",
    "400-800 1000平",
    "130-150亩",
    "500、800、1000平方米都可以",
    "500/800/1000平",
    "1200*800*1500",
    "单层1000-2000平，两层2000-4000平",
    "二楼3000-5000平方米",
    "厂房1500 二楼 500",
    "2026-12-15 300-5000平",
    "租期3-5年,2026年3月入驻",
    "1、3、5、6、7、8、9、10、11号楼",
    "一二三楼都行",
    "一、二、三楼",
    "三千五百平",
    "两三千平",
    "100人左右",
    "1栋2楼301室",
    "用电800-1000kva",
    "V2X测试，V2024A1型",
    "150平3000平1234人",
    "150x2000x3000mm",
    "380 V 50Hz三相电",
    "丙二类消防，承重2吨/㎡",
    "GB 50016-2014",
    "GB/T 19001-2016",
    "ISO 14001-2015",
    "苏州工业园区215000",
    "江苏省苏州市吴江区震泽镇八都工业区",
    "启澜精密机械（苏州）有限公司",
    "we need 30,000 to 50,000 sqft in Suzhou",
    "3000 sqm - 5000 sqm",
    "price 1.2 @ RMB 5000",
    "two or three units, one to five years",
    "微信同号",
    "加微信详聊",
    "微信小程序开发公司求租办公室",
    "B2B微信商城",
    "3000m2 微信联系",
    "加微信，3000平",
    "please wechat me later",
    "WeChat: please call",
    "email me please",
    "请发邮件报价",
    "meet at Suzhou park",
    "我叫李采薇",
];

#[test]
fn nothing_else_vanishes() {
    for text in OTHERS {
        assert_eq!(left(text), *text);
    }
}

#[test]
fn the_middle_of_a_long_text_is_read() {
    let text = format!("{}13912349876{}", "厂".repeat(9000), "房".repeat(9000));
    assert_eq!(contacts_written(&text).first(), Some(&(9000..9011)));
}

proptest! {
    #[test]
    fn any_text_is_read(text in "\\PC{0,60}", digits in "[0-9一二三零oOl+@.:_ 个万元平,，(-]{0,60}") {
        for text in [text, digits] {
            let places = contacts_written(&text);
            let count = text.chars().count();
            let mut end = 0;
            for (at, place) in places.iter().enumerate() {
                prop_assert!(place.start < place.end && place.end <= count && (at == 0 || end < place.start));
                end = place.end;
            }
        }
    }
}
