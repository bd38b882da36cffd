//! Minted tokens: short-lived ones that the gateway signs itself, for agents that are started for one task.
//!
//! They are JSON web tokens with a key that is made from the audit key, so every gateway that has the
//! audit key takes them, and none has to be told of one. Nothing of a token is kept; those that are
//! revoked are named in the store until they would have ended.
//!
//! What they are meant for is one installation, that of the audit key: another's token fails by its
//! key and by its audience.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use audit::{JwtFault, Unproven};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use catalogue::Catalogue;
use ed25519_dalek::{Signer as _, SigningKey};
use jiff::{SignedDuration, Timestamp};
use policy::Narrowing;
use secrecy::SecretString;
use serde_json::{Value, json};
use store::{Addresses, TokenId};

use crate::audit_key::AuditKey;
use crate::config::Ttl;
use crate::jwt::{Algorithm, ClaimPath, Claims, Expected, Jwt, Key};

/// Who issues them, as they say.
const ISSUER: &str = "kustodian";

/// What their ids begin with.
pub const ID_PREFIX: &str = "mint_";

/// How far the clocks of the gateways that share a key may be apart.
const SKEW: SignedDuration = SignedDuration::from_secs(10);

/// Signs tokens and checks them.
pub struct Minter {
    signing: SigningKey,
    key: Key,
    key_id: String,
    expected: Expected,
    longest: Ttl,
}

/// A token that is to be minted, or whose signature was checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Mint {
    /// Its id, which records name.
    pub id: TokenId,
    /// The id of the agent it stands for.
    pub agent: String,
    /// When it was minted, to the second.
    pub issued_at: Timestamp,
    /// When it ends, to the second.
    pub expires_at: Timestamp,
    /// What it is narrowed to, if it is.
    pub only: Option<Arc<Narrowing>>,
    /// Where it may come from.
    pub addresses: Addresses,
}

/// What a token shows whose signature is right.
#[derive(Debug)]
pub struct Shown {
    /// Its id.
    pub id: String,
    /// The agent it stands for.
    pub agent: String,
    /// The token, or what is wrong with it all the same.
    pub mint: Result<Mint, Unproven>,
}

/// Whether a token says that it was minted, here or elsewhere; nothing of it is proven.
#[must_use]
pub fn says_it_was_minted(token: &str) -> bool {
    Jwt::read(token).is_ok_and(|jwt| jwt.issuer() == Some(ISSUER))
}

impl Minter {
    /// The minter of this audit key's installation.
    #[must_use]
    pub fn new(audit_key: &AuditKey, longest: Ttl) -> Self {
        let signing = audit_key.minting_seed().signing_key();
        let installation = audit_key.installation();
        let expected = Expected {
            issuer: ISSUER.to_owned(),
            audiences: vec![format!("{ISSUER}:{installation}")],
            required: BTreeMap::new(),
            skew: SKEW,
            longest: longest.duration(),
        };
        let public = signing.verifying_key().to_bytes();
        let key_id = format!("mint-{installation}");
        Self { signing, key: Key::of_ed25519(&public), key_id, expected, longest }
    }

    /// The longest that a token may last.
    #[must_use]
    pub fn longest(&self) -> Ttl {
        self.longest
    }

