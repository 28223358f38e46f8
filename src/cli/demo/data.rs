//! The texts of the demo: people, companies, what they want and where. All invented; any resemblance is
//! coincidence. `inquirer.rs` combines them; the texts of later stages are in `stages.rs`.

use crate::access::Role;
use crate::facts::NeedKind;

/// The password of all demo users. It is public: such a database is for trying out only.
pub const PASSWORD: &str = "leaddock-demo";

/// The teams of the park.
pub const TEAMS: &[&str] = &["招商一部", "招商二部", "招商三部"];

/// Somebody who works at the park: name, the front of the mail address, role, and the place of the team among
/// `TEAMS`.
pub struct Person {
    pub name: &'static str,
    pub address: &'static str,
    pub role: Role,
    pub team: Option<usize>,
}

const fn person(name: &'static str, address: &'static str, role: Role, team: Option<usize>) -> Person {
    Person { name, address, role, team }
}

/// The administrator is made only if there is none.
pub const ADMIN: Person = person("顾明远", "admin", Role::Admin, None);

/// Who leads and who works in the teams.
pub const STAFF: &[Person] = &[
    person("周敏", "zhou.min", Role::Manager, Some(0)),
    person("陆建国", "lu.jianguo", Role::Manager, Some(1)),
    person("沈晓燕", "shen.xiaoyan", Role::Manager, Some(2)),
    person("陈思远", "chen.siyuan", Role::Agent, Some(0)),
    person("黄海燕", "huang.haiyan", Role::Agent, Some(1)),
    person("施文杰", "shi.wenjie", Role::Agent, Some(2)),
    person("倪佳怡", "ni.jiayi", Role::Agent, Some(0)),
    person("徐志强", "xu.zhiqiang", Role::Agent, Some(1)),
    person("季雨桐", "ji.yutong", Role::Agent, Some(2)),
    person("袁浩", "yuan.hao", Role::Agent, Some(0)),
    person("汤丽娟", "tang.lijuan", Role::Agent, Some(1)),
];

pub const SURNAMES: &[&str] = &[
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林", "何",
    "郭", "马", "罗", "梁", "宋", "郑", "谢", "韩", "唐", "冯", "于", "董", "萧", "程", "曹", "袁", "邓",
    "许", "傅", "沈", "曾", "彭", "吕", "苏", "卢", "蒋", "蔡", "贾", "丁", "魏", "薛", "叶", "阎",
];

pub const GIVEN_NAMES: &[&str] = &[
    "伟", "芳", "敏", "静", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超", "霞", "平", "刚",
    "建华", "志远", "晓东", "海峰", "丽华", "国强", "雪梅", "文博", "嘉欣", "子轩", "雨薇", "俊杰", "思敏",
    "春燕", "永康", "少华", "玉兰", "宏伟", "佩珊",
];

/// Forms of address when only the surname is given.
pub const TITLES: &[&str] = &["先生", "女士", "总", "经理", "工"];

/// The first and second halves of company names.
pub const BRANDS: (&[&str], &[&str]) = (
    &[
        "瀚", "铭", "拓", "锐", "恒", "晟", "澜", "骏", "翊", "朗", "屹", "捷", "泓", "臻", "昱", "禾", "岚",
        "钧", "璟", "沐", "启", "卓",
    ],
    &[
        "川", "宸", "远", "达", "舟", "森", "邦", "辰", "岳", "维", "航", "嘉", "诺", "桥", "源", "图", "石",
        "帆", "曜", "峰", "临", "野",
    ],
);

/// An industry: what such companies call themselves, what they make or do, its name and its division in GB/T
/// 4754.
pub struct Industry {
    pub names: &'static [&'static str],
    pub usages: &'static [&'static str],
    pub name: &'static str,
    pub code: &'static str,
}

const fn industry(
    name: &'static str,
    code: &'static str,
    names: &'static [&'static str],
    usages: &'static [&'static str],
) -> Industry {
    Industry { names, usages, name, code }
}

