//! The signatures of requests to robots. Pure.
//! Where in a request a signature is, is said in `wire.rs`.

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::kernel::error::{Error, Result};

/// That of DingTalk, over its own key; the time in milliseconds since 1970.
pub fn dingtalk(secret: &str, millis: i64) -> Result<String> {
    sign(secret, &format!("{millis}\n{secret}"))
}

/// That of Feishu, whose key has all of it, over nothing; the time in seconds since 1970.
pub fn feishu(secret: &str, seconds: i64) -> Result<String> {
    sign(&format!("{seconds}\n{secret}"), "")
}

/// HMAC-SHA256 in base64.
fn sign(key: &str, message: &str) -> Result<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map_err(Error::internal)?;
    mac.update(message.as_bytes());
    Ok(BASE64.encode(&mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked out with `openssl dgst -sha256 -hmac` and with Python's `hmac`.
    #[test]
    fn signatures_are_those_of_others() {
        let secret = "SEC0123456789abcdef";
        for (millis, signature) in [
            (1_577_262_236_757, "Pgr6tpIpjVrMPPJUPkaI9sivFPPTYOy5zIOMF2GPFMA="),
            (1_577_262_236_760, "d9Dk0Z0jPCUiXh98g15v5UUXWC9lc5Z+IUT/z9xVTCA="),
        ] {
            assert_eq!(dingtalk(secret, millis).unwrap(), signature);
        }
        assert_eq!(feishu("demo", 1_599_360_473).unwrap(), "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=");
    }
}