    /// Signs a token. Whoever has it is the agent, as far as it goes.
    #[must_use]
    pub fn sign(&self, mint: &Mint) -> SecretString {
        let header = json!({
            "alg": Algorithm::EdDsa.name(), "typ": "JWT", "kid": self.key_id
        });
        let mut claims = json!({
            "iss": ISSUER,
            "aud": self.expected.audiences.first(),
            "sub": mint.agent,
            "jti": mint.id.as_str(),
            "iat": mint.issued_at.as_second(),
            "exp": mint.expires_at.as_second(),
        });
        if let Some(only) = &mint.only {
            set(&mut claims, "only", only.items().collect());
        }
        if let Some(networks) = mint.addresses.networks() {
            set(&mut claims, "from", networks.iter().map(ToString::to_string).collect());
        }
        let signed = format!("{}.{}", part(&header), part(&claims));
        let signature = self.signing.sign(signed.as_bytes()).to_bytes();
        SecretString::from(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// What a token shows that says it was minted here; nothing where another is named as its issuer.
    /// Where its signature proves nothing, nothing that it says is handed on.
    #[must_use]
    pub fn prove(
        &self,
        token: &str,
        catalogue: &Catalogue,
        now: Timestamp,
    ) -> Option<Result<Shown, JwtFault>> {
        let jwt = Jwt::read(token).ok().filter(|jwt| jwt.issuer() == Some(ISSUER))?;
        Some(self.verify(&jwt).map(|claims| self.show(&claims, catalogue, now)))
    }

    fn verify(&self, jwt: &Jwt<'_>) -> Result<Claims, JwtFault> {
        match jwt.key_id() {
            None => return Err(JwtFault::KeyIdMissing),
            Some(id) if id != self.key_id => return Err(JwtFault::UnknownKey),
            Some(_) => {}
        }
        jwt.verify(&self.key)
    }

    fn show(&self, claims: &Claims, catalogue: &Catalogue, now: Timestamp) -> Shown {
        let text = |name| claims.text(name).ok().flatten().unwrap_or_default().to_owned();
        let mint = self.expected.check(claims, now).and_then(|()| mint(claims, catalogue));
        Shown { id: text("jti"), agent: text("sub"), mint: mint.map_err(Unproven::Jwt) }
    }
}

impl fmt::Debug for Minter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Minter").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

impl Mint {
    /// What records keep of it beside its id.
    #[must_use]
    pub fn detail(&self) -> Value {
        let only = self.only.as_ref().map(|only| only.items().collect::<Vec<_>>());
        json!({ "minted": { "expires": self.expires_at, "only": only } })
    }
}

/// Reads the claims of a token that is good by its term. Nothing is taken to be less than it says: what
/// cannot be read as a limit is no token.
fn mint(claims: &Claims, catalogue: &Catalogue) -> Result<Mint, JwtFault> {
    let text = |name| claims.text(name)?.ok_or(JwtFault::ClaimMalformed);
    let time = |name| claims.time(name)?.ok_or(JwtFault::ClaimMalformed);
    let id = text("jti")?;
    if !id.starts_with(ID_PREFIX) {
        return Err(JwtFault::ClaimMalformed);
    }
    let only = list(claims, "only")?.map(|items| Narrowing::read(items, catalogue));
    let from = list(claims, "from")?
        .map(|networks| networks.into_iter().map(str::parse).collect::<Result<Vec<_>, _>>());
    Ok(Mint {
        id: TokenId::new(id.to_owned()),
        agent: text("sub")?.to_owned(),
        issued_at: time("iat")?,
        expires_at: time("exp")?,
        only: only.transpose().map_err(|_| JwtFault::ClaimRefused)?.map(Arc::new),
        addresses: match from.transpose().map_err(|_| JwtFault::ClaimMalformed)? {
            None => Addresses::Anywhere,
            Some(networks) => Addresses::Only(networks),
        },
    })
}

/// A claim that is a list of texts where it is there.
fn list<'c>(claims: &'c Claims, name: &str) -> Result<Option<Vec<&'c str>>, JwtFault> {
    let Some(value) = claims.get(&ClaimPath::new(vec![name.to_owned()])) else { return Ok(None) };
    let items = value.as_array().ok_or(JwtFault::ClaimMalformed)?;
    let texts = items.iter().map(|item| item.as_str().ok_or(JwtFault::ClaimMalformed));
    texts.collect::<Result<_, _>>().map(Some)
}

fn set(claims: &mut Value, name: &str, value: Value) {
    if let Value::Object(claims) = claims {
        claims.insert(name.to_owned(), value);
    }
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

#[cfg(test)]
mod tests;