pub const MAKERS: &[Industry] = &[
    industry(
        "通用设备制造业",
        "C34",
        &["精密机械", "传动设备", "泵阀"],
        &["机加工、装配，主要做减速机", "生产工业泵阀，需要装配和测试区", "精密零部件加工，CNC 为主"],
    ),
    industry(
        "专用设备制造业",
        "C35",
        &["智能装备", "自动化设备", "医疗器械"],
        &["自动化产线的组装和调试", "二类医疗器械生产，需万级洁净车间", "非标设备研发与总装"],
    ),
    industry(
        "汽车制造业",
        "C36",
        &["汽车零部件", "汽车电子"],
        &["新能源汽车零部件冲压焊接", "汽车线束生产", "汽车内饰件注塑"],
    ),
    industry(
        "电气机械和器材制造业",
        "C38",
        &["新能源", "电气", "储能科技"],
        &["储能柜组装，无电芯生产", "配电柜生产", "光伏支架加工及仓储"],
    ),
    industry(
        "计算机、通信和其他电子设备制造业",
        "C39",
        &["电子科技", "半导体", "光电"],
        &["SMT 贴片和整机组装", "半导体设备零件清洗，有少量废水", "光学镜片镀膜"],
    ),
    industry(
        "金属制品业",
        "C33",
        &["金属制品", "五金"],
        &["钣金加工、激光切割、折弯焊接", "五金件生产，要 10 吨行车"],
    ),
    industry(
        "橡胶和塑料制品业",
        "C29",
        &["新材料", "塑业"],
        &["注塑车间，用电约 800 千伏安", "改性塑料造粒，需要环评支持"],
    ),
    industry(
        "医药制造业",
        "C27",
        &["生物医药", "制药"],
        &["生物试剂研发和中试", "原料药 GMP 车间，丙类即可"],
    ),
    industry(
        "食品制造业",
        "C14",
        &["食品", "生物科技"],
        &["烘焙食品中央工厂", "预制菜加工，需要冷库和污水接管"],
    ),
    industry(
        "纺织服装、服饰业",
        "C18",
        &["服饰", "家纺"],
        &["家纺裁剪、缝制、包装", "服装生产，员工约 120 人，需宿舍"],
    ),
];

pub const STORES: &[Industry] = &[
    industry(
        "装卸搬运和仓储业",
        "G59",
        &["供应链管理", "仓储物流"],
        &["电商仓配，日均发货 2 万单", "汽配中转仓", "食品冷链仓储"],
    ),
    industry("批发业", "F51", &["贸易", "商贸"], &["建材存放，需要卸货平台", "进口日用品仓储和分拣"]),
];

pub const FUNDS: &[Industry] = &[industry(
    "资本市场服务",
    "J67",
    &["资产管理", "产业投资"],
    &["存量园区收购、改造和运营", "产业基金返投落地"],
)];

/// Those who want to sell something, or worse.
pub const HAWKERS: &[Industry] =
    &[industry("商务服务业", "L72", &["广告", "网络推广", "环境工程"], &["寻求合作"])];

pub const OFFICES: &[Industry] = &[
    industry(
        "软件和信息技术服务业",
        "I65",
        &["信息技术", "软件", "数字科技"],
        &["软件研发团队，约 40 人", "工业软件研发及客服中心"],
    ),
    industry("研究和试验发展", "M73", &["研究院", "科技"], &["研发中心加小试实验室", "检测实验室"]),
    industry(
        "商务服务业",
        "L72",
        &["企业管理", "咨询", "人力资源"],
        &["区域办事处，约 15 人", "人力资源公司招聘大厅"],
    ),
    industry("批发业", "F51", &["国际贸易", "进出口"], &["跨境电商运营办公", "贸易公司办公，注册需要"]),
];

/// How much space is wanted: from, to, and the usual step.
#[derive(Clone, Copy)]
pub enum Space {
    SquareMetres(i64, i64, i64),
    /// 亩
    Mu(i64, i64),
    Untold,
}

/// A kind of need: who has it, how much space it is, the tax in 万元 per thousand of it (or in all, if no
/// space is given), and what people write.
pub struct Need {
    pub kind: NeedKind,
    pub industries: &'static [Industry],
    pub space: Space,
    pub tax: (i64, i64),
    /// The page of the park's own site that has its form.
    pub page: &'static str,
    /// `{area}` and `{region}` are filled in.
    pub texts: &'static [&'static str],
}

