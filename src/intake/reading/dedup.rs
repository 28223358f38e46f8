//! Deduplication: the key by which an equal submission is recognised, and for how long.
//! What becomes of a duplicate is decided in `../submissions`.

use chrono::Duration;
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

use super::mapping::MappedFields;
use super::names::Item;
use super::raw::RawSubmission;
use super::submission::DedupKey;
use crate::facts::could_be_an_account;
use crate::inquiries::NewInquiry;
use crate::inquiries::items;
use crate::intake::forms::compiled::CompiledForm;
use crate::kernel::characters::is_invisible;
use crate::kernel::phone;
use crate::kernel::text::could_be_mailed;

/// Equal submissions of one person within this time are one.
const EQUAL_WITHIN: Duration = Duration::hours(24);
/// The same where nobody differs from another but by the address.
const EQUAL_WITHIN_ADDRESS: Duration = Duration::seconds(60);

/// The items by which a person is reached.
const REACH: [items::Item; 3] = [items::Item::Phone, items::Item::Email, items::Item::Wechat];

/// The key of a submission: by whom, if anybody is named, and what it says.
pub fn dedup_key(
    form: &CompiledForm,
    raw: &RawSubmission,
    fields: &MappedFields,
    new: &NewInquiry,
) -> DedupKey {
    let plain =
        |text: &str| text.nfkc().filter(|c| !c.is_whitespace() && !is_invisible(*c)).collect::<String>();
    let number =
        fields.get(Item::Phone).map(|written| phone::to_e164(written).unwrap_or_else(|| plain(written)));
    let number = number.or_else(|| new.phone_e164().map(str::to_owned));
    let email = || {
        new.items
            .email
            .as_deref()
            .filter(|email| could_be_mailed(email))
            .map(|email| plain(email).to_lowercase())
    };
    let account = || {
        let account = new.items.get(items::Item::Wechat);
        account.filter(|account| could_be_an_account(account)).map(plain)
    };
    let person =
        number.clone().filter(|number| number.chars().any(char::is_numeric)).or_else(email).or_else(account);
    // Whoever is named by what no item took: so may all the rest be.
    let is_said = |words: &str| {
        Item::ALL.iter().any(|item| fields.get(*item).is_some_and(|value| value.contains(words)))
    };
    let is_nobody = !REACH.into_iter().filter_map(|item| new.items.get(item)).any(is_said);
    let (who, within) = match person {
        Some(person) => (person, EQUAL_WITHIN),
        None => (raw.address.map(|address| address.to_string()).unwrap_or_default(), EQUAL_WITHIN_ADDRESS),
    };
    let mut hash = Sha256::new();
    let mut part = |text: &str| {
        hash.update(text.as_bytes());
        hash.update(b"\0");
    };
    part(&form.id.to_string());
    part(&who);
    for item in
        Item::ALL.iter().filter(|item| !matches!(item, Item::PageUrl | Item::Referrer | Item::Consent))
    {
        match (item, &number) {
            (Item::Phone, Some(number)) if fields.get(Item::Phone).is_some() => part(number),
            (Item::Email, _) => {
                part(&fields.get(Item::Email).map(|email| plain(email).to_lowercase()).unwrap_or_default())
            }
            _ => part(&fields.get(*item).map(plain).unwrap_or_default()),
        }
    }
    // Where no item names anybody, what no item took is content, too: of a form that is not mapped yet it is
    // all there is.
    for (name, value) in fields.custom.iter().filter(|_| is_nobody) {
        part(&plain(name));
        part(&value.as_str().map(plain).unwrap_or_default());
    }
    DedupKey { fingerprint: hash.finalize().iter().copied().take(16).collect(), within }
}
