//! An issuer of signed tokens: keys that are made on the spot, and a server that lists them.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gateway::config::{IssuerSettings, Texts};
use gateway::jwt::Algorithm;
use jiff::Timestamp;
use jsonwebtoken::EncodingKey;
use jsonwebtoken::jwk::Jwk;
use rcgen::{
    KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PKCS_RSA_SHA256,
    RsaKeySize,
};
use serde_json::{Value, json};

use super::upstream::Upstream;

/// What the tokens of tests say in `iss`, wherever their keys are.
pub(crate) const ISSUER: &str = "https://issuer.example.com";

/// Whom they are meant for.
pub(crate) const AUDIENCE: &str = "https://kustodian.example.com";

/// Bytes of PKCS #8 before the key itself, of RSA with 2048 bits.
const FRAME: usize = 26;

/// A key that signs tokens.
#[derive(Debug, Clone)]
pub(crate) struct SigningKey {
    pub(crate) name: String,
    algorithm: jsonwebtoken::Algorithm,
    key: EncodingKey,
}

impl SigningKey {
    /// A new key of this name for one of the algorithms with a public key.
    pub(crate) fn new(name: &str, algorithm: &str) -> Self {
        let algorithm: jsonwebtoken::Algorithm = algorithm.parse().expect("an algorithm");
        let key = match algorithm.family() {
            jsonwebtoken::AlgorithmFamily::Rsa => {
                let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048);
                let der = pair.expect("a key").serialize_der();
                EncodingKey::from_rsa_der(&der[FRAME..])
            }
            jsonwebtoken::AlgorithmFamily::Ec => {
                let small = algorithm == jsonwebtoken::Algorithm::ES256;
                let curve = if small { &PKCS_ECDSA_P256_SHA256 } else { &PKCS_ECDSA_P384_SHA384 };
                EncodingKey::from_ec_der(&pair(curve))
            }
            jsonwebtoken::AlgorithmFamily::Ed => {
                // The library reads the public half only from the first version of PKCS #8, which ends
                // behind the private one.
                let der = pair(&PKCS_ED25519);
                let frame =
                    [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
                EncodingKey::from_ed_der(&[&frame, &der[frame.len()..frame.len() + 32]].concat())
            }
            jsonwebtoken::AlgorithmFamily::Hmac => panic!("a secret is no key pair"),
        };
        Self { name: name.to_owned(), algorithm, key }
    }

    /// A secret that is shared with the gateway.
    pub(crate) fn secret(secret: &[u8]) -> Self {
        let key = EncodingKey::from_secret(secret);
        Self { name: "secret".to_owned(), algorithm: jsonwebtoken::Algorithm::HS256, key }
    }

    /// What the issuer lists of it: nothing that is secret.
    pub(crate) fn jwk(&self) -> Value {
        let jwk = Jwk::from_encoding_key(&self.key, self.algorithm).expect("a public key");
        let mut jwk = serde_json::to_value(jwk).expect("JSON");
        jwk["kid"] = json!(self.name);
        jwk["use"] = json!("sig");
        jwk
    }

    /// The same with another algorithm of its kind.
    pub(crate) fn signing(&self, algorithm: &str) -> Self {
        Self { algorithm: algorithm.parse().expect("an algorithm"), ..self.clone() }
    }

    /// A token with these claims and an honest header.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_with(&self.header(), &claims.to_string())
    }

    /// An honest header.
    pub(crate) fn header(&self) -> Value {
        json!({"alg": format!("{:?}", self.algorithm), "kid": self.name, "typ": "JWT"})
    }

    /// A token with this very header and these very claims.
    pub(crate) fn sign_with(&self, header: &Value, claims: &str) -> String {
        let signed = format!("{}.{}", encoded(&header.to_string()), encoded(claims));
        let made = jsonwebtoken::crypto::sign(signed.as_bytes(), &self.key, self.algorithm);
        format!("{signed}.{}", made.expect("a signature"))
    }
}

fn pair(kind: &'static rcgen::SignatureAlgorithm) -> Vec<u8> {
    KeyPair::generate_for(kind).expect("a key").serialize_der()
}

/// A text as it stands in a token.
pub(crate) fn encoded(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// What an issuer's server does.
#[derive(Debug, Clone)]
pub(crate) enum Mood {
    /// Answers with its keys.
    Listing,
    /// Answers with these bytes.
    Answering(Vec<u8>),
    /// Takes the request and says nothing.
    Silent,
    /// Hangs up.
    Gone,
}

/// A server that lists keys.
#[derive(Debug)]
pub(crate) struct KeyServer {
    server: Upstream,
    keys: Arc<Mutex<Vec<Value>>>,
    mood: Arc<Mutex<Mood>>,
}

impl KeyServer {
    pub(crate) async fn listing(keys: &[&SigningKey]) -> Self {
        let keys = Arc::new(Mutex::new(jwks(keys)));
        let mood = Arc::new(Mutex::new(Mood::Listing));
        let (keys_there, mood_there) = (Arc::clone(&keys), Arc::clone(&mood));
        let server = Upstream::start(move |mut connection| {
            let (keys, mood) = (Arc::clone(&keys_there), Arc::clone(&mood_there));
            async move {
                while connection.request().await.is_some() {
                    let now = locked(&mood).clone();
                    let listed = answer(&json!({"keys": *locked(&keys)}).to_string());
                    match now {
                        Mood::Listing => connection.send(&listed).await,
                        Mood::Answering(bytes) => connection.send(&bytes).await,
                        Mood::Silent => std::future::pending().await,
                        Mood::Gone => return,
                    }
                }
            }
        })
        .await;
        Self { server, keys, mood }
    }

    pub(crate) fn list(&self, keys: &[&SigningKey]) {
        *locked(&self.keys) = jwks(keys);
    }

    pub(crate) fn list_raw(&self, keys: Vec<Value>) {
        *locked(&self.keys) = keys;
    }

    pub(crate) fn become_of(&self, mood: Mood) {
        *locked(&self.mood) = mood;
    }

    pub(crate) fn at(&self) -> SocketAddr {
        self.server.at
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/jwks", self.server.at)
    }

    /// How often the keys were asked for.
    pub(crate) fn fetches(&self) -> usize {
        self.server.request_lines().len()
    }

    /// Everything that came in.
    pub(crate) fn received(&self) -> String {
        self.server.all_received()
    }
}

/// An answer with a body of JSON.
pub(crate) fn answer(body: &str) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body.as_bytes()].concat()
}

fn jwks(keys: &[&SigningKey]) -> Vec<Value> {
    keys.iter().map(|key| key.jwk()).collect()
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Settings for an issuer whose `sub` is the agent's id.
pub(crate) fn issuer_at(url: &str, algorithms: &[&str]) -> IssuerSettings {
    let named = |name: &&str| Algorithm::named(name).expect("an algorithm");
    IssuerSettings {
        name: "test".to_owned(),
        issuer: ISSUER.to_owned(),
        audience: Texts(vec![AUDIENCE.to_owned()]),
        jwks_url: Some(url.to_owned()),
        algorithms: algorithms.iter().map(named).collect(),
        agent_claim: Texts(vec!["sub".to_owned()]),
        ..IssuerSettings::default()
    }
}

/// The claims of an honest token of an agent, good for ten minutes.
pub(crate) fn claims(agent: &str, now: Timestamp) -> Value {
    let now = now.as_second();
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": agent, "jti": "one",
        "iat": now, "nbf": now, "exp": now + 600,
    })
}
