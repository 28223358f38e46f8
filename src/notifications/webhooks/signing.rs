//! Signatures of what is posted: version 1 of Standard Webhooks (<https://www.standardwebhooks.com/>). Pure.
//! Which secrets sign is in `model.rs`, when something is posted in `channel.rs`.

use data_encoding::BASE64;

use crate::kernel::error::Result;
use crate::platform::outbound::seal;

/// How a secret begins where it is shown.
const PREFIX: &str = "whsec_";

/// A secret as it is shown.
pub fn shown(secret: &[u8]) -> String {
    format!("{PREFIX}{}", BASE64.encode(secret))
}

/// The header `webhook-signature`: a signature by each secret.
pub fn signatures(secrets: &[Vec<u8>], id: &str, seconds: i64, body: &[u8]) -> Result<String> {
    let each = secrets.iter().map(|secret| signature(secret, id, seconds, body));
    Ok(each.collect::<Result<Vec<_>>>()?.join(" "))
}

fn signature(secret: &[u8], id: &str, seconds: i64, body: &[u8]) -> Result<String> {
    let head = format!("{id}.{seconds}.");
    Ok(format!("v1,{}", seal(secret, &[head.as_bytes(), body])?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the reference libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;

    fn secret() -> Vec<u8> {
        BASE64.decode(SECRET.trim_start_matches(PREFIX).as_bytes()).unwrap()
    }

    #[test]
    fn it_signs_as_the_reference_libraries_do() {
        let signed = signatures(&[secret()], ID, 1_614_265_330, BODY).unwrap();
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(shown(&secret()), SECRET);
    }

    #[test]
    fn each_secret_signs_and_everything_is_signed() {
        let of = |secrets: &[Vec<u8>], id: &str, seconds, body: &[u8]| {
            signatures(secrets, id, seconds, body).unwrap()
        };
        let (first, second) = (of(&[secret()], ID, 1, BODY), of(&[vec![7; 32]], ID, 1, BODY));
        assert_eq!(of(&[secret(), vec![7; 32]], ID, 1, BODY), format!("{first} {second}"));
        for other in [
            of(&[secret()], "msg_x", 1, BODY),
            of(&[secret()], ID, 2, BODY),
            of(&[secret()], ID, 1, b"{}"),
            second,
        ] {
            assert_ne!(first, other);
        }
    }
}
