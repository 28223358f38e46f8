//! The words of the trade that a text is searched for once, each with what it speaks of.
//! What follows from them together is decided in the files of the facts.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::normal::{Normal, Span};

/// What a word speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// A longer word that hides one of the others in it.
    Nothing,
    Tax,
    /// 亩均: what follows is per mu.
    MuAverage,
    Invoiced,
    Output,
    Investment,
    FixedAsset,
    Capital,
    /// A price that the inquirer would pay or asks.
    Price,
    /// Money that is none of these: deposits, fees, sales.
    OtherMoney,
    Rent,
    Buy,
    /// To lease out, to sell.
    Offer,
    Factory,
    Warehouse,
    Office,
    Lab,
    Land,
    Yard,
    Custom,
    Policy,
    /// Whole properties as an investment.
    Asset,
    /// The writer owns what is spoken of.
    Owner,
    Spam,
    /// What the inquirer uses at present.
    Current,
    Want,
    Dorm,
    /// Without, no need of.
    Without,
    /// Comes with the main thing: 带, 配套.
    Besides,
}

const WORDS: &[(Topic, &[&str])] = &[
    (
        Topic::Nothing,
        &[
            "保税", "含税", "不含税", "免税", "税率", "税负", "税务", "税号", "退税", "税后", "税前", "节税", "避税", "税点", "利税", "税收返还", "税返", "税收政策", "税收优惠", "税收奖励", "税收扶持", "纳税人", "纳税信用", "一般纳税人", "小规模纳税人", "税源",
            "tax rebate", "tax rebates", "tax refund", "tax incentive", "tax incentives", "tax policy", "tax free", "tax-free", "after tax", "before tax", "excluding tax", "including tax", "tax included", "excl. tax", "incl. tax", "excl. vat", "incl. vat", "vat included", "ex vat", "plus vat", "excluding vat", "including vat",
            "投资部", "投资经理", "投资总监", "投资公司", "投资方", "投资促进", "投资顾问", "投资主管", "投资集团", "投资有限", "投资管理", "投资强度", "投资人", "投资发展", "亩均投资", "亩均产值", "招商引资", "采购", "订购", "团购", "收购价", "购物", "租约", "租期", "出租率", "租金收益", "起租", "免租", "免租期", "租赁期", "租售比",
            "办公家具", "办公用品", "办公设备", "仓位", "仓储费", "地址", "地图", "工业园", "当地", "本地", "场地", "各地", "内地", "外地", "产地", "地铁", "地区", "地坪", "地面", "落地页", "地下", "地上", "地方", "地段", "就地", "地推", "地板", "地产", "地点", "目的地", "基地", "车间主任", "厂房主", "lease term", "current account", "factory manager", "plant manager", "price list", "warehouse manager", "office manager", "office hours",
            "office equipment", "office furniture", "转账", "工厂店", "移地", "rental yield", "without notice",
            "投资额度", "社保", "地暖", "平台", "零售价", "报价单", "厂房图纸", "工厂直营",
        ],
    ),
    (
        Topic::Tax,
        &[
            "税收", "纳税", "纳税额", "税额", "交税", "缴税", "上税", "完税", "税金", "实缴税", "年税", "税", "增值税", "所得税", "个税", "税收贡献", "纳税贡献", "地方财政贡献", "年纳税", "年税收", "利税额", "tax", "taxes", "taxation", "vat", "cit", "tax contribution", "tax payment",
        ],
    ),
    (Topic::MuAverage, &["亩均", "亩产", "亩均税收", "亩均税", "亩均纳税", "亩产税收", "亩税", "每亩税收", "每亩纳税", "每亩年税收", "每亩税", "每亩每年税收", "税收强度", "tax per mu"]),
    (Topic::Invoiced, &["开票", "年开票", "开票额", "开票量", "开票金额", "开票收入", "发票额", "invoicing", "invoiced", "invoices", "invoice volume"]),
    (Topic::Output, &["产值", "年产值", "output", "output value"]),
    (Topic::Investment, &["投资", "总投资", "投资额", "投资总额", "投资规模", "拟投资", "计划投资", "投入", "总投入", "invest", "investment", "investing", "capex", "total investment"]),
    (Topic::FixedAsset, &["固定资产投资", "固定资产", "固投", "固定投资", "fixed asset", "fixed assets", "fixed-asset investment", "fixed asset investment"]),
    (Topic::Capital, &["注册资本", "注册资金", "注册资本金", "registered capital"]),
    (
        Topic::Price,
        &[
            "预算", "租金", "月租", "月租金", "年租", "年租金", "租价", "价格", "单价", "总价", "总预算", "价位", "出价", "报价", "心理价", "心理价位", "心里价位", "房租", "价钱", "日租金", "承受", "接受", "全款", "购房款", "要价", "售价", "单个项目", "单项目", "单笔", "单体", "地价", "成交价", "budget", "rent", "rental", "price",
            "asking", "offer", "all-in", "deal size", "ticket size", "per deal", "per asset",
        ],
    ),
    (
        Topic::OtherMoney,
        &[
            "押金", "物业费", "物业", "佣金", "中介费", "电费", "水费", "装修费", "装修", "贷款", "转让费", "奖励", "补贴", "工资", "月供", "保证金", "定金", "挂牌价", "挂牌", "市价", "市场价", "首付", "利润", "净利润", "销售额", "年销售", "销售收入", "营收", "营业额", "营业收入", "年收入", "流水", "融资", "估值", "设备投资", "设备投入", "研发投入", "研发费用", "扶持",
            "返还", "服务费", "管理费", "代理费", "投资强度", "政策资金", "手续费", "亩均投资", "亩均产值", "turnover", "revenue", "sales", "profit", "deposit", "management fee", "service charge", "loan", "subsidy", "fit-out", "salary", "fee", "listed price", "listing price", "贸易额", "出口额", "进出口额", "exports",
        ],
    ),
    (
        Topic::Rent,
        &["租", "求租", "承租", "租赁", "整租", "租用", "租个", "长租", "短租", "续租", "月租", "年租", "租金", "房租", "租地", "lease", "rent", "rental", "leasing", "renting", "to let"],
    ),
    (Topic::Buy, &["买", "求购", "购买", "购置", "收购", "买断", "置业", "购入", "受让", "按揭", "买个", "买一", "买栋", "自购", "购", "独立产权", "buy", "purchase", "acquire", "buying", "purchasing", "acquiring", "acquisition", "freehold"]),
    (
        Topic::Offer,
        &[
            "出租", "招租", "转租", "转让", "出售", "出让", "待租", "寻租", "招商出租", "对外出租", "整体转让", "急转", "急售", "直租", "for lease", "for rent", "for sale", "to let", "available for lease", "available for rent", "available to rent", "available to lease", "available for sale", "sublet", "sublease", "lease out", "rent out", "subletting", "空置", "空出", "租出去", "卖掉", "出手", "租掉", "想卖", "要卖", "往外租", "分租",
        ],
    ),
    (
        Topic::Factory,
        &[
            "厂房", "标准厂房", "车间", "生产车间", "工业厂房", "厂区", "厂子", "生产场地", "生产用房", "加工场地", "生产基地", "gmp车间", "钢结构厂房", "workshop", "factory", "factories", "factory space", "plant", "plants", "industrial space", "production space", "manufacturing space", "production hall", "industrial unit", "light-industrial", "light industrial", "manufacturing facility", "production facility", "工厂", "新厂房",
        ],
    ),
    (
        Topic::Warehouse,
        &[
            "仓库", "仓储", "冷库", "高标库", "高标仓", "库房", "云仓", "恒温库", "恒温仓", "坡道库", "丙二库", "立体库", "平库", "物流仓", "物流园", "保税仓", "保税仓库", "电商仓", "分拨中心", "分拨", "冷链仓", "冷冻库", "冷藏库", "阴凉库", "危化品库", "危险品库", "危化库", "前置仓", "中转仓", "货仓", "存储库", "丙类库", "甲类库", "乙类库", "丙类仓", "小仓", "大仓", "storage", "warehouse", "warehouses", "warehousing", "cold store",
            "cold storage", "distribution centre", "distribution center", "logistics centre", "logistics center", "fulfilment centre", "fulfillment center", "bonded warehouse",
        ],
    ),
    (
        Topic::Office,
        &[
            "写字楼", "办公室", "办公楼", "办公", "办公场所", "办公场地", "办公区", "办公用房", "办公空间", "甲级写字楼", "商务楼", "总部办公", "工位", "孵化器", "联合办公", "商务办公", "office", "offices", "office space", "office building", "co-working", "coworking", "workstations", "desks", "headquarters building", "研发楼", "总部楼", "独栋办公", "总部大楼",
        ],
    ),
    (Topic::Lab, &["实验室", "研发实验室", "研发中心", "研发办公", "研发场地", "研发用房", "中试", "lab", "labs", "laboratory", "lab space", "r&d space", "wet lab"]),
    (
        Topic::Land,
        &[
            "土地", "工业用地", "工业地", "用地", "拿地", "购地", "买地", "供地", "地块", "净地", "摘地", "征地", "建设用地", "仓储用地", "物流用地", "要地", "找地", "的地", "块地", "亩地", "批地", "租地", "占地", "m0用地", "m1用地", "land", "industrial land", "land plot", "plot", "greenfield", "plot of land", "land parcel", "parcel",
        ],
    ),
    (Topic::Yard, &["堆场", "空地", "停车场", "货场", "露天场地", "堆料场", "堆放", "硬化场地", "yard", "open yard", "container yard", "parking lot", "open storage"]),
    (
        Topic::Custom,
        &["定制", "代建", "订制", "定建", "按需建", "量身建", "定制化", "委托建设", "bts", "build-to-suit", "build to suit", "built-to-suit", "built to suit", "custom-built", "custom build", "purpose-built"],
    ),
    (
        Topic::Policy,
        &[
            "注册政策", "注册公司", "公司注册", "有限公司注册", "注册", "迁移税务", "税务迁移", "迁税", "返税", "返多少", "核定", "核定征收", "财政返还", "税收返还", "税收优惠", "税收政策", "税收奖励", "税收扶持", "税返", "退税政策", "政策", "奖励", "扶持", "优惠政策", "总部经济", "虚拟注册", "挂靠地址", "落户政策", "招商政策", "产业政策", "扶持政策", "园区返", "注册地址", "迁移注册", "工商注册", "incentives",
            "incentive", "incentive policy", "registering", "register a", "registration", "set up a company", "tax rebate", "tax rebates", "tax incentive", "tax incentives", "tax refund", "company formation", "registered address", "virtual office",
        ],
    ),
    (
        Topic::Asset,
        &[
            "reits", "reit", "cap rate", "资产包", "大宗资产", "大宗交易", "大宗物业", "成熟产业园", "成熟物业", "储备资产", "存量资产", "不动产基金", "收购产业园", "并购资产", "资产收购", "资产管理公司", "资管", "基金", "保险资金", "险资", "资产证券化", "类reits", "收并购", "股权收购", "净租金收益率", "回报率", "资本化率", "portfolio", "stabilised", "stabilized", "income-producing", "core-plus", "real estate fund", "institutional investor",
            "investment fund", "logistics assets", "industrial assets", "sale-and-leaseback", "sale and leaseback", "irr", "noi", "insurance fund", "private equity", "yield",
        ],
    ),
    (
        Topic::Owner,
        &[
            "业主", "房东", "自有", "我有", "我们有", "我司有", "我这有", "我这里有", "我这边有", "手上有", "手里有", "手头有", "我公司有", "本人有", "我厂有", "有一栋", "有一套", "有一处", "有一块", "有一层", "有闲置", "闲置", "中介勿扰", "中介合作", "求客户", "找租客", "找租户", "寻租客", "招客户", "找客户", "帮忙出租", "帮我出租", "委托出租", "i own", "we own", "i have", "we have a", "have a vacant", "my factory", "our factory", "my warehouse", "owner", "landlord", "agents welcome", "no agents",
            "looking for tenants", "looking for a tenant", "find a tenant", "find tenants", "tenant wanted", "tenants wanted", "一手房源", "房源",
        ],
    ),
    (
        Topic::Spam,
        &[
            "代办资质", "优化排名", "百度首页", "网站优化", "排名推广", "刷单", "加粉", "代开发票", "代开", "seo", "backlinks", "backlink", "first page", "ranking", "guest post", "推广", "引流", "群发", "网站建设", "小程序开发", "信用贷", "无抵押", "贷款", "低息", "pos机", "彩票", "博彩", "casino", "赌", "兼职", "日结", "刷量", "获客软件", "营销软件", "客源名单", "企业名录", "短信平台", "短信群发", "web design", "website traffic",
            "digital marketing", "loan offer", "bitcoin", "crypto", "forex", "资质代办", "代办", "代理记账", "发票", "商标注册", "专利申请", "包过", "办证", "电销", "外呼", "400电话办理", "竞价", "关键词", "软文", "自媒体", "涨粉", "link building", "followers", "email list", "leads list", "顶级域名", "seo service", "拓客", "ai外呼", "名单", "rank",
        ],
    ),
    (Topic::Current, &["现有", "目前", "现在", "现租", "在用", "原有", "现用", "原来", "已有", "现厂", "现址", "原厂房", "老厂", "旧厂", "现厂房", "现厂区", "当前", "现阶段", "自有厂房", "currently", "existing", "current", "at present", "right now", "our present"]),
    (Topic::Want, &["想", "需", "需要", "需求", "求", "找", "要", "寻", "寻求", "打算", "计划", "拟", "希望", "换", "扩", "扩产", "扩到", "咨询", "意向", "考虑", "need", "needs", "looking", "look for", "seeking", "seek", "want", "require", "requires", "interested", "searching", "plan", "have any", "do you have", "do u have", "is there", "有没有", "有无", "请问", "想问", "问下", "看看", "看中", "求租", "求购", "would like", "enquire", "inquire"]),
    (Topic::Dorm, &["宿舍", "食堂", "dorm", "dormitory", "canteen", "雨棚", "附房", "配电房"]),
    (Topic::Without, &["不需要", "不要", "无需", "不用", "不租", "没有需求", "no physical", "no need", "not need", "without", "don't need"]),
    (Topic::Besides, &["带", "配套", "另要", "另需", "含", "附带", "配", "其中", "外加", "包括", "另带", "附", "including", "plus", "with", "incl."]),
];

