//! One test: who asks what, and what is expected. Read from a file of tests.

use std::net::IpAddr;

use ::catalogue::Method;
use ::catalogue::diagnostic::{Diagnostics, Place};
use ::catalogue::document::{Document, Section, Value, did_you_mean};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};

use crate::rules::Rules;

/// A test of a file.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) agent: String,
    pub(super) method: String,
    /// The path and the query.
    pub(super) path: String,
    pub(super) body: Option<String>,
    /// From where it is asked; none where that is not to matter.
    pub(super) address: Option<IpAddr>,
    /// When it is asked; none where the run says it.
    pub(super) at: Option<Timestamp>,
    pub(super) expected: Expected,
    pub(super) place: Place,
}

/// What is to come of it.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) decision: Decision,
    /// The code that a record would have; none where any will do.
    pub(super) reason: Option<String>,
    /// The name of an entry that has to be among those that settle it.
    pub(super) entry: Option<String>,
}

/// What can be expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    Permitted,
    Observed,
    Denied,
    Malformed,
}

impl Decision {
    const ALL: [Self; 4] = [Self::Permitted, Self::Observed, Self::Denied, Self::Malformed];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Permitted => "permitted",
            Self::Observed => "observed",
            Self::Denied => "denied",
            Self::Malformed => "malformed",
        }
    }
}

/// What a file says for all of its tests.
struct Defaults<'d> {
    agent: Option<Value<&'d str>>,
    at: Option<Timestamp>,
}

/// Every test of a file, or all that is wrong with it.
pub(super) fn read(file: &str, text: &str, rules: &Rules) -> Result<Vec<Case>, Diagnostics> {
    let document = Document::parse(file, text)?;
    let mut root = document.root();
    let defaults = Defaults { agent: root.string("agent"), at: at(&mut root) };
    if let Some(agent) = &defaults.agent {
        known_agent(&root, agent, rules);
    }
    let tables = root.tables("test");
    if tables.is_empty() {
        let fault = document.diagnose(&(0..0), "there is no test in this file");
        document.report(fault.with_help("a test begins with [[test]]"));
    }
    let cases = tables.into_iter().map(|section| case(section, &defaults, rules));
    let cases = cases.collect::<Vec<_>>();
    root.finish();
    document.finish()?;
    Ok(cases.into_iter().flatten().collect())
}

/// Reads every key, so that one run reports all that is wrong.
fn case(mut section: Section<'_>, defaults: &Defaults<'_>, rules: &Rules) -> Option<Case> {
    let own = section.string("agent");
    let agent = own.as_ref().or(defaults.agent.as_ref()).map(|agent| agent.value.to_owned());
    match &own {
        Some(agent) => known_agent(&section, agent, rules),
        None if defaults.agent.is_none() => drop(section.require_string("agent")),
        None => {}
    }
    let method = section.require_string("method").map(|word| method(&section, &word));
    let path = section.require_string("path").and_then(|path| target(&section, &path));
    let body = section.string("body").map(|body| body.value.to_owned());
    let address = section.string("address").and_then(|text| address(&section, &text));
    let at = at(&mut section).or(defaults.at);
    let expect = section.require_string("expect").and_then(|word| decision(&section, &word));
    let reason = section.string("reason").map(|reason| reason.value.to_owned());
    let entry = section.string("entry").map(|entry| entry.value.to_owned());
    let name = section.string("name").map(|name| name.value.to_owned());
    let place = section.document().place(section.span());
    section.finish();
    let (agent, method, path) = (agent?, method?, path?);
    Some(Case {
        name: name.unwrap_or_else(|| format!("{agent} {method} {path}")),
        expected: Expected { decision: expect?, reason, entry },
        agent,
        method,
        path,
        body,
        address,
        at,
        place,
    })
}

