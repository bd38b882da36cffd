//! Plain English for every decision and every outcome: who did what, where, and why.
//!
//! The words are fixed; only names, ids and places are filled in, and what comes from a request is
//! escaped, so no agent can write a sentence of its own into the trail. Each wording is held by a snapshot in the tests.

use std::fmt::Write as _;
use std::time::Duration;

use catalogue::{Asked, Because, Identified, legible};
use jiff::Timestamp;
use policy::{
    Denial, Entry, EntryName, Grant, Lack, Outside, OutsideBecause, Permit, Policy, Reason, Shut,
    TermBound,
};

use crate::{Outcome, OutcomeKind, Undecided, Unproven};

/// How a sentence ends while a forwarded request has no outcome.
const OPEN_END: &str = "; Kustomer's answer is not recorded yet.";

/// A permitted request that is about to be forwarded.
#[must_use]
pub fn opened(permit: &Permit) -> String {
    let mut sentence = permitted(permit, OPEN_END.len());
    sentence.push_str(OPEN_END);
    sentence
}

/// A request that would be permitted, if it were made: the answer to a question, not a record.
#[must_use]
pub fn permit(permit: &Permit) -> String {
    if let Some(reason) = permit.observed() {
        let fault = fault(permit.policy(), Some(permit.asked()), reason);
        return format!("{} is only observed, and would not be refused: {fault}.", name(permit));
    }
    let asked = permit.asked();
    let bare = asked.operation().phrase().bare(asked);
    format!("{} is permitted to {bare} ({}).", name(permit), grants(permit))
}

/// A permitted request that was given up before it was forwarded; takes the sentence of its opening.
#[must_use]
pub fn not_forwarded(opened: &str) -> String {
    let account = opened.strip_suffix(OPEN_END).unwrap_or(opened);
    format!(
        "{account}; it was given up while its record was being written, and nothing was sent to Kustomer."
    )
}

/// A request that was under way when its gateway stopped without a word; takes the sentence of its
/// opening.
#[must_use]
pub fn abandoned(opened: &str) -> String {
    let account = opened.strip_suffix(OPEN_END).unwrap_or(opened);
    format!("{account}; the gateway stopped before Kustomer's answer was recorded.")
}

/// A forwarded request with what came of it.
#[must_use]
pub fn closed(permit: &Permit, outcome: &Outcome) -> String {
    let end = end(permit, outcome);
    let room = end.len() + "; .".len();
    let mut sentence = match (outcome.kind, outcome.status) {
        (OutcomeKind::Answered, Some(200..=299)) => done(permit, room),
        _ => permitted(permit, room),
    };
    for part in ["; ", &end, "."] {
        sentence.push_str(part);
    }
    sentence
}

/// A request that the policy does not grant.
#[must_use]
pub fn denied(denial: &Denial) -> String {
    let asked = match denial.identified() {
        Identified::Known(asked) => Some(asked),
        Identified::Unknown(_) => None,
    };
    let fault = fault(denial.policy(), asked, denial.reason());
    format!("{} was refused: {fault}.", denial.policy().agent().name())
}

/// A request over the agent's own limit.
#[must_use]
pub fn limited(permit: &Permit, wait: Duration) -> String {
    let asked = gerund(permit.asked());
    let limit = permit.policy().limits().requests.as_ref();
    let limit = limit.map(|limit| format!(" of {limit} ({})", limit.place)).unwrap_or_default();
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    format!(
        "{} was held back: {asked} would go over its limit{limit}; it may try again in {} s.",
        name(permit),
        seconds.max(1),
    )
}

/// A request of an agent that has as many under way as it may.
#[must_use]
pub fn crowded(policy: &Policy, most: u32) -> String {
    let limit = policy.limits().in_flight.as_ref();
    let place = limit.map(|limit| format!(" ({})", limit.place)).unwrap_or_default();
    let requests = if most == 1 { "request" } else { "requests" };
    format!(
        "{} was held back: it already has {most} {requests} under way, and that is its limit{place}; \
         it may try again when one of them has ended.",
        policy.agent().name(),
    )
}

