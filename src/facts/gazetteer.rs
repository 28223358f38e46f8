//! The table of places of China: GB/T 2260 divisions, their short names, Pinyin, parks, towns.
//! Which of the named places is meant is decided in `regions.rs`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

/// How a name stands for a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// With its 省, 市, 区, 县, or another well-known form.
    Full,
    /// Without: 苏州, 北仑.
    Short,
    /// In Latin letters.
    Latin,
    /// A park or development zone.
    Zone,
    /// A town or street within a county or district.
    Town,
}

/// A place that a name may stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub code: u32,
    pub kind: Kind,
}

pub struct Gazetteer {
    search: Option<AhoCorasick>,
    places: Vec<Vec<Place>>,
    names: BTreeMap<u32, &'static str>,
}

/// Short names of counties and districts that are ordinary words: they count only beside their city or province.
const ORDINARY: &[&str] = &[
    "和平", "新城", "高新", "城区", "东方", "长安", "大同", "新华", "东山", "桥东", "桥西", "郊区", "矿区", "城关", "城中", "城东", "城北", "城西", "城南", "路南", "路北", "平安", "海港", "光明", "江北", "江南", "河东", "河西", "新市", "新建", "建设", "永安", "友好", "红旗", "向阳", "前进", "东风", "爱民", "安宁", "兴隆", "太和", "延长", "安居", "富民", "富裕", "繁荣", "青年", "工农", "民乐", "通道", "高要", "大足", "安定", "合作", "武功",
    "沿河", "大厂", "台前", "中原", "上街", "二七", "开发", "中方", "新和", "和静", "沙市", "太平", "平房", "平山", "平武", "西安区", "东安", "安平", "海州", "滨海", "山阳", "西区", "东区", "中区", "老城", "新兴", "南岸", "南部", "北部", "中山", "南和", "平和", "正定", "正安", "安化", "安乡", "元氏", "丰满", "通海", "宁静", "海南", "青山", "黄山", "金山", "南山", "西山", "北安", "集安", "同安", "临时", "山丹", "白云", "金平", "大方", "大化", "大通",
    "和顺", "和政", "方正", "方山", "岳阳楼", "天台", "镇平", "昌图", "平顺", "万载", "平果", "阳新", "清水", "精河", "通河", "宏伟", "龙门", "临城", "七里河", "八步", "九原", "三台", "三门", "五河", "五台", "三原", "三元", "四方台", "四子王", "一心", "万山", "万年", "万安", "千山", "百色", "十堰区", "米易", "米东", "米脂", "层", "吨", "亩", "重阳", "单", "船山", "机场", "资源", "资中", "自流井", "商城", "商河", "商南", "商水", "正阳", "正宁", "正镶",
    "大观", "大邑", "大埔", "大田", "大余", "大新", "大名", "大城", "大洼", "大安", "大英", "小店", "小金", "鼓楼", "玄武", "红塔", "宝塔", "甘南", "会宁", "会同", "会东", "会理", "会昌", "会泽", "新田", "新民", "新平", "新源", "新干", "新会", "新丰", "新龙", "新河", "新安", "新野", "新县", "新蔡", "新密", "新郑", "成安", "成武", "成县", "东平", "东明", "东光", "东辽", "东兴", "东源", "东乡", "东安", "东宝", "东坡", "东丰", "东宁", "东至", "东港", "东海", "西平",
    "西充", "西盟", "西乡", "西和", "西吉", "西华", "西林", "西塞山", "南关", "南开", "南县", "南城", "南丰", "南江", "南溪", "南召", "南雄", "南康", "南岗", "南票", "南芬", "南华", "南涧", "南澳", "北关", "北塔", "北林", "北票", "北镇", "北川", "北流", "北戴河", "北湖", "永久", "永定", "永顺", "长城", "长白", "长海", "长岭", "长清", "长丰", "长治", "长子", "长汀", "长泰", "长葛", "长垣", "长阳", "长沙县", "长顺", "长武",
];