/// A word at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    pub topics: Topics,
    pub span: Span,
}

/// What one word speaks of; a few words speak of two things (月租: a rent and a price).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Topics(u64);

impl Topics {
    const NONE: Self = Self(0);

    fn and(self, topic: Topic) -> Self {
        let place = ORDER.iter().position(|known| *known == topic).and_then(|place| u32::try_from(place).ok()).unwrap_or_default();
        Self(self.0 | (1 << place))
    }

    pub fn has(self, topic: Topic) -> bool {
        self.and(topic) == self
    }
}

/// Every topic; the place is its bit.
const ORDER: &[Topic] = &[
    Topic::Nothing,
    Topic::Tax,
    Topic::MuAverage,
    Topic::Invoiced,
    Topic::Output,
    Topic::Investment,
    Topic::FixedAsset,
    Topic::Capital,
    Topic::Price,
    Topic::OtherMoney,
    Topic::Rent,
    Topic::Buy,
    Topic::Offer,
    Topic::Factory,
    Topic::Warehouse,
    Topic::Office,
    Topic::Lab,
    Topic::Land,
    Topic::Yard,
    Topic::Custom,
    Topic::Policy,
    Topic::Asset,
    Topic::Owner,
    Topic::Spam,
    Topic::Current,
    Topic::Want,
    Topic::Dorm,
    Topic::Without,
    Topic::Besides,
];