/// A caller that could not prove who it is. `known` is the agent's name, where its token told it.
#[must_use]
pub fn unauthenticated(known: Option<&str>, address: &str, why: Unproven) -> String {
    match known {
        Some(name) => format!("{name} at {address} was refused: {why}."),
        None => format!("An unknown caller at {address} was refused: {why}."),
    }
}

/// Requests of callers who did not prove who they are, that are not recorded one by one. `addresses` is
/// an address, a network or "other addresses".
#[must_use]
pub fn refused_more(addresses: &str, requests: u64, since: Timestamp, until: Timestamp) -> String {
    let time = format!("{} and {} UTC", since.strftime("%T"), until.strftime("%T"));
    if requests == 1 {
        return format!(
            "An unknown caller at {addresses} made one more request between {time}, \
             and did not prove who it was."
        );
    }
    let requests = grouped(requests);
    format!(
        "Unknown callers at {addresses} made {requests} more requests between {time}; \
         none of them proved who it was."
    )
}

/// A request that could not be read with certainty; `why` is a fragment such as
/// "the path holds a dot segment".
#[must_use]
pub fn malformed(known: Option<&str>, address: &str, why: &str) -> String {
    let caller = caller(known, address);
    format!("{caller} was refused: its request cannot be read with certainty ({why}).")
}

/// A request that ended before it was on record what was decided.
#[must_use]
pub fn undecided(known: Option<&str>, address: &str, why: Undecided) -> String {
    format!("{} {why}; nothing was sent to Kustomer.", caller(known, address))
}

fn caller(known: Option<&str>, address: &str) -> String {
    known.map_or_else(|| format!("An unknown caller at {address}"), str::to_owned)
}

/// `5,213`
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The agent's name; loading a policy has made sure that it is one plain line.
fn name(permit: &Permit) -> &str {
    permit.policy().agent().name()
}

/// "Support Agent read customer 5f1a (read on customers, policies/support-agent.toml:9)", with room
/// for so many bytes more: a sentence is made for every request, so it is made in one piece.
fn done(permit: &Permit, room: usize) -> String {
    if let Some(reason) = permit.observed() {
        return observed(permit, reason);
    }
    let asked = permit.asked();
    account(permit, [" ", &asked.operation().phrase().past(asked)], room)
}

/// "Support Agent was permitted to read customer 5f1a (read on customers, ...)"
fn permitted(permit: &Permit, room: usize) -> String {
    if let Some(reason) = permit.observed() {
        return observed(permit, reason);
    }
    let asked = permit.asked();
    account(permit, [" was permitted to ", &asked.operation().phrase().bare(asked)], room)
}

/// "Support Agent would have been refused, but is only observed (policies/support-agent.toml:5): deleting
/// customer 5f1a needs full on customers; ..."
fn observed(permit: &Permit, reason: &Reason) -> String {
    let fault = fault(permit.policy(), Some(permit.asked()), reason);
    let place = permit.policy().agent().mode_place();
    format!("{} would have been refused, but is only observed ({place}): {fault}", name(permit))
}

fn account(permit: &Permit, [did, what]: [&str; 2], room: usize) -> String {
    let grants = grants(permit);
    let parts = [name(permit), did, what, " (", &grants, ")"];
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut account = String::with_capacity(length + room);
    for part in parts {
        account.push_str(part);
    }
    account
}

fn grants(permit: &Permit) -> String {
    let mut text = String::with_capacity(128);
    let mut last = None;
    for grant in permit.grants() {
        // One entry may cover several demands.
        if last.replace(grant.entry) == Some(grant.entry) {
            continue;
        }
        if !text.is_empty() {
            text.push_str("; ");
        }
        push_grant(&mut text, grant);
    }
    text
}

/// "read on customers, policies/support-agent.toml:9"; for an action's or operation's entry,
/// "`reply_to_customers` is full, ..."; of a role, "read on customers by its role reader, ...".
fn push_grant(text: &mut String, Grant { entry, .. }: Grant<'_>) {
    let (level, name) = (entry.level.as_str(), entry.name.as_str());
    let giving = match &entry.name {
        EntryName::Resource(_) | EntryName::Klass(_) => [level, " on ", name],
        EntryName::Action(_) | EntryName::Operation(_) => [name, " is ", level],
    };
    let role = entry.role.as_ref().map(|role| [" by its role ", role.as_str()]);
    let place = [", ", &entry.place.file, ":"];
    for part in giving.into_iter().chain(role.into_iter().flatten()).chain(place) {
        text.push_str(part);
    }
    let written = write!(text, "{}", entry.place.line);
    debug_assert!(written.is_ok(), "writing to a String does not fail");
}

