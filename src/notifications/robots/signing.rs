//! The signatures of requests to robots. Pure.
//! Where in a request a signature is, is said in `wire.rs`.

use crate::kernel::error::Result;
use crate::platform::outbound::seal;

/// That of DingTalk, over its own key; the time in milliseconds since 1970.
pub fn dingtalk(secret: &str, millis: i64) -> Result<String> {
    seal(secret.as_bytes(), &[format!("{millis}\n{secret}").as_bytes()])
}

/// That of Feishu, whose key has all of it, over nothing; the time in seconds since 1970.
pub fn feishu(secret: &str, seconds: i64) -> Result<String> {
    seal(format!("{seconds}\n{secret}").as_bytes(), &[])
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
