//! What can be wrong with `[[issuers]]` although every key has the right kind of value.

use std::collections::BTreeSet;

use policy::AgentId;
use serde_json::Value;

use super::IssuerSettings;
use crate::issuers::key_url;

/// The most that clocks may be apart. More only serves who steals old tokens.
const MOST_SKEW: u32 = 300;

/// The longest lifetime: a year.
const MOST_LIFETIME: u32 = 31_622_400;

/// The longest trust in keys that cannot be fetched again: 30 days.
const MOST_TRUST: u32 = 720;

/// A name that means this gateway itself, in records and in the `iss` of what it mints.
const OURS: &str = "kustodian";

/// A mistake, and the key that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Which of the issuers, from 0.
    pub issuer: usize,
    /// The key; where it is not there, the mistake is the whole table's.
    pub key: &'static str,
    /// What is wrong. It shows no value but names, which are no secrets.
    pub message: String,
}

/// All mistakes of all issuers.
#[must_use]
pub fn mistakes(issuers: &[IssuerSettings]) -> Vec<Mistake> {
    let mut found = Vec::new();
    let (mut names, mut urls) = (BTreeSet::new(), BTreeSet::new());
    for (issuer, settings) in issuers.iter().enumerate() {
        let mut add = |key, message: String| found.push(Mistake { issuer, key, message });
        check_identity(settings, &mut add);
        if !settings.name.is_empty() && !names.insert(&settings.name) {
            add("name", format!("another issuer is called `{}`", settings.name));
        }
        if !settings.issuer.is_empty() && !urls.insert(&settings.issuer) {
            let message = "another of the [[issuers]] has the same `issuer`, so nobody could say which of \
                           them a token is of; put what both have into one";
            add("issuer", message.to_owned());
        }
        check_keys(settings, &mut add);
        check_algorithms(settings, &mut add);
        check_agents(settings, &mut add);
        check_required(settings, &mut add);
        check_times(settings, &mut add);
    }
    found
}

