//! One issuer: what its tokens must say, and whom they speak for.

use std::collections::BTreeMap;

use audit::JwtFault;
use jiff::Timestamp;
use policy::AgentId;
use serde_json::{Map, Value};
use store::Fingerprint;

use super::Shown;
use super::failure::{FetchFailure, IssuerFailure, Trouble};
use super::key_set::KeySet;
use super::keys::Keys;
use super::source::{Source, read_file};
use crate::config::IssuerSettings;
use crate::jwt::{Algorithm, ClaimPath, Claims, Expected, Key};
use crate::secret::read_secret;

/// The longest `jti` that records have as it is.
const LONGEST_ID: usize = 64;

/// An issuer that the settings trust.
#[derive(Debug)]
pub(super) struct Issuer {
    pub(super) name: String,
    pub(super) expected: Expected,
    algorithms: Vec<Algorithm>,
    agent_claim: ClaimPath,
    agents: Option<BTreeMap<String, String>>,
    pub(super) keys: Keys,
    /// None for a shared secret.
    pub(super) source: Option<Source>,
}

impl Issuer {
    /// Makes ready what the settings say. Files are read; a server is not asked yet.
    pub(super) fn open(settings: &IssuerSettings, now: Timestamp) -> Result<Self, IssuerFailure> {
        let fail = |trouble| IssuerFailure { issuer: settings.name.clone(), trouble };
        let keys = Keys::new(&settings.name, &settings.algorithms, settings.trust());
        let (keys, source) = if let Some(file) = &settings.secret_file {
            let secret = read_secret(file).map_err(|why| fail(Trouble::SecretFile(why)))?;
            let key = Key::of_secret(&secret).map_err(|why| fail(Trouble::Secret(why)))?;
            (keys.with(KeySet::secret(key)), None)
        } else {
            let source = Source::of(settings)?;
            match &source {
                Source::File(file) => {
                    let set = key_file(file, &settings.algorithms, now).map_err(fail)?;
                    (keys.with(set), Some(source))
                }
                Source::Url { .. } => (keys, Some(source)),
            }
        };
        Ok(Self {
            name: settings.name.clone(),
            expected: expected(settings),
            algorithms: settings.algorithms.clone(),
            agent_claim: ClaimPath::new(settings.agent_claim.0.clone()),
            agents: settings.agents.clone(),
            keys,
            source,
        })
    }

    /// Whether its tokens may be signed so.
    pub(super) fn allows(&self, algorithm: Algorithm) -> Result<(), JwtFault> {
        self.algorithms.contains(&algorithm).then_some(()).ok_or(JwtFault::Algorithm)
    }

    /// What a token shows whose signature is right. Where it names nobody, it shows nothing.
    pub(super) fn shown(
        &self,
        claims: &Claims,
        fingerprint: &Fingerprint,
        now: Timestamp,
    ) -> Result<Shown, JwtFault> {
        let fault = self.expected.check(claims, now).err();
        let agent = self.agent_of(claims).map_err(|nobody| fault.unwrap_or(nobody))?;
        Ok(Shown { agent, token: self.token_name(claims, fingerprint), fault })
    }

    fn agent_of(&self, claims: &Claims) -> Result<String, JwtFault> {
        let value = claims.get(&self.agent_claim).ok_or(JwtFault::NamesNoAgent)?;
        let value = value.as_str().ok_or(JwtFault::ClaimMalformed)?;
        let agent = match &self.agents {
            Some(agents) => agents.get(value).map(String::as_str),
            None => Some(value).filter(|value| value.parse::<AgentId>().is_ok()),
        };
        agent.map(str::to_owned).ok_or(JwtFault::NamesNoAgent)
    }

    /// What records call a token: by the id that its issuer gave it, or by the first of its fingerprint.
    fn token_name(&self, claims: &Claims, fingerprint: &Fingerprint) -> String {
        let legible = |id: &&str| {
            !id.is_empty() && id.len() <= LONGEST_ID && id.bytes().all(|it| it.is_ascii_graphic())
        };
        if let Some(id) = claims.text("jti").ok().flatten().filter(legible) {
            return format!("{}:{id}", self.name);
        }
        let start = fingerprint.as_bytes().iter().take(8);
        let start = start.fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        format!("{}:{start:016x}", self.name)
    }
}

fn expected(settings: &IssuerSettings) -> Expected {
    let mut required = BTreeMap::new();
    flatten(&settings.required_claims, &mut Vec::new(), &mut required);
    Expected {
        issuer: settings.issuer.clone(),
        audiences: settings.audience.0.clone(),
        required,
        skew: settings.skew(),
        longest: settings.longest(),
    }
}

/// Every claim that is required, with the values of which it must have one.
fn flatten(
    claims: &Map<String, Value>,
    path: &mut Vec<String>,
    into: &mut BTreeMap<ClaimPath, Vec<Value>>,
) {
    for (name, value) in claims {
        path.push(name.clone());
        match value {
            Value::Object(inner) => flatten(inner, path, into),
            Value::Array(several) => {
                into.insert(ClaimPath::new(path.clone()), several.clone());
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                into.insert(ClaimPath::new(path.clone()), vec![value.clone()]);
            }
        }
        path.pop();
    }
}

/// Reads the operator's own list of keys: one that cannot be used is a mistake, not another's affair.
fn key_file(
    file: &std::path::Path,
    algorithms: &[Algorithm],
    now: Timestamp,
) -> Result<KeySet, Trouble> {
    let bytes = read_file(file).map_err(Trouble::KeyFile)?;
    let (set, unused) = KeySet::read(&bytes, algorithms, now)
        .map_err(|why| Trouble::KeyFile(FetchFailure::NoKeySet(why)))?;
    match unused.into_iter().next() {
        Some(unused) => Err(Trouble::Key { key: unused.key, why: unused.why }),
        None => Ok(set),
    }
}
