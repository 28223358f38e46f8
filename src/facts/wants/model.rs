//! What is wanted, as the facts of an inquiry share it: objects, deals, wishes, the need.
//! How they are found in a text is not known here.

use crate::facts::measures::quantity::Quantity;
use crate::facts::model::kinds::NeedKind;
use crate::facts::text::normal::Span;
use crate::facts::words::lexicon::{Hit, Topic};

/// A thing that can be rented or bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Object {
    Factory,
    Warehouse,
    Office,
    Land,
}

impl Object {
    /// The object that a word names.
    pub fn of(hit: &Hit) -> Option<Self> {
        let topics = hit.topics;
        if topics.has(Topic::Factory) {
            Some(Self::Factory)
        } else if topics.has(Topic::Warehouse) {
            Some(Self::Warehouse)
        } else if topics.has(Topic::Office) || topics.has(Topic::Lab) {
            Some(Self::Office)
        } else if topics.has(Topic::Land) || topics.has(Topic::Yard) {
            Some(Self::Land)
        } else {
            None
        }
    }
}

/// For a time or for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deal {
    Rent,
    Buy,
}

/// An object and a deal as the kind of the model.
pub fn kind_of(object: Object, deal: Deal) -> NeedKind {
    match (object, deal) {
        (Object::Factory, Deal::Rent) => NeedKind::FactoryRent,
        (Object::Factory, Deal::Buy) => NeedKind::FactoryBuy,
        (Object::Warehouse, Deal::Rent) => NeedKind::WarehouseRent,
        (Object::Warehouse, Deal::Buy) => NeedKind::WarehouseBuy,
        (Object::Office, Deal::Rent) => NeedKind::OfficeRent,
        (Object::Office, Deal::Buy) => NeedKind::OfficeBuy,
        (Object::Land, _) => NeedKind::Land,
    }
}

/// An object at its place, and how much speaks for it.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    pub object: Object,
    pub span: Span,
    pub score: i32,
    pub quantity: Option<Quantity>,
}

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Need {
    pub kind: NeedKind,
    pub also: Vec<NeedKind>,
    pub object: Option<Object>,
    /// The kind that is offered, for an offer.
    pub offered: Option<NeedKind>,
    pub span: Span,
    pub confidence: f64,
}

impl Need {
    /// A need of which nothing but the kind is known.
    pub fn of(kind: NeedKind, span: Span, confidence: f64) -> Self {
        Self { kind, also: Vec::new(), object: None, offered: None, span, confidence }
    }

    /// The same need of an object.
    pub fn with(self, object: Option<Object>) -> Self {
        Self { object, ..self }
    }

    /// Whether something is bought (or offered for sale), so that prices are for the whole.
    pub fn is_purchase(&self) -> bool {
        matches!(
            self.kind,
            NeedKind::FactoryBuy | NeedKind::OfficeBuy | NeedKind::WarehouseBuy | NeedKind::AssetInvestment
        ) || matches!(self.offered, Some(NeedKind::FactoryBuy | NeedKind::OfficeBuy | NeedKind::WarehouseBuy))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purchase_is_wanted_or_offered() {
        let rents = Need::of(kind_of(Object::Office, Deal::Rent), Span::new(0, 0), 0.5);
        let sells = Need { offered: Some(kind_of(Object::Factory, Deal::Buy)), ..rents.clone() };
        assert!(!rents.is_purchase() && sells.is_purchase());
        assert_eq!(kind_of(Object::Land, Deal::Buy), NeedKind::Land);
    }
}
