//! HS256 for `jsonwebtoken`: its `CryptoProvider` over the `hmac` and `sha2` that the rest of the program
//! uses, so that nothing of RSA or elliptic curves is compiled. Which keys there are and what they sign is in
//! `tokens.rs`.

use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::signature::{self, Signer, Verifier};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, EncodingKey};
use sha2::Sha256;

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    key_utils: KeyUtils::new_unimplemented(),
};

/// Installs this as the process's provider. Must be called before the first token is signed or checked;
/// calling it again is harmless.
pub fn install() {
    // An error means that a provider is installed already: this one, the only one in the program.
    let _ = PROVIDER.install_default();
}

/// A key with nothing signed yet.
struct Hs256(Hmac<Sha256>);

impl Hs256 {
    fn new(algorithm: Algorithm, family: AlgorithmFamily, key: &[u8]) -> Result<Self> {
        if algorithm != Algorithm::HS256 || family != AlgorithmFamily::Hmac {
            return Err(ErrorKind::InvalidAlgorithm.into());
        }
        Hmac::new_from_slice(key).map(Self).map_err(|_| ErrorKind::InvalidKeyFormat.into())
    }

    fn over(&self, message: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(message);
        mac
    }
}

fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    Ok(Box::new(Hs256::new(*algorithm, key.family(), key.as_bytes())?))
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    Ok(Box::new(Hs256::new(*algorithm, key.family(), key.try_get_as_bytes()?)?))
}

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, signature::Error> {
        Ok(self.over(message).finalize().into_bytes().to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), signature::Error> {
        // In constant time.
        self.over(message).verify_slice(signature).map_err(signature::Error::from_source)
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::BASE64URL_NOPAD;

    /// RFC 7515, appendix A.1: the example of a JWS with HS256.
    #[test]
    fn signs_the_example_of_the_rfc() {
        install();
        let key = BASE64URL_NOPAD
            .decode(b"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
            .unwrap();
        let message = b"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
              eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let wanted = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(
            jsonwebtoken::crypto::sign(message, &EncodingKey::from_secret(&key), Algorithm::HS256).unwrap(),
            wanted
        );
        let check = |signature: &str| {
            jsonwebtoken::crypto::verify(
                signature,
                message,
                &DecodingKey::from_secret(&key),
                Algorithm::HS256,
            )
            .unwrap()
        };
        assert!(check(wanted) && !check(&wanted.replace('d', "e")) && !check(""));
    }

    #[test]
    fn signs_and_checks_by_no_other_algorithm() {
        install();
        for algorithm in
            [Algorithm::HS384, Algorithm::HS512, Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA]
        {
            assert!(
                jsonwebtoken::crypto::sign(b"x", &EncodingKey::from_secret(b"key"), algorithm).is_err(),
                "{algorithm:?}"
            );
            assert!(
                jsonwebtoken::crypto::verify("eA", b"x", &DecodingKey::from_secret(b"key"), algorithm)
                    .is_err(),
                "{algorithm:?}"
            );
        }
    }
}
