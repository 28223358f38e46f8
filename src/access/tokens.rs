//! Tokens: the access token (JWT) that shows who calls, and the refresh token. Each kind has a key and a purpose of its own.
//! Whether a session still stands is asked of the database, in `guard.rs`.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;

use chrono::Duration;
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Class, Error, Refusal, Result};
use crate::kernel::id::{SessionId, UserId, random_bytes};
use crate::platform::config::{self, SECRET_MIN};

/// How long an access token serves.
pub const ACCESS_LIFE: Duration = Duration::minutes(15);
const ISSUER: &str = "leaddock";
const AUDIENCE: &str = "leaddock-api";
const TYPE: &str = "at+jwt";
const ALGORITHM: Algorithm = Algorithm::HS256;

pub static UNAUTHENTICATED: Refusal = Refusal::new(
    Class::Unauthenticated,
    "unauthenticated",
    "请先登录：没有凭证，或凭证已失效。",
    "Log in: there is no credential, or it does not hold any more.",
);

/// What an access token says.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Claims {
    #[serde(rename = "sub")]
    pub user: UserId,
    #[serde(rename = "sid")]
    pub session: SessionId,
    exp: i64,
    iat: i64,
}

/// The claims with what says whose they are and whom they are for.
#[derive(Serialize)]
struct Envelope {
    iss: &'static str,
    aud: &'static str,
    #[serde(flatten)]
    claims: Claims,
}

/// The keys of this installation.
pub struct Keys {
    signing: EncodingKey,
    checking: DecodingKey,
    validation: Validation,
}

impl Keys {
    /// Keys for each purpose, derived from the one secret.
    pub fn derive(secret: &SecretString) -> Result<Self> {
        let mut hash = Sha256::new();
        hash.update(b"leaddock access token 1\0");
        hash.update(secret.expose_secret().as_bytes());
        let key = hash.finalize();
        let mut validation = Validation::new(ALGORITHM);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // The app's clock decides, below: it may be a test's.
        validation.validate_exp = false;
        let keys = Self { signing: EncodingKey::from_secret(&key), checking: DecodingKey::from_secret(&key), validation };
        keys.check_themselves()?;
        Ok(keys)
    }

    /// A missing crypto backend shows itself at the first use: better at the start than at the first login.
    fn check_themselves(&self) -> Result<()> {
        let at = Timestamp::from_millis(1_000_000);
        let token = self.access_token(UserId::floor(at), SessionId::floor(at), at)?;
        self.check(&token, at).map(drop)
    }

    pub fn access_token(&self, user: UserId, session: SessionId, now: Timestamp) -> Result<String> {
        let claims = Claims { user, session, exp: now.plus(ACCESS_LIFE).millis() / 1000, iat: now.millis() / 1000 };
        let envelope = Envelope { iss: ISSUER, aud: AUDIENCE, claims };
        let header = Header { typ: Some(TYPE.to_owned()), ..Header::new(ALGORITHM) };
        encode(&header, &envelope, &self.signing).map_err(Error::internal)
    }

    /// The claims of a token that is ours, is an access token, and has not expired.
    pub fn check(&self, token: &str, now: Timestamp) -> Result<Claims> {
        let data = decode::<Claims>(token, &self.checking, &self.validation).map_err(|_| Error::refuse(&UNAUTHENTICATED))?;
        let claims = data.claims;
        if data.header.typ.as_deref() != Some(TYPE) || claims.exp <= now.millis() / 1000 {
            return Err(Error::refuse(&UNAUTHENTICATED));
        }
        Ok(claims)
    }
}

/// A new refresh token, and the hash under which it is kept.
pub fn refresh_token() -> Result<(String, Vec<u8>)> {
    let token = format!("ldr_{}", BASE64URL_NOPAD.encode(&random_bytes::<32>()?));
    let hash = Sha256::digest(token.as_bytes()).to_vec();
    Ok((token, hash))
}

/// A password that nobody chose: for the first administrator.
pub fn invented_password() -> Result<String> {
    Ok(BASE64URL_NOPAD.encode(&random_bytes::<18>()?))
}

/// The configured secret, or the one in its file, which is made if it is not there.
pub fn secret(settings: &config::Auth) -> Result<SecretString> {
    if let Some(secret) = &settings.secret {
        return Ok(secret.clone());
    }
    let path = &settings.secret_file;
    let refused = |what: &str| Error::internal(format!("auth.secret_file {}: {what}", path.display()));
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|e| refused(&e.kind().to_string()))?;
    }
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(mut file) => {
            let secret = BASE64URL_NOPAD.encode(&random_bytes::<48>()?);
            file.write_all(secret.as_bytes()).and_then(|()| file.sync_all()).map_err(|e| refused(&e.kind().to_string()))?;
            Ok(SecretString::from(secret))
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let secret = fs::read_to_string(path).map_err(|e| refused(&e.kind().to_string()))?;
            let secret = secret.trim();
            if secret.len() < SECRET_MIN {
                return Err(refused("holds fewer than 32 bytes"));
            }
            Ok(SecretString::from(secret))
        }
        Err(error) => Err(refused(&error.kind().to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(secret: &str) -> Keys {
        Keys::derive(&SecretString::from(secret)).unwrap()
    }

    #[test]
    fn a_token_holds_for_its_life_and_under_its_key() {
        let at = Timestamp::from_millis(1_795_000_000_000);
        let (user, session) = (UserId::floor(at), SessionId::floor(at));
        let mine = keys("a secret of at least thirty-two bytes");
        let token = mine.access_token(user, session, at).unwrap();
        assert_eq!(mine.check(&token, at).unwrap().user, user);
        assert!(mine.check(&token, at.plus(ACCESS_LIFE)).is_err(), "expired");
        assert!(keys("another secret of at least 32 bytes").check(&token, at).is_err());
        let mut bent = token.clone().into_bytes();
        let last = bent.len() - 5;
        bent[last] = if bent[last] == b'A' { b'B' } else { b'A' };
        assert!(mine.check(&String::from_utf8(bent).unwrap(), at).is_err());
    }

    #[test]
    fn neither_no_algorithm_nor_another_type_passes() {
        let at = Timestamp::from_millis(1_795_000_000_000);
        let mine = keys("a secret of at least thirty-two bytes");
        let claims = Claims { user: UserId::floor(at), session: SessionId::floor(at), exp: i64::MAX / 2, iat: 0 };
        let envelope = Envelope { iss: ISSUER, aud: AUDIENCE, claims };
        for header in [Header::new(ALGORITHM), Header { typ: Some("refresh".to_owned()), ..Header::new(ALGORITHM) }] {
            assert!(mine.check(&encode(&header, &envelope, &mine.signing).unwrap(), at).is_err());
        }
        let body = BASE64URL_NOPAD.encode(&serde_json::to_vec(&envelope).unwrap());
        let none = format!("{}.{body}.", BASE64URL_NOPAD.encode(br#"{"alg":"none","typ":"at+jwt"}"#));
        assert!(mine.check(&none, at).is_err());
        let foreign = Envelope { aud: "something-else", ..envelope };
        let header = Header { typ: Some(TYPE.to_owned()), ..Header::new(ALGORITHM) };
        assert!(mine.check(&encode(&header, &foreign, &mine.signing).unwrap(), at).is_err());
    }
}
