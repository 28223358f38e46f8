//! Access tokens (JWT), refresh tokens, link tokens and form signatures. Each kind has a key of its own.
//! Whether a session is still active is checked against the database, in `guard.rs`.

use std::fs;
use std::io::Write;

use chrono::Duration;
use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::hs256;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Class, Error, Refusal, Result};
use crate::kernel::id::{PasswordLinkId, SessionId, UserId, random_bytes};
use crate::platform::config::{self, SECRET_MIN};
use crate::platform::files::{new_private_file, private_folder};

/// How long an access token is valid.
pub const ACCESS_LIFE: Duration = Duration::minutes(15);
const ISSUER: &str = "leaddock";
const AUDIENCE: &str = "leaddock-api";
const TYPE: &str = "at+jwt";
const ALGORITHM: Algorithm = Algorithm::HS256;

pub static UNAUTHENTICATED: Refusal = Refusal::new(
    Class::Unauthenticated,
    "unauthenticated",
    "请先登录：没有凭证，或凭证已失效。",
    "Log in first: there is no credential, or it is no longer valid.",
);

/// The claims of an access token.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Claims {
    #[serde(rename = "sub")]
    pub user: UserId,
    #[serde(rename = "sid")]
    pub session: SessionId,
    exp: i64,
    iat: i64,
}

impl Claims {
    /// Whether the time of the token is over.
    pub fn have_expired(&self, now: Timestamp) -> bool {
        self.exp <= now.millis() / 1000
    }
}

/// The claims with issuer and audience.
#[derive(Serialize)]
struct Envelope {
    iss: &'static str,
    aud: &'static str,
    /// Makes tokens of the same second differ.
    jti: String,
    #[serde(flatten)]
    claims: Claims,
}

/// The signing keys of this installation.
pub struct Keys {
    signing: EncodingKey,
    /// Of the current secret, then of the previous one.
    checking: Vec<DecodingKey>,
    validation: Validation,
    /// As `checking`, for refresh tokens and for links.
    refreshing: Vec<[u8; 32]>,
    linking: Vec<[u8; 32]>,
    /// The current secret, then the previous one: for the purposes of other rooms.
    secrets: Vec<SecretString>,
    fingerprints: Vec<Vec<u8>>,
}

/// Derives the key of one purpose, so that a token of one kind is invalid as another.
fn derive_key(secret: &SecretString, purpose: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(purpose.as_bytes());
    hash.update(b"\0");
    hash.update(secret.expose_secret().as_bytes());
    hash.finalize().into()
}

fn hmac_of(key: &[u8; 32], what: &[u8]) -> Result<Hmac<Sha256>> {
    let mut seal = Hmac::<Sha256>::new_from_slice(key).map_err(|e| Error::internal(e.to_string()))?;
    seal.update(what);
    Ok(seal)
}

impl Keys {
    /// Derives a key for each purpose from the secret. Tokens made with the previous secret stay valid until
    /// they expire.
    pub fn derive(secret: &SecretString, previous: Option<&SecretString>) -> Result<Self> {
        hs256::install();
        let each = |purpose: &str| -> Vec<[u8; 32]> {
            [Some(secret), previous].into_iter().flatten().map(|secret| derive_key(secret, purpose)).collect()
        };
        let mut validation = Validation::new(ALGORITHM);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Expiry is checked below, by the app's clock, which a test may set.
        validation.validate_exp = false;
        let keys = Self {
            signing: EncodingKey::from_secret(&derive_key(secret, "leaddock access token 1")),
            checking: each("leaddock access token 1")
                .iter()
                .map(|key| DecodingKey::from_secret(key))
                .collect(),
            validation,
            refreshing: each("leaddock refresh token 1"),
            linking: each("leaddock password link 1"),
            secrets: [Some(secret), previous].into_iter().flatten().cloned().collect(),
            fingerprints: each("leaddock fingerprint 1")
                .iter()
                .map(|key| Sha256::digest(key).to_vec())
                .collect(),
        };
        keys.self_test()?;
        Ok(keys)
    }

    /// Fingerprints of the secret and the previous one, which cannot be used to sign.
    pub fn fingerprints(&self) -> Vec<Vec<u8>> {
        self.fingerprints.clone()
    }

    /// Signs once at start: a missing crypto backend should fail here and not at the first login.
    fn self_test(&self) -> Result<()> {
        let at = Timestamp::from_millis(1_000_000);
        let token = self.access_token(UserId::floor(at), SessionId::floor(at), at)?;
        self.check(&token, at).map(drop)
    }

    pub fn access_token(&self, user: UserId, session: SessionId, now: Timestamp) -> Result<String> {
        let claims =
            Claims { user, session, exp: now.plus(ACCESS_LIFE).millis() / 1000, iat: now.millis() / 1000 };
        let envelope = Envelope {
            iss: ISSUER,
            aud: AUDIENCE,
            jti: BASE64URL_NOPAD.encode(&random_bytes::<12>()?),
            claims,
        };
        let header = Header { typ: Some(TYPE.to_owned()), ..Header::new(ALGORITHM) };
        encode(&header, &envelope, &self.signing).map_err(Error::internal)
    }