struct Lexicon {
    search: Option<AhoCorasick>,
    topics: Vec<Topics>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let mut words: Vec<(&str, Topics)> = WORDS.iter().flat_map(|(topic, words)| words.iter().map(|word| (*word, Topics::NONE.and(*topic)))).collect();
    words.sort_by_key(|(word, _)| *word);
    words.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 = Topics(kept.1.0 | next.1.0);
        }
        same
    });
    let search = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).ascii_case_insensitive(true).build(words.iter().map(|(word, _)| word)).ok();
    Lexicon { search, topics: words.into_iter().map(|(_, topics)| topics).collect() }
});

/// More words than these in one text are noise.
const MAX: usize = 1500;

/// The words of a text in their order.
pub struct Words {
    hits: Vec<Hit>,
}

impl Words {
    pub fn of(page: &Normal<'_>) -> Self {
        let Some(search) = &LEXICON.search else { return Self { hits: Vec::new() } };
        let mut hits = Vec::new();
        for found in search.find_iter(page.text()).take(4 * MAX) {
            let span = Span::new(found.start(), found.end());
            if is_whole(page, span) && hits.len() < MAX {
                let topics = LEXICON.topics.get(found.pattern().as_usize()).copied().unwrap_or(Topics::NONE);
                hits.push(Hit { topics, span });
            }
        }
        Self { hits }
    }