/// The kinds of needs, each after its relative frequency.
pub const NEEDS: &[(i64, Need)] = &[
    (
        36,
        Need {
            kind: NeedKind::FactoryRent,
            industries: MAKERS,
            space: Space::SquareMetres(600, 9_000, 100),
            tax: (10, 45),
            page: "changfang",
            texts: &[
                "求租{area}单层厂房，层高 8 米以上，可以装行车",
                "想在{region}租厂房，{area}，一楼优先，要有卸货平台",
                "需要{area}标准厂房，丙类消防，最好年前能交付",
                "公司扩产，找{area}厂房，用电 630 千伏安以上",
                "{region}附近有没有{area}的厂房出租？独门独院最好",
            ],
        },
    ),
    (
        9,
        Need {
            kind: NeedKind::FactoryBuy,
            industries: MAKERS,
            space: Space::SquareMetres(1_200, 12_000, 100),
            tax: (15, 50),
            page: "changfang",
            texts: &[
                "购买{area}独栋厂房，要有独立产证，可按揭",
                "想买{region}的厂房，{area}，两层或三层都可以",
                "咨询厂房出售，{area}，五成首付能不能做",
            ],
        },
    ),
    (
        8,
        Need {
            kind: NeedKind::Land,
            industries: MAKERS,
            space: Space::Mu(12, 150),
            tax: (15_000, 40_000),
            page: "tudi",
            texts: &[
                "拿地自建厂房，{area}，设备投资较大",
                "在{region}寻工业用地{area}，容积率 1.5 以上可接受",
                "上市公司项目落地，需要工业用地{area}，请尽快对接",
            ],
        },
    ),
    (
        4,
        Need {
            kind: NeedKind::CustomBuild,
            industries: MAKERS,
            space: Space::SquareMetres(5_000, 40_000, 500),
            tax: (20, 60),
            page: "tudi",
            texts: &["希望定制代建厂房，{area}，承重 2 吨，先租后买", "代建需求：{area}，含办公楼和洁净车间"],
        },
    ),
    (
        13,
        Need {
            kind: NeedKind::OfficeRent,
            industries: OFFICES,
            space: Space::SquareMetres(80, 1_600, 20),
            tax: (30, 160),
            page: "xiezilou",
            texts: &[
                "租办公室{area}，精装修带家具",
                "想在{region}租写字楼{area}，车位多一点",
                "公司搬迁，需要{area}办公，最好一整层",
                "研发办公{area}，需要可以做小实验室",
            ],
        },
    ),
    (
        3,
        Need {
            kind: NeedKind::OfficeBuy,
            industries: OFFICES,
            space: Space::SquareMetres(200, 2_400, 50),
            tax: (40, 180),
            page: "xiezilou",
            texts: &["购买总部办公楼{area}，独栋优先", "想买一层写字楼，{area}，自用"],
        },
    ),
    (
        12,
        Need {
            kind: NeedKind::WarehouseRent,
            industries: STORES,
            space: Space::SquareMetres(1_000, 20_000, 500),
            tax: (3, 14),
            page: "cangku",
            texts: &[
                "租高标仓{area}，丙二类，净高 9 米",
                "{region}找仓库{area}，靠近高速口，9.6 米车能进",
                "短租仓库{area}，三到六个月",
            ],
        },
    ),
    (
        2,
        Need {
            kind: NeedKind::WarehouseBuy,
            industries: STORES,
            space: Space::SquareMetres(3_000, 20_000, 500),
            tax: (5, 15),
            page: "cangku",
            texts: &["收购现成仓库{area}，要求产证齐全"],
        },
    ),
    (
        5,
        Need {
            kind: NeedKind::RegistrationPolicy,
            industries: OFFICES,
            space: Space::Untold,
            tax: (10, 300),
            page: "zhengce",
            texts: &[
                "公司注册到园区有什么税收政策？",
                "想了解注册地址和返税政策，暂时不需要场地",
                "高新企业迁移，有没有落户奖励",
            ],
        },
    ),
    (
        1,
        Need {
            kind: NeedKind::AssetInvestment,
            industries: FUNDS,
            space: Space::SquareMetres(8_000, 60_000, 1_000),
            tax: (0, 0),
            page: "",
            texts: &["基金寻园区资产包，{area}，出租率七成以上", "想整体收购园区物业，{area}"],
        },
    ),
    (
        2,
        Need {
            kind: NeedKind::Supply,
            industries: HAWKERS,
            space: Space::Untold,
            tax: (0, 0),
            page: "",
            texts: &["我司提供园区保洁和绿化服务，望合作", "承接厂房地坪、消防改造工程，可免费报价"],
        },
    ),
    (
        3,
        Need {
            kind: NeedKind::Spam,
            industries: HAWKERS,
            space: Space::Untold,
            tax: (0, 0),
            page: "",
            texts: &["网站排名优化，七天上首页", "低息贷款，无抵押，当天放款", "代开公司账户，加微信详聊"],
        },
    ),
];