/// Short names that several places share, where the inquiries of the trade mean one of them.
const USUAL: &[(&str, u32)] = &[
    ("宝山", 310_113), ("普陀", 310_107), ("长宁", 310_105), ("南山", 440_305), ("龙华", 440_309), ("白云", 440_111), ("西湖", 330_106), ("市中", 0), ("江宁", 320_115), ("浦口", 320_111), ("青浦", 310_118), ("金山", 310_116), ("静安", 310_106), ("海淀", 110_108), ("朝阳", 0), ("通州", 0),
    ("吴江", 320_509), ("相城", 320_507), ("新北", 320_411), ("龙岗", 440_307), ("宝安", 440_306), ("罗湖", 440_303), ("福田", 440_304), ("南沙", 440_115), ("黄埔", 440_112), ("武进", 320_412), ("苏州", 320_500), ("suzhou", 320_500), ("fuzhou", 350_100), ("吉林", 220_000), ("jilin", 220_000), ("海南", 460_000), ("hainan", 460_000), ("yichun", 0), ("海州", 320_706), ("惠山", 320_206), ("西青", 120_111), ("大兴", 110_115), ("顺义", 110_113), ("yangzhou", 321_000), ("changzhou", 320_400), ("wuhan", 420_100), ("jiangyin", 320_281), ("nantong", 320_600),
    ("wuxi", 320_200), ("shanxi", 140_000), ("chengdu", 510_100), ("chongqing", 500_000), ("shanghai", 310_000), ("beijing", 110_000), ("tianjin", 120_000), ("shenzhen", 440_300), ("dongguan", 441_900), ("huizhou", 441_300), ("jinan", 370_100), ("zhangjiang", 310_115), ("baoshan", 310_113), ("putuo", 310_107), ("jinshan", 310_116), ("longhua", 440_309), ("nanshan", 440_305), ("baiyun", 440_111), ("changning", 310_105), ("nansha", 440_115), ("qingpu", 310_118), ("jiading", 310_114), ("minhang", 310_112), ("fengxian", 310_120),
    ("pudong", 310_115), ("wujin", 320_412), ("beilun", 330_206), ("kunshan", 320_583), ("taicang", 320_585), ("changshu", 320_581), ("guangdong", 440_000), ("ganzhou", 360_700), ("nanchang", 360_100), ("xian", 610_100), ("zhongshan", 442_000), ("foshan", 440_600), ("longgang", 440_307), ("huangpu", 440_112), ("binjiang", 330_108), ("xihu", 330_106), ("wuzhong", 320_506), ("xinbei", 320_411), ("jiangning", 320_115), ("tongzhou", 0), ("chaoyang", 0), ("gulou", 0), ("taizhou", 0),
    ("daxing", 110_115), ("shunyi", 110_113), ("haidian", 110_108), ("qidong", 320_681), ("jiangmen", 440_700), ("dalian", 210_200), ("anhui", 340_000), ("henan", 410_000), ("hebei", 130_000), ("hubei", 420_000), ("hunan", 430_000), ("sichuan", 510_000), ("jiangxi", 360_000), ("fujian", 350_000), ("shandong", 370_000), ("yunnan", 530_000), ("zhejiang", 330_000), ("jiangsu", 320_000), ("nanjing", 320_100), ("hefei", 340_100), ("chuzhou", 341_100), ("wuhu", 340_200), ("ningbo", 330_200), ("jiaxing", 330_400), ("huzhou", 330_500),
    ("shaoxing", 330_600), ("jinhua", 330_700), ("wenzhou", 330_300), ("hangzhou", 330_100), ("xuzhou", 320_300), ("qingdao", 370_200), ("yantai", 370_600), ("weihai", 371_000), ("xiamen", 350_200), ("quanzhou", 350_500), ("changsha", 430_100), ("zhuzhou", 430_200), ("zhengzhou", 410_100), ("kunming", 530_100), ("nanning", 450_100), ("haimen", 320_614), ("yuhang", 330_110), ("xiaoshan", 330_109), ("linping", 330_113), ("pinghu", 330_482), ("haining", 330_481), ("haian", 320_685), ("tongxiang", 330_483), ("cixi", 330_282), ("yuyao", 330_281), ("yiwu", 330_782),
];

/// Latin words that are places and also ordinary words or names.
const NO_LATIN: &[&str] = &["wei", "heng", "tong", "guan", "long", "man", "fang", "ling", "meilin", "linfen", "anyang", "anji", "she", "shan", "chang", "ding", "gong", "xiong", "shang", "xiang", "ming", "ning", "ping", "qiang", "song", "tang", "wang", "yang", "ying", "yuan", "zhang", "zhong", "jing", "lang", "xuan", "yong", "zheng", "chen", "cheng", "feng", "gang", "hong", "jiang", "king", "kuan", "liang", "luan", "mian", "peng", "rong", "shen", "sheng", "xing", "guang", "huang", "dong", "ding", "leiyang", "yanan", "linyi", "yanjin"];

static GAZETTEER: LazyLock<Gazetteer> = LazyLock::new(Gazetteer::load);

