//! The sandbox's API keys: signed JSON web tokens, as Kustomer's are, with the roles inside.
//!
//! A role works as a prefix: a key with `org.user` may do what needs `org.user.customer.read`.

use catalogue::{Asked, Roles};
use http::{HeaderMap, header};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use sha2::{Digest, Sha256};

use crate::hex;
use crate::seed::{ORG_ID, ORG_NAME};

const AUDIENCE: &str = "urn:consumer";
const ISSUER: &str = "urn:api";

/// What a key says about itself. The names and their order are those of Kustomer's keys.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Claims {
    id: String,
    user: String,
    org: String,
    #[serde(rename = "orgName")]
    org_name: String,
    #[serde(rename = "userType")]
    user_type: String,
    pod: String,
    roles: Vec<String>,
    aud: String,
    iss: String,
    sub: String,
}

/// Who sent a request, as its key tells.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) key_id: String,
    pub(crate) user: String,
    pub(crate) roles: Vec<String>,
}

/// Signs a key. The same secret, name and roles give the same key.
#[expect(clippy::expect_used, reason = "HMAC takes any secret, and the claims are plain texts")]
pub(crate) fn sign(secret: &str, name: &str, roles: &[&str]) -> String {
    let user = hex_id(&format!("user/{name}"));
    let claims = Claims {
        id: hex_id(&format!("key/{name}/{}", roles.join(","))),
        user: user.clone(),
        org: ORG_ID.to_owned(),
        org_name: ORG_NAME.to_owned(),
        user_type: "machine".to_owned(),
        pod: "sandbox".to_owned(),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        aud: AUDIENCE.to_owned(),
        iss: ISSUER.to_owned(),
        sub: user,
    };
    let secret = EncodingKey::from_secret(secret.as_bytes());
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &secret).expect("claims encode")
}

/// Reads the one `Authorization: Bearer` header; `None` unless its key was signed here.
pub(crate) fn authenticate(secret: &str, headers: &HeaderMap) -> Option<Caller> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let token = value.to_str().ok()?.strip_prefix("Bearer ")?;
    let secret = DecodingKey::from_secret(secret.as_bytes());
    let claims = jsonwebtoken::decode::<Claims>(token, &secret, &validation()).ok()?.claims;
    Some(Caller { key_id: claims.id, user: claims.user, roles: claims.roles })
}

fn validation() -> Validation {
    let mut validation = Validation::new(Algorithm::HS256);
    // Kustomer's keys need not carry an expiry, and these never do.
    validation.set_required_spec_claims(&["aud", "iss", "sub"]);
    validation.validate_exp = false;
    validation.set_audience(&[AUDIENCE]);
    validation.set_issuer(&[ISSUER]);
    validation
}

impl Caller {
    /// Whether one of the key's roles covers what the operation needs.
    pub(crate) fn may(&self, asked: &Asked) -> bool {
        let roles = asked.operation().roles();
        if roles.none_needed {
            return true;
        }
        let klass = asked.values().find_map(|(name, value)| (name == "name").then_some(value));
        let mut needed = named(roles).peekable();
        if needed.peek().is_none() {
            // Nothing is published for this operation: a broad key is asked for.
            return self.has("org.user") || self.has("org.admin");
        }
        needed.any(|role| self.has(&role.replace('*', klass.unwrap_or("*"))))
    }

    /// Whether the key has this role, or a shorter one that it begins with.
    pub(crate) fn has(&self, needed: &str) -> bool {
        self.roles.iter().any(|role| {
            needed
                .strip_prefix(role.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }
}

/// Every role that the catalogue names for an operation; any one of them will do.
pub(crate) fn named(roles: &Roles) -> impl Iterator<Item = &String> {
    roles.legacy.iter().chain(&roles.permission_set).chain(&roles.other)
}

/// An id of 24 hex digits that follows from a text.
fn hex_id(text: &str) -> String {
    let digits = hex::text(&Sha256::digest(text));
    digits.chars().take(24).collect()
}
