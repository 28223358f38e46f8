//! Databases with many inquiries of varied text, filled through the product's own verbs.
//! They are read under load by `measures.rs`.

use std::path::Path;

use chrono::Duration;
use leaddock::app;
use leaddock::assignment::decision::Decisions;
use leaddock::assignment::rules::actions::ensure_fallback;
use leaddock::assignment::terms::SlaSettings;
use leaddock::assignment::terms::actions::put_sla;
use leaddock::inquiries::model::{Channel, Items};
use leaddock::inquiries::{NewInquiry, Source, Submitted};
use leaddock::intake::forms::actions::ensure_default;
use leaddock::intake::forms::model::DEFAULT_FORM;
use leaddock::intake::forms::store;
use leaddock::kernel::clock::{Clock, Timestamp};
use leaddock::kernel::precondition::Precondition;
use leaddock::platform::config::Settings;
use leaddock::platform::db::{Context, DatabaseUrl, Db, Tx};
use leaddock::platform::jobs::Next;

use crate::server::{ADMIN, Home};

/// The search term, and the percentage of inquiries that contain it.
pub const WORD: &str = "厂房";
const WORD_PERCENT: usize = 8;

/// Inquiries in one transaction.
const AT_ONCE: u32 = 1000;
/// Between two transactions the clock goes on by this.
const STEP: Duration = Duration::seconds(30);
/// When the first was received: 2025-01-01, 9:00 in Shanghai.
const FIRST: Timestamp = Timestamp::from_millis(1_735_693_200_000);

/// An installation with so many inquiries; the one of an earlier run if it may be kept.
pub fn seeded(root: &Path, rows: u32, keep: bool) -> Home {
    filled(&root.join(format!("seeded-{rows}")), keep, |home| {
        home.add_people();
        if rows > 0 {
            fill(home, rows);
        }
    })
}

/// An installation with a year of so many inquiries and all that was done with them.
pub fn lived_in(root: &Path, rows: u32, keep: bool) -> Home {
    filled(&root.join(format!("lived-in-{rows}")), keep, |home| {
        home.run(&["demo", "--inquiries", &rows.to_string()]);
        home.add_person(ADMIN, "admin");
    })
}

fn filled(dir: &Path, keep: bool, fill: impl FnOnce(&Home)) -> Home {
    let complete = dir.join("complete");
    if keep && complete.exists() {
        return Home::sqlite(dir.to_owned());
    }
    if dir.exists() {
        std::fs::remove_dir_all(dir).expect("the database of an earlier run removed");
    }
    let home = Home::sqlite(dir.to_owned());
    fill(&home);
    std::fs::write(complete, "").expect("a mark that it is complete");
    home
}

fn fill(home: &Home, rows: u32) {
    let mut settings = Settings::defaults().expect("the built-in settings");
    settings.database.url = DatabaseUrl::parse(&home.database).expect("the URL of a database");
    let clock = Clock::manual(FIRST);
    // Without reactors: no messages about these.
    let db = app::open_database(&settings, clock.clone(), &[], true).expect("a database");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(fill_in_steps(&db, &clock, rows));
    db.close();
}

async fn fill_in_steps(db: &Db, clock: &Clock, rows: u32) {
    db.write(Context::system(), prepare).await.expect("the first form");
    let mut done = 0;
    while done < rows {
        let end = rows.min(done + AT_ONCE);
        db.write(Context::system(), move |tx| fill_some(tx, done..end)).await.expect("some inquiries");
        // What the server's job does within a second.
        while matches!(db.settle_texts().await.expect("texts in the index"), Next::Immediately) {}
        clock.advance(STEP);
        done = end;
        if done % 50_000 == 0 || done == rows {
            eprintln!("  {done} of {rows} inquiries");
        }
    }
}

fn fill_some(tx: &mut Tx<'_>, numbers: std::ops::Range<u32>) -> leaddock::kernel::error::Result<()> {
    let form = store::active(tx.conn, DEFAULT_FORM)?;
    Decisions::of(tx, |tx, decisions| {
        for number in numbers {
            let new = NewInquiry::new(items(number), Source::of(Channel::Form));
            let submitted = form.as_ref().map(|form| Submitted { form: form.id, receipt: tx.id() });
            decisions.receive(tx, &new, submitted)?;
        }
        Ok(())
    })
}