fn check_identity(settings: &IssuerSettings, add: &mut dyn FnMut(&'static str, String)) {
    let IssuerSettings { name, issuer, audience, .. } = settings;
    if name.parse::<AgentId>().is_err() || name == OURS {
        let message = "an issuer needs a `name` for records, of lower-case letters, digits and `-`, such as \
                       `github`; `kustodian` is taken";
        add("name", message.to_owned());
    }
    if issuer.is_empty() || issuer.contains(|it: char| it.is_whitespace() || it.is_control()) {
        let message = "an issuer needs `issuer`: what its tokens say in `iss`, to the letter";
        add("issuer", message.to_owned());
    }
    if issuer == OURS {
        let message = "`issuer` is `kustodian`, which minted tokens of this gateway say of themselves; nobody \
                       else may speak under that name";
        add("issuer", message.to_owned());
    }
    if audience.0.is_empty() || audience.0.iter().any(|one| one.trim().is_empty()) {
        let message = "an issuer needs an `audience` that is for this gateway alone, such as \
                       `https://kustodian.example.com`; else tokens made for others would be good here";
        add("audience", message.to_owned());
    }
}

/// Where the keys come from: one place, and one that nobody on the way can speak for.
fn check_keys(settings: &IssuerSettings, add: &mut dyn FnMut(&'static str, String)) {
    let IssuerSettings { jwks_url, jwks_file, secret_file, ca_file, bearer_file, .. } = settings;
    let places = [jwks_url.is_some(), jwks_file.is_some(), secret_file.is_some()];
    match places.iter().filter(|is_set| **is_set).count() {
        0 => add("jwks_url", "an issuer needs its keys: set `jwks_url` or `jwks_file`".to_owned()),
        1 => {}
        _ => {
            let message = "of `jwks_url`, `jwks_file` and `secret_file` an issuer has one";
            let key = if jwks_file.is_some() { "jwks_file" } else { "secret_file" };
            add(key, message.to_owned());
        }
    }
    if let Some(Err(why)) = jwks_url.as_deref().map(key_url::read) {
        add("jwks_url", format!("`jwks_url` {why}"));
    }
    for (key, is_set) in [("ca_file", ca_file.is_some()), ("bearer_file", bearer_file.is_some())] {
        if is_set && jwks_url.is_none() {
            add(key, format!("`{key}` is of use with `jwks_url` only"));
        }
    }
}

fn check_algorithms(settings: &IssuerSettings, add: &mut dyn FnMut(&'static str, String)) {
    let IssuerSettings { algorithms, secret_file, .. } = settings;
    if algorithms.is_empty() {
        let message = "an issuer needs `algorithms`, such as [\"RS256\"]: what is not listed is refused, \
                       whatever a token says";
        return add("algorithms", message.to_owned());
    }
    let symmetric = algorithms.iter().filter(|it| it.is_symmetric()).count();
    if symmetric > 0 && symmetric < algorithms.len() {
        let message = "`algorithms` mixes a shared secret (HS256) with public keys; then a public key could \
                       be passed off as the secret";
        add("algorithms", message.to_owned());
    } else if symmetric > 0 && secret_file.is_none() {
        let message = "HS256 takes a `secret_file`; keys that are published are no secret";
        add("algorithms", message.to_owned());
    } else if symmetric == 0 && secret_file.is_some() {
        add("secret_file", "a `secret_file` is for HS256 only".to_owned());
    }
}

fn check_agents(settings: &IssuerSettings, add: &mut dyn FnMut(&'static str, String)) {
    let claim = &settings.agent_claim.0;
    if claim.is_empty() || claim.iter().any(|name| name.trim().is_empty()) {
        let message = "an issuer needs `agent_claim`: the claim that names the agent, such as `sub`, or the \
                       names that lead to it, such as [\"kubernetes.io\", \"serviceaccount\", \"name\"]";
        add("agent_claim", message.to_owned());
    }
    let Some(agents) = &settings.agents else { return };
    if agents.is_empty() {
        let message = "`agents` is empty, so no token is anybody's; leave it out to take the claim's value \
                       for the agent's id";
        add("agents", message.to_owned());
    }
    for (value, agent) in agents {
        if let Err(why) = agent.parse::<AgentId>() {
            add("agents", format!("`agents` gives `{value}` the agent `{agent}`: {why}"));
        }
    }
}

fn check_required(settings: &IssuerSettings, add: &mut dyn FnMut(&'static str, String)) {
    for (name, value) in &settings.required_claims {
        if !is_sound(value) {
            let message = format!(
                "`required_claims` asks of `{name}` what no claim can be: give a text, a number, true or \
                 false, a list of these (one of them must be there), or a table of claims within it"
            );
            add("required_claims", message);
        }
    }
}

/// Whether something is asked that a claim can meet.
fn is_sound(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        Value::Array(several) => {
            !several.is_empty()
                && several.iter().all(|one| !one.is_array() && !one.is_object() && !one.is_null())
        }
        Value::Object(inner) => !inner.is_empty() && inner.values().all(is_sound),
    }
}

fn check_times(settings: &IssuerSettings, add: &mut dyn FnMut(&'static str, String)) {
    let (skew, lifetime) = (settings.clock_skew_seconds, settings.longest_lifetime_seconds.get());
    if skew > MOST_SKEW {
        add(
            "clock_skew_seconds",
            format!("`clock_skew_seconds` is {skew}; the most is {MOST_SKEW}"),
        );
    }
    if lifetime > MOST_LIFETIME {
        let message =
            format!("`longest_lifetime_seconds` is {lifetime}; the most is {MOST_LIFETIME}");
        add("longest_lifetime_seconds", message);
    }
    let trust = settings.trust_keys_hours.get();
    if trust > MOST_TRUST {
        add("trust_keys_hours", format!("`trust_keys_hours` is {trust}; the most is {MOST_TRUST}"));
    }
}
