//! What is known of senders: one data file each, `{"profile", "proof", "answer"}`, compiled in.
//! A form's own settings are laid over them in `load.rs`.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

/// The settings that a sender needs.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Preset {
    pub profile: Map<String, Value>,
    pub proof: Map<String, Value>,
    pub answer: Map<String, Value>,
}

macro_rules! presets {
    ($($name:literal)*) => { [$(($name, include_str!(concat!($name, ".json")))),*] };
}

static FILES: [(&str, &str); 22] = presets![
    "html" "json" "beacon" "gbk" "cf7" "gravityforms" "wpforms" "pbootcms" "dedecms"
    "typeform" "tally" "jotform" "google_forms" "jinshuju"
    "tencent_survey" "wjx" "fanqier" "jiandaoyun" "caoliao" "lifisher" "google_ads" "feiyu"
];

static ALL: LazyLock<Vec<(&'static str, Preset)>> = LazyLock::new(|| {
    FILES.iter().map(|(name, text)| (*name, serde_json::from_str(text).unwrap_or_default())).collect()
});

pub fn find(name: &str) -> Option<Preset> {
    ALL.iter().find(|(known, _)| *known == name).map(|(_, preset)| preset.clone())
}

pub fn names() -> Vec<&'static str> {
    FILES.iter().map(|(name, _)| *name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::forms::settings::{Answer, Profile, Proof};

    #[test]
    fn every_preset_keeps_the_shapes() {
        for (name, text) in FILES {
            let Preset { profile, proof, answer } =
                serde_json::from_str(text).unwrap_or_else(|e| panic!("{name}: {e}"));
            serde_json::from_value::<Profile>(Value::Object(profile))
                .unwrap_or_else(|e| panic!("{name}: {e}"));
            serde_json::from_value::<Proof>(Value::Object(proof)).unwrap_or_else(|e| panic!("{name}: {e}"));
            serde_json::from_value::<Answer>(Value::Object(answer)).unwrap_or_else(|e| panic!("{name}: {e}"));
        }
    }
}