/// What must exist from the start; without deadlines, which would all have passed when the server starts.
fn prepare(tx: &mut Tx<'_>) -> leaddock::kernel::error::Result<()> {
    ensure_default(tx)?;
    ensure_fallback(tx)?;
    let none = SlaSettings { accept_minutes: None, first_contact_minutes: None, ..SlaSettings::default() };
    put_sla(tx, none, &Precondition::Any).map(drop)
}

// ---- words

const OTHER_KINDS: &[&str] = &[
    "仓库",
    "写字楼",
    "办公室",
    "研发楼",
    "工业用地",
    "商铺",
    "车间",
    "实验室",
    "冷库",
    "标准层",
    "独栋",
    "孵化器工位",
];
const PLACES: &[&str] = &[
    "苏州工业园区",
    "昆山",
    "太仓",
    "无锡新吴区",
    "常州武进",
    "杭州滨江",
    "宁波北仑",
    "嘉兴",
    "合肥高新区",
    "武汉光谷",
    "成都双流",
    "东莞松山湖",
];
const WISHES: &[&str] = &[
    "带行车",
    "层高八米以上",
    "一楼",
    "可环评",
    "近地铁",
    "有食堂和宿舍",
    "双回路供电",
    "带装修",
    "可分割",
    "有卸货平台",
    "靠近高速",
    "可注册公司",
];
const TRADES: &[&str] = &[
    "精密机械",
    "电子元器件",
    "生物医药",
    "食品加工",
    "汽车零部件",
    "新能源电池",
    "软件开发",
    "跨境电商",
    "医疗器械",
    "包装材料",
    "纺织服装",
    "半导体设备",
];
const DOINGS: &[&str] = &[
    "生产与装配",
    "研发试制",
    "仓储与配送",
    "办公与展示",
    "检测和维修",
    "加工，无污染",
    "设计与打样",
    "总部办公",
];
const NAMES: &[&str] = &[
    "恒信", "瑞达", "华盛", "新锐", "天成", "博远", "金禾", "汇通", "中拓", "东升", "安和", "远景", "众合",
    "鼎立", "明德", "宏图",
];
const SURNAMES: &[&str] =
    &["王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林"];
const TITLES: &[&str] = &["先生", "女士", "经理", "总"];
const MESSAGES: &[&str] = &[
    "请尽快联系。",
    "希望本月内看现场。",
    "请先发平面图和报价。",
    "下午联系为宜。",
    "预算可以商量。",
    "需要开票。",
];

/// A deterministic random number generator.
struct Rng(u64);

impl Rng {
    /// A number below `end` (SplitMix64).
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let end = u64::try_from(end).expect("a small number");
        usize::try_from(mixed % end).expect("a small number")
    }

    fn of(&mut self, words: &[&'static str]) -> &'static str {
        words.get(self.below(words.len())).expect("a word")
    }
}

fn items(number: u32) -> Items {
    let mut rng = Rng(u64::from(number) << 20);
    let kind = if rng.below(100) < WORD_PERCENT { WORD } else { rng.of(OTHER_KINDS) };
    let (place, trade) = (rng.of(PLACES), rng.of(TRADES));
    let verb = if rng.below(5) == 0 { "求购" } else { "求租" };
    let message = (rng.below(3) == 0).then(|| rng.of(MESSAGES).to_owned());
    Items {
        need: Some(format!(
            "{verb}{}平方米{kind}，{place}，{}，{}",
            (rng.below(200) + 1) * 50,
            rng.of(WISHES),
            rng.of(WISHES)
        )),
        usage: Some(format!("{trade}{}", rng.of(DOINGS))),
        tax: Some(format!("年税收约{}万元", (rng.below(100) + 1) * 10)),
        company: Some(format!("{}{}{trade}有限公司", rng.of(NAMES), rng.of(NAMES))),
        contact: Some(format!("{}{}", rng.of(SURNAMES), rng.of(TITLES))),
        phone: Some(format!("13{:09}", rng.below(1_000_000_000))),
        message,
        ..Items::default()
    }
}
