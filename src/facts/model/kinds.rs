//! The members of facts, in one list. Areas in square metres, land in mu (亩), money in 万元 (10,000 yuan)
//! unless a currency is named. How they are kept is `document.rs`; how a text is read is not known here.

use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::word_enum;

word_enum! {
    /// What is wanted.
    pub enum NeedKind {
        FactoryRent => "factory_rent",
        FactoryBuy => "factory_buy",
        Land => "land",
        OfficeRent => "office_rent",
        OfficeBuy => "office_buy",
        WarehouseRent => "warehouse_rent",
        WarehouseBuy => "warehouse_buy",
        CustomBuild => "custom_build",
        RegistrationPolicy => "registration_policy",
        AssetInvestment => "asset_investment",
        Supply => "supply",
        Spam => "spam",
        Other => "other",
    }
}

/// The one list of members: `Variant member: [type in the schema] as Form`.
macro_rules! members {
    ($($(#[$meta:meta])* $variant:ident $name:ident: [$($type:tt)+] as $form:ident),+ $(,)?) => {
        /// A member of facts.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Member { $($variant),+ }

        impl Member {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name on the wire and in the database.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => stringify!($name)),+ }
            }

            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|member| member.word() == word)
            }

            /// What its value is.
            pub(super) const fn form(self) -> Form {
                match self { $(Self::$variant => Form::$form),+ }
            }
        }

        /// The facts of an inquiry. In a PATCH null takes one away.
        #[derive(ToSchema)]
        #[serde(deny_unknown_fields)]
        #[schema(
            example = json!({"need_kind": "factory_rent", "area_min_sqm": 3000, "area_max_sqm": 5000,
                "region": "江苏省/苏州市/吴中区", "region_code": "320506",
                "tax_wan_per_year": 300})
        )]
        #[expect(dead_code, reason = "the schema of what is kept as a list of members")]
        pub(super) struct Shape { $($(#[$meta])* $name: Option<$($type)+>),+ }
    };
}

/// What the value of a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Kind,
    Kinds,
    Number,
    Text,
    Texts,
    Money,
    Details,
    Spans,
    Confidence,
}

/// An amount of money or a range.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Money, example = json!({"currency": "CNY", "min": 25, "max": 30, "per": "sqm_month"}))]
#[expect(dead_code, reason = "the schema of `Money`")]
pub(super) struct MoneyShape {
    /// ISO 4217, such as `CNY`.
    #[schema(pattern = "^[A-Z]{3}$")]
    currency: Option<String>,
    min: Option<f64>,
    max: Option<f64>,
    /// What the amount is for, such as `sqm_month`; absent for the whole.
    #[schema(max_length = 50)]
    per: Option<String>,
}

members! {
    NeedKind need_kind: [NeedKind] as Kind,
    #[schema(max_items = 13)]
    NeedKindAlso need_kind_also: [Vec<NeedKind>] as Kinds,
    #[schema(minimum = 0, maximum = 1_000_000_000_000.0)]
    AreaMinSqm area_min_sqm: [f64] as Number,
    #[schema(minimum = 0, maximum = 1_000_000_000_000.0)]
    AreaMaxSqm area_max_sqm: [f64] as Number,
    #[schema(minimum = 0, maximum = 1_000_000_000_000.0)]
    LandMu land_mu: [f64] as Number,
    #[schema(minimum = 0, maximum = 1_000_000_000_000.0)]
    LandMuMin land_mu_min: [f64] as Number,
    #[schema(minimum = 0, maximum = 1_000_000_000_000.0)]
    LandMuMax land_mu_max: [f64] as Number,
    /// 省/市/区
    #[schema(max_length = 100)]
    Region region: [String] as Text,
    /// Six digits (GB/T 2260)
    #[schema(pattern = "^[0-9]{6}$")]
    RegionCode region_code: [String] as Text,
    #[schema(max_items = 50)]
    RegionCodes region_codes: [Vec<String>] as Texts,
    #[schema(max_items = 50)]
    RegionsExcluded regions_excluded: [Vec<String>] as Texts,
    #[schema(max_length = 100)]
    Industry industry: [String] as Text,
    #[schema(max_length = 10)]
    IndustryCode industry_code: [String] as Text,
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    TaxWanPerYear tax_wan_per_year: [f64] as Number,
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    TaxWanPerYearMax tax_wan_per_year_max: [f64] as Number,
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    TaxWanPerMu tax_wan_per_mu: [f64] as Number,
    Budget budget: [MoneyShape] as Money,
    Investment investment: [MoneyShape] as Money,
    #[schema(max_length = 200)]
    Company company: [String] as Text,
    #[schema(max_length = 200)]
    Contact contact: [String] as Text,
    /// E.164
    #[schema(pattern = "^\\+[0-9]{5,15}$")]
    Phone phone: [String] as Text,
    #[schema(max_items = 20)]
    Phones phones: [Vec<String>] as Texts,
    #[schema(max_length = 100)]
    Wechat wechat: [String] as Text,
    #[schema(max_length = 254)]
    Email email: [String] as Text,
    /// 统一社会信用代码
    #[schema(max_length = 18)]
    Uscc uscc: [String] as Text,
    #[schema(value_type = Option<Object>)]
    Extra extra: [Map<String, Value>] as Details,
    /// What was parsed.
    #[schema(read_only)]
    Text text: [String] as Text,
    /// The place of each fact in `text`, in code points.
    #[schema(read_only, value_type = Option<Object>)]
    Spans spans: [Map<String, Value>] as Spans,
    #[schema(read_only, value_type = Option<Object>)]
    Confidence confidence: [Map<String, Value>] as Confidence,
    #[schema(read_only)]
    ParserVersion parser_version: [String] as Text,
}

impl Member {
    /// Those that speak of the reading, not of who asks: they are not a caller's to write.
    pub const OF_THE_READING: [Self; 4] = [Self::Text, Self::Spans, Self::Confidence, Self::ParserVersion];

    /// How sure a reading must be of it, 0 to 1; else it is left out. A wrong number costs a call to a
    /// stranger, a wrong kind of need is seen at once.
    pub const fn threshold(self) -> f64 {
        match self {
            Self::Phone | Self::Phones | Self::Email | Self::Wechat | Self::Uscc => 0.8,
            Self::NeedKind | Self::NeedKindAlso | Self::IndustryCode => 0.4,
            _ => 0.6,
        }
    }

    /// Those that reports group by and add up.
    pub const COUNTED: [Self; 9] = [
        Self::NeedKind,
        Self::RegionCode,
        Self::IndustryCode,
        Self::TaxWanPerYear,
        Self::AreaMinSqm,
        Self::AreaMaxSqm,
        Self::LandMu,
        Self::LandMuMin,
        Self::LandMuMax,
    ];

    pub fn is_of_the_reading(self) -> bool {
        Self::OF_THE_READING.contains(&self)
    }
}