/// A region: 省/市/区 and its code in GB/T 2260. The codes are those of the national standard: public facts, not
/// invented.
pub struct Region {
    pub path: &'static str,
    pub code: &'static str,
}

const fn region(code: &'static str, path: &'static str) -> Region {
    Region { path, code }
}

/// Those nearer to the park come first, and are wanted more often.
pub const REGIONS: &[Region] = &[
    region("320681", "江苏省/南通市/启东市"),
    region("320614", "江苏省/南通市/海门区"),
    region("320612", "江苏省/南通市/通州区"),
    region("320613", "江苏省/南通市/崇川区"),
    region("320623", "江苏省/南通市/如东县"),
    region("320682", "江苏省/南通市/如皋市"),
    region("320685", "江苏省/南通市/海安市"),
    region("310151", "上海市/崇明区"),
    region("320585", "江苏省/苏州市/太仓市"),
    region("320583", "江苏省/苏州市/昆山市"),
    region("320581", "江苏省/苏州市/常熟市"),
    region("320582", "江苏省/苏州市/张家港市"),
    region("320509", "江苏省/苏州市/吴江区"),
    region("310114", "上海市/嘉定区"),
    region("310115", "上海市/浦东新区"),
    region("310117", "上海市/松江区"),
    region("310118", "上海市/青浦区"),
    region("310120", "上海市/奉贤区"),
    region("320281", "江苏省/无锡市/江阴市"),
    region("320214", "江苏省/无锡市/新吴区"),
    region("320412", "江苏省/常州市/武进区"),
    region("320115", "江苏省/南京市/江宁区"),
    region("320904", "江苏省/盐城市/大丰区"),
    region("320981", "江苏省/盐城市/东台市"),
    region("330421", "浙江省/嘉兴市/嘉善县"),
    region("330482", "浙江省/嘉兴市/平湖市"),
    region("330282", "浙江省/宁波市/慈溪市"),
    region("341882", "安徽省/宣城市/广德市"),
];

/// Texts about taxes with a figure: `{tax}` is filled in.
pub const TAXES: &[&str] =
    &["预计年税收{tax}万元", "年纳税{tax}万左右", "达产后每年约{tax}万元", "{tax}万/年，前三年逐步增加"];

/// … and without one.
pub const NO_TAXES: &[&str] = &["看政策再定", "刚成立，暂时没有", "面谈", "小规模，税收不高"];

/// What is added.
pub const MESSAGES: &[&str] = &[
    "请尽快联系，谢谢",
    "工作日下午方便接电话",
    "先加微信发资料",
    "老板下周到园区看，请提前安排",
    "请报一下租金和物业费",
    "有没有配套宿舍和食堂？",
    "环评能不能过是关键",
    "同时在看隔壁几个园区",
];

/// Values of a custom form field.
pub const MOVE_IN: &[&str] = &["一个月内", "三个月内", "半年内", "年底前", "明年"];

pub const TAGS: &[&str] = &["急", "外资", "高新企业", "需行车", "需环评", "需宿舍", "以商招商", "展会"];

/// The park's own site.
pub const SITE: &str = "https://park.example.com/";

/// Campaigns: relative frequency, source, medium, name.
pub const CAMPAIGNS: &[(i64, [&str; 3])] = &[
    (34, ["baidu", "cpc", "厂房出租"]),
    (14, ["baidu", "cpc", "园区招商"]),
    (18, ["wechat", "social", "公众号"]),
    (12, ["douyin", "video", "带看短视频"]),
    (12, ["listing", "referral", "选址平台"]),
    (6, ["expo", "qrcode", "工博会"]),
    (4, ["mail", "newsletter", "季度简报"]),
];
