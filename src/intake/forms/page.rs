//! The `page` of a form, checked and made ready: its texts, its colours for both schemes, its logo.
//! Which pages show it is `../pages.rs`.

use super::logo;
use super::settings::PageSettings;
use crate::kernel::error::{Fault, FaultKind, Faults};
use crate::kernel::text::some;
use crate::platform::http::theme::{CONTRAST_MIN, Colour, Theme};

static LOW_CONTRAST: FaultKind = FaultKind::new(
    "low_contrast",
    "颜色太浅：与白色的对比度至少应为 {}。",
    "This colour is too light: its contrast with white must be {} or more.",
);
static BAD_LOGO: FaultKind = FaultKind::new(
    "bad_logo",
    "应为 PNG、JPEG 或 SVG 图片的 data: 网址，最大 64 KiB；SVG 不得含有脚本或外部引用。",
    "It must be a data: URL of a PNG, JPEG or SVG of at most 64 KiB. An SVG has no script and nothing from \
    elsewhere.",
);

/// What the pages of a form say and how they look.
#[derive(Debug, Clone)]
pub struct PageRules {
    pub settings: PageSettings,
    /// None: our own.
    pub theme: Option<Theme>,
}

impl PageRules {
    pub fn parse(settings: PageSettings, pointer: &str, faults: &mut Faults) -> Self {
        let colour = settings
            .colour
            .as_deref()
            .map(|text| Colour::parse(text).filter(|colour| colour.is_readable_with_white()));
        let theme = match colour {
            Some(None) => {
                faults.add(Fault::with(format!("{pointer}/colour"), &LOW_CONTRAST, CONTRAST_MIN));
                None
            }
            readable => readable.flatten().map(Theme::of),
        };
        if settings.logo.as_deref().is_some_and(|url| !logo::is_picture(url)) {
            faults.add(Fault::new(format!("{pointer}/logo"), &BAD_LOGO));
        }
        Self { settings, theme }
    }

    pub fn title(&self) -> Option<String> {
        self.settings.title.as_ref().and_then(|title| some(title.0.trim()))
    }

    pub fn intro(&self) -> Option<String> {
        self.settings.intro.as_ref().and_then(|intro| some(intro.0.trim()))
    }

    pub fn thanks(&self) -> Option<String> {
        self.settings.thanks.as_ref().and_then(|thanks| some(thanks.0.trim()))
    }

    pub fn logo(&self) -> Option<&str> {
        self.settings.logo.as_deref()
    }
}