fn known_agent(section: &Section<'_>, agent: &Value<&str>, rules: &Rules) {
    if rules.policies.policy(agent.value).is_some() {
        return;
    }
    let known: Vec<&str> =
        rules.policies.policies().map(|policy| policy.agent().id().as_str()).collect();
    let message = format!("no policy speaks of an agent `{}`", agent.value);
    let document = section.document();
    let help = did_you_mean(agent.value, known)
        .unwrap_or_else(|| "`kustodian agent list` shows every agent".to_owned());
    document.report(document.diagnose(&agent.span, message).with_help(help));
}

/// The path and the query, as a request has them.
fn target(section: &Section<'_>, path: &Value<&str>) -> Option<String> {
    if path.value.starts_with('/') && !path.value.starts_with("/_kustodian") {
        return Some(path.value.to_owned());
    }
    let document = section.document();
    let message = format!("`{}` is no path of Kustomer's", path.value);
    let help = "write the path alone, from the first `/` behind the host: \"/v1/customers\"";
    document.report(document.diagnose(&path.span, message).with_help(help));
    None
}

fn address(section: &Section<'_>, text: &Value<&str>) -> Option<IpAddr> {
    let found = text.value.parse();
    if found.is_err() {
        let document = section.document();
        let fault = document.diagnose(&text.span, format!("`{}` is no address", text.value));
        document.report(fault.with_help("write it like \"192.0.2.7\" or \"2001:db8::7\""));
    }
    found.ok()
}

fn decision(section: &Section<'_>, word: &Value<&str>) -> Option<Decision> {
    let found = Decision::ALL.into_iter().find(|decision| decision.word() == word.value);
    if found.is_none() {
        let document = section.document();
        let words = Decision::ALL.map(Decision::word);
        let fault = document.diagnose(&word.span, format!("unknown decision `{}`", word.value));
        let fault = fault.with_label("expected permitted, observed, denied or malformed");
        let other = other_word(word.value).map(|decision| format!("did you mean `{decision}`?"));
        document.report(fault.with_help_if(other.or_else(|| did_you_mean(word.value, words))));
    }
    found
}

/// The decision that a word of other programs stands for.
fn other_word(word: &str) -> Option<&'static str> {
    match word.to_lowercase().as_str() {
        "allow" | "allowed" | "ok" | "yes" | "pass" | "granted" | "permit" | "true" => {
            Some(Decision::Permitted.word())
        }
        "deny" | "refuse" | "refused" | "forbidden" | "no" | "block" | "blocked" | "false" => {
            Some(Decision::Denied.word())
        }
        _ => None,
    }
}

/// The method, which is one word in capital letters; another spelling is another method.
fn method(section: &Section<'_>, word: &Value<&str>) -> String {
    let capitals = word.value.to_ascii_uppercase();
    if capitals != word.value && Method::ALL.iter().any(|method| method.as_str() == capitals) {
        let document = section.document();
        let message = format!("unknown method `{}`", word.value);
        let fault = document.diagnose(&word.span, message);
        document.report(fault.with_help(format!("did you mean `{capitals}`?")));
    }
    word.value.to_owned()
}

/// A time with its offset, or a day in UTC: its first instant.
fn at(section: &mut Section<'_>) -> Option<Timestamp> {
    let written = section.datetime("at")?;
    let found = instant(&written.value.to_string());
    if found.is_none() {
        let document = section.document();
        let message = format!("`{}` is no instant", written.value);
        let help = "write 2027-01-31T09:00:00Z, with an offset of its own, or a day: 2027-01-31";
        document.report(document.diagnose(&written.span, message).with_help(help));
    }
    found
}

fn instant(text: &str) -> Option<Timestamp> {
    /// Of `2027-01-31`. The parser for dates also takes longer texts and drops their times.
    const DATE_LENGTH: usize = 10;
    if let Ok(instant) = text.parse() {
        return Some(instant);
    }
    let day: Date = (text.len() == DATE_LENGTH).then(|| text.parse().ok()).flatten()?;
    let start: DateTime = day.to_datetime(jiff::civil::Time::midnight());
    let utc = TimeZone::fixed(Offset::UTC);
    start.to_zoned_datetime(utc).ok().map(|start| start.timestamp())
}
