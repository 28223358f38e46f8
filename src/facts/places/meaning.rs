//! Which place a name means that several share.
//! Where the names are is found in `names.rs`; which of them count is decided in `named.rs`.

use crate::facts::words::gazetteer::{self, Kind, Place};

/// The place if the name can be only one.
pub fn certain(words: &str, places: &[Place]) -> Option<u32> {
    match places {
        [only]
            if !(only.kind == Kind::Short
                && gazetteer::level(only.code) == 2
                && gazetteer::is_ordinary(words))
                && only.kind != Kind::Town =>
        {
            Some(only.code)
        }
        [_, ..] => {
            if let Some(usual) = gazetteer::usual(words) {
                return (usual > 0 && gazetteer::level(usual) < 2).then_some(usual);
            }
            // A city and a county of its name: the city.
            let mut cities = places.iter().filter(|place| gazetteer::level(place.code) < 2);
            match (cities.next(), cities.next()) {
                (Some(city), None) => Some(city.code),
                _ => None,
            }
        }
        _ => None,
    }
}

/// 朝阳双塔: the only one of the places that holds what is named right behind.
pub fn holder(places: &[Place], next: &[Place]) -> Option<Place> {
    let mut holders = places.iter().filter(|place| gazetteer::lies_in_one(next, &[**place]));
    holders.next().filter(|_| holders.next().is_none()).copied()
}

/// Which of the places a name means: one in what was named before it, one that lies in or around something
/// certain, the usual one.
pub fn choose(words: &str, places: &[Place], previous: Option<u32>, certain: &[u32]) -> Option<Place> {
    if let [only] = places {
        return Some(*only);
    }
    if let Some(again) = previous.and_then(|code| places.iter().find(|place| place.code == code)) {
        return Some(*again);
    }
    let one = |fits: &dyn Fn(&Place) -> bool| {
        let mut fitting = places.iter().filter(|place| fits(place));
        match (fitting.next(), fitting.next()) {
            (Some(place), None) => Some(*place),
            _ => None,
        }
    };
    if let Some(code) = previous {
        if let Some(place) = one(&|place| gazetteer::lies_in(place.code, code) && place.code != code) {
            return Some(place);
        }
        // 惠州博罗、龙门: the next one lies beside the one before.
        if let Some(place) = one(&|place| {
            gazetteer::level(code) == 2
                && gazetteer::city(place.code) == gazetteer::city(code)
                && place.code != code
        }) {
            return Some(place);
        }
    }
    for parent in certain.iter().filter(|code| !places.iter().any(|place| place.code == **code)) {
        if let Some(place) = one(&|place| gazetteer::lies_in(place.code, *parent) && place.code != *parent) {
            return Some(place);
        }
    }
    match gazetteer::usual(words) {
        Some(0) => return None,
        Some(usual) => return places.iter().find(|place| place.code == usual).copied(),
        None => {}
    }
    for parent in certain {
        if let Some(place) = one(&|place| gazetteer::province(place.code) == gazetteer::province(*parent)) {
            return Some(place);
        }
    }
    one(&|place| gazetteer::level(place.code) == 0)
        .or_else(|| one(&|place| gazetteer::level(place.code) == 1))
}