/// Why a request is not granted: "deleting customer 5f1a needs full on customers; its policy grants read
/// (policies/support-agent.toml:9)".
fn fault(policy: &Policy, asked: Option<&Asked>, reason: &Reason) -> String {
    let what = || asked.map_or_else(|| "the request".to_owned(), gerund);
    match reason {
        Reason::UnknownOperation(unknown) => format!(
            "{} {} is no operation that Kustodian knows, so no policy can grant it",
            legible(&unknown.method),
            legible(&unknown.path),
        ),
        Reason::AgentSuspended { place } => format!("it is suspended ({place})"),
        Reason::AgentNotYet(TermBound { bound, place }) => {
            format!("its policy does not begin before {bound} ({place})")
        }
        Reason::AgentExpired(TermBound { bound, place }) => {
            format!("its policy ended on {bound} ({place})")
        }
        Reason::NotGranted(lacks) => {
            let by_name = asked.is_some_and(|asked| asked.operation().only_by_name().is_some());
            let file = policy.file();
            let lacks: Vec<_> = lacks.iter().map(|lack| lacking(lack, file, by_name)).collect();
            format!("{} {}", what(), lacks.join("; and it "))
        }
        Reason::Narrowed { lacks, to } => {
            let needs = |lack: &Lack| format!("{} on {}", lack.demand.level, lack.demand.on());
            let needs: Vec<_> = lacks.iter().map(needs).collect();
            let needs = needs.join(" and ");
            format!("{} needs {needs}, and its token is narrowed to {to}", what())
        }
        Reason::Outside(outside) => format!("{} {}", what(), straying(outside)),
        Reason::BodyNotRead => {
            format!("what {} needs depends on its body, and the body was not read", what())
        }
    }
}

fn gerund(asked: &Asked) -> String {
    asked.operation().phrase().gerund(asked)
}

/// "needs full on customers; its policy grants read (policies/support-agent.toml:9)", with the reason
/// where it is not the operation itself.
fn lacking(lack: &Lack, file: &str, by_name: bool) -> String {
    let mut text = format!("needs {} on {}", lack.demand.level, lack.demand.on());
    if let Because::Rule(because) = &lack.demand.because {
        text.push_str(", because ");
        text.push_str(because);
    }
    text.push_str("; ");
    let is_own = lack.demand.because == Because::Operation;
    let written = match lack.entry.as_deref() {
        None if by_name && is_own => {
            write!(
                text,
                "only a line of its own in [operations] can grant it, and its policy has none ({file})"
            )
        }
        None => write!(text, "its policy grants nothing there ({file})"),
        Some(Entry { name, level, place, role, .. }) => {
            let source =
                role.as_ref().map_or_else(|| "its policy".into(), |it| format!("its role {it}"));
            let time = lack.shut.as_ref().map(only_at).unwrap_or_default();
            match name {
                EntryName::Resource(_) => write!(text, "{source} grants {level}{time} ({place})"),
                EntryName::Action(_) | EntryName::Operation(_) | EntryName::Klass(_) => {
                    write!(text, "{source} sets {name} to {level}{time} ({place})")
                }
            }
        }
    };
    debug_assert!(written.is_ok(), "writing to a String does not fail");
    text
}

/// " only from 2026-12-01 on"
fn only_at(shut: &Shut) -> String {
    match shut {
        Shut::NotYet(bound) => format!(" only from {bound} on"),
        Shut::NoLonger(bound) => format!(" only until {bound}"),
        Shut::NotTrue(condition) => format!(" only when {condition}"),
        Shut::NoAnswer(why) => format!(" on a condition without an answer: {why}"),
    }
}