    /// The claims of a valid, unexpired access token.
    pub fn check(&self, token: &str, now: Timestamp) -> Result<Claims> {
        let opened = self.checking.iter().find_map(|key| decode::<Claims>(token, key, &self.validation).ok());
        let data = opened.ok_or_else(|| Error::refuse(&UNAUTHENTICATED))?;
        let claims = data.claims;
        if data.header.typ.as_deref() != Some(TYPE) || claims.have_expired(now) {
            return Err(Error::refuse(&UNAUTHENTICATED));
        }
        Ok(claims)
    }
}

impl Keys {
    /// The successor of a refresh token, derived from it by HMAC: always the same, so that a client that lost
    /// the answer can repeat the request. It cannot be computed without the key. The first is by the current
    /// secret, the second by the previous one.
    pub fn next_refresh_tokens(&self, token: &str) -> Result<Vec<String>> {
        let next = |key| {
            Ok(format!(
                "ldr_{}",
                BASE64URL_NOPAD.encode(&hmac_of(key, token.as_bytes())?.finalize().into_bytes())
            ))
        };
        self.refreshing.iter().map(next).collect()
    }

    /// The token in a password link. It is not stored; the link's id is.
    pub fn link_token(&self, id: PasswordLinkId) -> Result<String> {
        let key = self.linking.first().ok_or_else(|| Error::internal("no key for links"))?;
        let seal = hmac_of(key, id.as_bytes())?.finalize().into_bytes();
        Ok(BASE64URL_NOPAD.encode(&[id.as_bytes(), seal.as_slice()].concat()))
    }

    /// The id of the link that a token belongs to, if its signature is valid.
    pub fn link_id(&self, token: &str) -> Option<PasswordLinkId> {
        let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).ok()?;
        let (id, seal) = bytes.split_at_checked(16)?;
        let genuine = self
            .linking
            .iter()
            .any(|key| hmac_of(key, id).is_ok_and(|expected| expected.verify_slice(seal).is_ok()));
        genuine.then(|| uuid::Uuid::from_slice(id).ok().map(PasswordLinkId::from_uuid)).flatten()
    }
}

impl Keys {
    /// Message authentication keys of another room's purpose. Its name is part of every key: change it, and
    /// what was signed before is no longer genuine.
    pub fn mac_keys(&self, purpose: &str) -> MacKeys {
        MacKeys(self.secrets.iter().map(|secret| derive_key(secret, purpose)).collect())
    }
}

/// Message authentication (HMAC-SHA256) for one purpose: signs with the present secret, verifies with the one
/// before it as well.
#[derive(Clone)]
pub struct MacKeys(Vec<[u8; 32]>);

impl MacKeys {
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let key = self.0.first().ok_or_else(|| Error::internal("no key to sign with"))?;
        Ok(hmac_of(key, message)?.finalize().into_bytes().to_vec())
    }

    pub fn verify(&self, message: &[u8], mac: &[u8]) -> bool {
        self.0
            .iter()
            .any(|key| hmac_of(key, message).is_ok_and(|expected| expected.verify_slice(mac).is_ok()))
    }
}

