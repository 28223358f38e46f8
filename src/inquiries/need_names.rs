//! What the kinds of need are called, in Chinese and English.
//! Which there are, and how they are recognised, is the matter of `facts`.

use crate::facts::NeedKind;

/// The name of a kind.
pub const fn name_of(kind: NeedKind) -> (&'static str, &'static str) {
    match kind {
        NeedKind::FactoryRent => ("求租厂房", "factory to rent"),
        NeedKind::FactoryBuy => ("求购厂房", "factory to buy"),
        NeedKind::Land => ("求地", "land"),
        NeedKind::OfficeRent => ("求租办公", "office to rent"),
        NeedKind::OfficeBuy => ("求购办公", "office to buy"),
        NeedKind::WarehouseRent => ("求租仓库", "warehouse to rent"),
        NeedKind::WarehouseBuy => ("求购仓库", "warehouse to buy"),
        NeedKind::CustomBuild => ("定建", "built to order"),
        NeedKind::RegistrationPolicy => ("注册政策", "registration, incentives"),
        NeedKind::AssetInvestment => ("资产投资", "investment in assets"),
        NeedKind::Supply => ("供应", "an offer"),
        NeedKind::Spam => ("垃圾信息", "spam"),
        NeedKind::Other => ("其他", "something else"),
    }
}