    pub fn all(&self) -> &[Hit] {
        &self.hits
    }

    /// The words that begin within a piece.
    pub fn within(&self, span: Span) -> &[Hit] {
        let from = self.hits.partition_point(|hit| hit.span.start < span.start);
        let to = self.hits.partition_point(|hit| hit.span.start < span.end);
        self.hits.get(from..to).unwrap_or(&[])
    }

    pub fn any(&self, span: Span, topic: Topic) -> bool {
        self.within(span).iter().any(|hit| hit.topics.has(topic))
    }

    pub fn count(&self, topic: Topic) -> usize {
        self.hits.iter().filter(|hit| hit.topics.has(topic)).count()
    }

    pub fn first(&self, topic: Topic) -> Option<Span> {
        self.hits.iter().find(|hit| hit.topics.has(topic)).map(|hit| hit.span)
    }
}

/// Latin words count only whole.
pub fn is_whole(page: &Normal<'_>, span: Span) -> bool {
    let latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphabetic());
    let words = page.cut(span);
    let begins = !latin(words.chars().next()) || !latin(page.char_before(span.start));
    let ends = !latin(words.chars().next_back()) || !latin(page.char_at(span.end));
    begins && ends
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topics(text: &str) -> Vec<Topic> {
        let page = Normal::of(text);
        let words = Words::of(&page);
        words.all().iter().filter_map(|hit| ORDER.iter().copied().find(|topic| hit.topics.has(*topic))).collect()
    }

    #[test]
    fn the_longest_word_hides_the_others() {
        assert_eq!(topics("保税仓库"), [Topic::Warehouse]);
        assert_eq!(topics("含税单价"), [Topic::Nothing, Topic::Price]);
        assert_eq!(topics("采购总监"), [Topic::Nothing]);
        assert_eq!(topics("Rental of plants, planting"), [Topic::Price, Topic::Factory]);
        assert_eq!(topics("vat and private"), [Topic::Tax]);
    }

    #[test]
    fn every_topic_has_a_bit() {
        assert!(WORDS.iter().all(|(topic, _)| ORDER.contains(topic)));
        assert!(ORDER.len() <= 64);
    }
}