impl Gazetteer {
    pub fn get() -> &'static Self {
        &GAZETTEER
    }

    fn load() -> Self {
        let mut names: BTreeMap<u32, &'static str> = BTreeMap::new();
        let mut by_name: BTreeMap<String, Vec<Place>> = BTreeMap::new();
        let mut add = |name: &str, code: u32, kind: Kind| {
            let places = by_name.entry(name.to_owned()).or_default();
            if !places.iter().any(|place| place.code == code) {
                places.push(Place { code, kind });
            }
        };
        for line in include_str!("tables/regions.csv").lines().skip(1) {
            let mut cells = line.split(',');
            let (Some(Ok(code)), Some(name)) = (cells.next().map(str::parse::<u32>), cells.next()) else { continue };
            names.insert(code, name);
            add(name, code, Kind::Full);
            let short = short_name(name);
            if short != name && short.chars().count() >= 2 {
                add(short, code, Kind::Short);
            }
            for pinyin in cells.next().unwrap_or("").split('|').filter(|pinyin| pinyin.len() >= 4 && !NO_LATIN.contains(pinyin)) {
                // Counties of one character have a Pinyin that is anything.
                if name.chars().count() > 2 {
                    add(pinyin, code, Kind::Latin);
                }
            }
        }
        for line in include_str!("tables/region_aliases.csv").lines().skip(1) {
            let mut cells = line.rsplitn(3, ',');
            let (Some(kind), Some(Ok(code)), Some(alias)) = (cells.next(), cells.next().map(str::parse::<u32>), cells.next()) else { continue };
            let alias = alias.trim_matches('"');
            let kind = match kind {
                "zone" => Kind::Zone,
                "town" => Kind::Town,
                "english" => Kind::Latin,
                "short" if alias.chars().count() < 2 => continue,
                _ => Kind::Full,
            };
            if kind == Kind::Latin && NO_LATIN.contains(&alias.to_lowercase().as_str()) {
                continue;
            }
            // A town of two characters that is an ordinary word would be found everywhere.
            let name = if alias.is_ascii() { alias.to_lowercase() } else { alias.to_owned() };
            add(&name, code, kind);
        }
        let (patterns, places): (Vec<String>, Vec<Vec<Place>>) = by_name.into_iter().unzip();
        let search = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).ascii_case_insensitive(true).build(&patterns).ok();
        Self { search, places, names }
    }

    /// The official name.
    pub fn name(&self, code: u32) -> Option<&'static str> {
        self.names.get(&code).copied()
    }

    /// `江苏省/苏州市/吴江区`; the city of the four municipalities is left out.
    pub fn path(&self, code: u32) -> Option<String> {
        let own = self.name(code)?;
        let mut parts = Vec::new();
        for parent in [province(code), city(code)] {
            if parent != code {
                parts.extend(self.name(parent));
            }
        }
        parts.push(own);
        parts.dedup();
        Some(parts.join("/"))
    }

    /// The names in a piece of text: first byte, byte after, and what each may stand for.
    pub fn find<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (usize, usize, &'a [Place])> {
        let search = self.search.as_ref();
        search.into_iter().flat_map(move |search| search.find_iter(text)).filter_map(|found| self.places.get(found.pattern().as_usize()).map(|places| (found.start(), found.end(), places.as_slice())))
    }

    /// Whether the words are made of names of places and nothing else.
    pub fn is_place(&self, words: &str) -> bool {
        let mut end = 0;
        let mut seen = false;
        for (from, to, _) in self.find(words).take(8) {
            if from != end && !words.get(end..from).is_some_and(|gap| gap.chars().all(|c| matches!(c, '或' | '/' | '、' | '和' | '市' | '区' | '省' | '县'))) {
                return false;
            }
            (end, seen) = (to, true);
        }
        seen && words.get(end..).is_some_and(|rest| rest.chars().count() <= 2)
    }
}

/// Whether a short name is an ordinary word.
pub fn is_ordinary(name: &str) -> bool {
    ORDINARY.contains(&name)
}

/// What a shared name usually means; `Some(0)`: nobody can tell.
pub fn usual(name: &str) -> Option<u32> {
    let lower = name.to_ascii_lowercase();
    USUAL.iter().find(|(known, _)| *known == lower).map(|(_, code)| *code)
}

pub fn province(code: u32) -> u32 {
    code / 10_000 * 10_000
}

pub fn city(code: u32) -> u32 {
    code / 100 * 100
}

/// Whether one place lies in the other (or is it).
pub fn lies_in(code: u32, parent: u32) -> bool {
    code == parent || parent % 10_000 == 0 && province(code) == parent || parent % 100 == 0 && city(code) == parent
}

/// 0 for provinces, 1 for cities, 2 for counties and districts.
pub fn level(code: u32) -> u8 {
    if code % 10_000 == 0 {
        0
    } else if code % 100 == 0 {
        1
    } else {
        2
    }
}

fn short_name(name: &str) -> &str {
    for suffix in ["壮族自治区", "回族自治区", "维吾尔自治区", "特别行政区", "自治区", "自治州", "自治县", "地区", "新区", "林区", "矿区", "省", "市", "区", "县", "盟", "旗"] {
        if let Some(short) = name.strip_suffix(suffix) {
            if short.chars().count() >= 2 {
                return short;
            }
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_the_parents() {
        let places = Gazetteer::get();
        assert_eq!(places.path(320_509).as_deref(), Some("江苏省/苏州市/吴江区"));
        assert_eq!(places.path(310_117).as_deref(), Some("上海市/松江区"));
        assert_eq!(places.path(320_500).as_deref(), Some("江苏省/苏州市"));
        assert_eq!(places.path(310_000).as_deref(), Some("上海市"));
        assert!(places.search.is_some());
    }

    #[test]
    fn places_and_other_words() {
        let places = Gazetteer::get();
        assert!(places.is_place("天津武清") && places.is_place("黄陂或江夏"));
        assert!(!places.is_place("甲乙涂装"));
        assert!(lies_in(320_509, 320_000) && lies_in(320_509, 320_500) && !lies_in(320_509, 310_000));
    }
}