/// The hash under which a presented secret is stored. Secrets are long and random, so it needs no salt.
pub fn digest(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

/// A random secret of 256 bits, with a prefix that identifies its kind.
pub fn random_token(prefix: &str) -> Result<String> {
    Ok(format!("{prefix}{}", BASE64URL_NOPAD.encode(&random_bytes::<32>()?)))
}

/// A random password, for the first administrator.
pub fn generate_password() -> Result<String> {
    Ok(BASE64URL_NOPAD.encode(&random_bytes::<18>()?))
}

/// The configured secret, or the one in its file, which is created if it is missing.
pub fn secret(settings: &config::Auth) -> Result<SecretString> {
    if let Some(secret) = &settings.secret {
        return Ok(secret.clone());
    }
    let path = &settings.secret_file;
    let refused = |what: &str| Error::internal(format!("auth.secret_file {}: {what}", path.display()));
    if let Some(folder) = path.parent() {
        private_folder(folder).map_err(|e| refused(&e.kind().to_string()))?;
    }
    match new_private_file(path) {
        Ok(mut file) => {
            let secret = BASE64URL_NOPAD.encode(&random_bytes::<48>()?);
            file.write_all(secret.as_bytes())
                .and_then(|()| file.sync_all())
                .map_err(|e| refused(&e.kind().to_string()))?;
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
        Keys::derive(&SecretString::from(secret), None).unwrap()
    }

    #[test]
    fn the_previous_secret_still_checks_but_signs_nothing() {
        let at = Timestamp::from_millis(1_795_000_000_000);
        let (old, new) = ("a secret of at least thirty-two bytes", "another secret of at least 32 bytes");
        let both = Keys::derive(&SecretString::from(new), Some(&SecretString::from(old))).unwrap();
        let (user, session, link) = (UserId::floor(at), SessionId::floor(at), PasswordLinkId::floor(at));
        assert!(both.check(&keys(old).access_token(user, session, at).unwrap(), at).is_ok());
        assert!(keys(old).check(&both.access_token(user, session, at).unwrap(), at).is_err());
        assert_eq!(both.link_id(&keys(old).link_token(link).unwrap()), Some(link));
        assert_eq!(keys(old).link_id(&both.link_token(link).unwrap()), None);
    }

    #[test]
    fn a_link_is_genuine_whole_and_alone() {
        let mine = keys("a secret of at least thirty-two bytes");
        let id = PasswordLinkId::floor(Timestamp::from_millis(1_795_000_000_000));
        let token = mine.link_token(id).unwrap();
        assert_eq!(mine.link_id(&token), Some(id));
        let mut bytes = BASE64URL_NOPAD.decode(token.as_bytes()).unwrap();
        for place in [0, 15, 16, 47] {
            bytes[place] ^= 1;
            assert_eq!(mine.link_id(&BASE64URL_NOPAD.encode(&bytes)), None, "byte {place}");
            bytes[place] ^= 1;
        }
        assert_eq!(mine.link_id(&BASE64URL_NOPAD.encode(&bytes[..47])), None);
        assert_eq!(mine.link_id(""), None);
    }

    #[test]
    fn a_refresh_token_has_one_successor_in_one_installation() {
        let (mine, other) =
            (keys("a secret of at least thirty-two bytes"), keys("another secret of at least 32 bytes"));
        let next = mine.next_refresh_tokens("ldr_x").unwrap();
        assert_eq!((next.len(), &mine.next_refresh_tokens("ldr_x").unwrap()), (1, &next));
        assert_ne!(mine.next_refresh_tokens("ldr_y").unwrap(), next);
        assert_ne!(other.next_refresh_tokens("ldr_x").unwrap(), next);
        let changed = Keys::derive(
            &SecretString::from("another secret of at least 32 bytes"),
            Some(&SecretString::from("a secret of at least thirty-two bytes")),
        );
        assert_eq!(
            changed.unwrap().next_refresh_tokens("ldr_x").unwrap(),
            [other.next_refresh_tokens("ldr_x").unwrap(), next].concat()
        );
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
    fn times_in_a_token_are_seconds() {
        let at = Timestamp::from_millis(1_795_000_000_123);
        let mine = keys("a secret of at least thirty-two bytes");
        let claims =
            mine.check(&mine.access_token(UserId::floor(at), SessionId::floor(at), at).unwrap(), at).unwrap();
        assert_eq!((claims.iat, claims.exp), (1_795_000_000, 1_795_000_900));
    }

    #[test]
    fn the_secret_is_the_configured_one_or_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("made/auth.secret");
        let unset = config::Auth { secret: None, previous_secret: None, secret_file: file.clone() };
        let made = secret(&unset).unwrap();
        assert!(made.expose_secret().len() >= SECRET_MIN);
        assert_eq!(
            secret(&unset).unwrap().expose_secret(),
            made.expose_secret(),
            "read again, not made again"
        );
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
        for (held, good) in
            [("x".repeat(SECRET_MIN), true), ("x".repeat(SECRET_MIN - 1), false), (String::new(), false)]
        {
            fs::write(&file, format!("{held}\n")).unwrap();
            assert_eq!(
                secret(&unset).ok().map(|secret| secret.expose_secret().to_owned()),
                good.then_some(held)
            );
        }
        let nowhere = config::Auth { secret_file: folder.path().join("made"), ..unset.clone() };
        assert!(secret(&nowhere).is_err(), "a folder is no file");
        let set = config::Auth { secret: Some(SecretString::from("configured")), ..unset };
        assert_eq!(secret(&set).unwrap().expose_secret(), "configured");
    }

    #[test]
    fn an_invented_password_is_long_and_new() {
        let (one, other) = (generate_password().unwrap(), generate_password().unwrap());
        assert!(one.len() >= 24 && one != other);
    }

    #[test]
    fn neither_no_algorithm_nor_another_type_passes() {
        let at = Timestamp::from_millis(1_795_000_000_000);
        let mine = keys("a secret of at least thirty-two bytes");
        let claims =
            Claims { user: UserId::floor(at), session: SessionId::floor(at), exp: i64::MAX / 2, iat: 0 };
        let envelope = Envelope { iss: ISSUER, aud: AUDIENCE, jti: String::new(), claims };
        for header in
            [Header::new(ALGORITHM), Header { typ: Some("refresh".to_owned()), ..Header::new(ALGORITHM) }]
        {
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