/// "names a customer, 5f1a, that is none of those its policy confines it to (policies/a.toml:9)"
fn straying(outside: &Outside) -> String {
    let Outside { scope, singular, why, place } = outside;
    match why {
        OutsideBecause::Named(id) => format!(
            "names the {singular} {}, and its policy confines it to other {scope} ({place})",
            legible(id),
        ),
        OutsideBecause::Untold => format!(
            "is refused to an agent that is confined to some {scope} ({place}), because the request \
             does not tell which {singular} it is about"
        ),
    }
}

fn end(permit: &Permit, outcome: &Outcome) -> String {
    let answer = match outcome.status {
        Some(status) => format!("its answer ({status})"),
        None => "its answer".to_owned(),
    };
    match outcome.kind {
        OutcomeKind::Answered => {
            let status = outcome.status.unwrap_or_default();
            format!("Kustomer answered {status} in {} ms", outcome.duration_ms)
        }
        OutcomeKind::Refused => {
            "the gateway refused it, and nothing was sent to Kustomer".to_owned()
        }
        OutcomeKind::UpstreamKeyRefused => key_refused(permit, outcome),
        OutcomeKind::UpstreamUnreachable => {
            format!("Kustomer could not be reached within {} ms", outcome.duration_ms)
        }
        OutcomeKind::UpstreamHungUp => {
            format!("Kustomer gave no valid answer and hung up after {} ms", outcome.duration_ms)
        }
        OutcomeKind::UpstreamSilent => {
            format!("Kustomer began no answer within {} ms", outcome.duration_ms)
        }
        OutcomeKind::UpstreamBrokeOff => {
            format!("Kustomer broke off {answer} after {} bytes", outcome.bytes_out)
        }
        OutcomeKind::UpstreamBrokeProtocol => withheld("broke the rules of HTTP"),
        OutcomeKind::UpstreamRedirected => withheld("pointed to another host"),
        OutcomeKind::UpstreamEncoded => withheld(ENCODED),
        OutcomeKind::KeyInAnswer => cut_off("held the organisation's own key", outcome),
        OutcomeKind::AnswerTooLong => cut_off("was longer than may be handed on", outcome),
        OutcomeKind::AgentLeft => match outcome.status {
            Some(status) => format!(
                "Kustomer answered {status}, and the agent left after {} bytes of it",
                outcome.bytes_out
            ),
            None => format!(
                "the agent left after {} ms, before Kustomer's answer came",
                outcome.duration_ms
            ),
        },
        OutcomeKind::RequestBrokeOff => {
            format!("the agent broke off its request after {} bytes", outcome.bytes_in)
        }
        OutcomeKind::TimedOut => format!(
            "its time was up after {} ms, and it was broken off after {} bytes of {answer}",
            outcome.duration_ms, outcome.bytes_out
        ),
        OutcomeKind::RequestTooLong => request_too_long(outcome),
        OutcomeKind::NotForwarded => "nothing was sent to Kustomer".to_owned(),
        OutcomeKind::GatewayStopped => {
            "the gateway stopped before Kustomer's answer was recorded".to_owned()
        }
        OutcomeKind::Noted => "nothing was asked".to_owned(),
    }
}

const ENCODED: &str =
    "was encoded, so that it could not be searched for the organisation's own key";

fn withheld(why: &str) -> String {
    format!("Kustomer's answer {why}, and was not handed on")
}

fn cut_off(why: &str, outcome: &Outcome) -> String {
    format!("Kustomer's answer {why} and was cut off after {} bytes", outcome.bytes_out)
}

fn request_too_long(outcome: &Outcome) -> String {
    format!("its body was longer than may be sent and was cut off after {} bytes", outcome.bytes_in)
}

/// The organisation's key is refused: the operator must mend it, the agent cannot.
fn key_refused(permit: &Permit, outcome: &Outcome) -> String {
    let status = outcome.status.unwrap_or_default();
    let roles = permit.asked().operation().roles();
    let needed: Vec<_> = [&roles.legacy, &roles.permission_set, &roles.other]
        .into_iter()
        .flatten()
        .cloned()
        .collect();
    let mut text = format!("Kustomer refused the organisation's own key ({status})");
    if status == 403 && !needed.is_empty() {
        text.push_str(": it needs one of the roles ");
        text.push_str(&needed.join(", "));
    }
    text
}
