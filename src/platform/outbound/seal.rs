//! The seal of what is posted to other systems: HMAC-SHA256 (RFC 2104) in base64.
//! What is sealed, and where the seal goes, is known to each channel.

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::kernel::error::{Error, Result};

/// The seal of these parts, one behind the other.
pub fn seal(key: &[u8], parts: &[&[u8]]) -> Result<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|error| Error::internal(error.to_string()))?;
    parts.iter().for_each(|part| mac.update(part));
    Ok(BASE64.encode(&mac.finalize().into_bytes()))
}
