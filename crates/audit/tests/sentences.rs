//! The wording of every kind of decision and outcome.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up fails")]

use std::sync::Arc;
use std::time::Duration;

use audit::{
    Detail, Event, KeptOutline, Outcome, OutcomeKind, RecordId, Undecided, Unproven, sentence,
};
use catalogue::{Body, Catalogue, Identified};
use policy::{Decision, Denial, Facts, Permit, Policy, PolicySet, Source};

const POLICY: &str = r#"[agent]
id      = "support-agent"
name    = "Support Agent"
owner   = "support-ops@example.com"
expires = 2027-06-30

[access]
conversations = "read"
customers     = "read"

[actions]
add_internal_notes   = "full"
delete_conversations = "off"

[operations]
"customers.update" = "full"

[limits]
requests = "120/min"
"#;

const ID: &str = "5f1a2b3c4d5e6f708192a3b4";

fn policy() -> Arc<Policy> {
    let source = Source::policy("policies/support-agent.toml", POLICY);
    let set = PolicySet::load(&[source], Catalogue::builtin()).unwrap();
    Arc::clone(set.policy("support-agent").unwrap())
}

fn decide_at(at: &str, method: &str, path: &str) -> Decision {
    let identified = match Catalogue::builtin().identify(method, path).unwrap() {
        Identified::Known(asked) => {
            Identified::Known(Catalogue::builtin().read_body(asked, &Body::empty()).unwrap())
        }
        unknown @ Identified::Unknown(_) => unknown,
    };
    policy::decide(&policy(), identified, &Facts::at(at.parse().unwrap()))
}

fn decide(method: &str, path: &str) -> Decision {
    decide_at("2026-11-23T12:00:00Z", method, path)
}

fn permit(method: &str, path: &str) -> Permit {
    match decide(method, path) {
        Decision::Permit(permit) => permit,
        Decision::Denial(denial) => panic!("denied: {}", sentence::denied(&denial)),
    }
}

fn denial(decision: Decision) -> Denial {
    match decision {
        Decision::Denial(denial) => denial,
        Decision::Permit(permit) => panic!("permitted: {}", sentence::opened(&permit)),
    }
}

fn denied(method: &str, path: &str) -> String {
    sentence::denied(&denial(decide(method, path)))
}

fn read_customer() -> Permit {
    permit("GET", &format!("/v1/customers/{ID}"))
}

fn closed(kind: OutcomeKind, status: Option<u16>) -> String {
    let outcome = Outcome {
        kind,
        status,
        duration_ms: 131,
        bytes_in: 17,
        bytes_out: 2048,
        sentence: String::new(),
    };
    sentence::closed(&read_customer(), &outcome)
}

#[test]
fn a_permitted_request_under_way() {
    insta::assert_snapshot!(sentence::opened(&read_customer()));
}

#[test]
fn a_request_that_would_be_permitted() {
    insta::assert_snapshot!(sentence::permit(&read_customer()));
}

#[test]
fn a_permit_names_the_entry_that_gave_it() {
    let by_action = permit("POST", &format!("/v1/conversations/{ID}/notes"));
    let by_operation = permit("PUT", &format!("/v1/customers/{ID}"));
    insta::assert_snapshot!(format!(
        "{}\n{}",
        sentence::opened(&by_action),
        sentence::opened(&by_operation)
    ));
}

#[test]
fn a_request_beside_too_many_others() {
    insta::assert_snapshot!(
        sentence::crowded(&policy(), 100),
        @"Support Agent was held back: it already has 100 requests under way, and that is its limit; it may try again when one of them has ended."
    );
}

#[test]
fn every_outcome_of_a_forwarded_request() {
    let statuses = |kind| match kind {
        OutcomeKind::Answered => {
            vec![Some(200), Some(204), Some(304), Some(404), Some(429), Some(500)]
        }
        OutcomeKind::UpstreamKeyRefused => vec![Some(401), Some(403)],
        OutcomeKind::UpstreamUnreachable
        | OutcomeKind::UpstreamHungUp
        | OutcomeKind::UpstreamBrokeProtocol
        | OutcomeKind::UpstreamRedirected
        | OutcomeKind::UpstreamEncoded => vec![Some(502)],
        OutcomeKind::KeyInAnswer | OutcomeKind::AnswerTooLong => vec![Some(200), Some(502)],
        OutcomeKind::UpstreamSilent => vec![Some(504)],
        OutcomeKind::RequestTooLong => vec![Some(413)],
        OutcomeKind::AgentLeft | OutcomeKind::GatewayStopped => vec![None, Some(200)],
        OutcomeKind::UpstreamBrokeOff | OutcomeKind::TimedOut => vec![Some(200)],
        OutcomeKind::RequestBrokeOff => vec![Some(408)],
        OutcomeKind::Refused | OutcomeKind::NotForwarded => vec![None],
        // No request has it.
        OutcomeKind::Noted => Vec::new(),
    };
    let mut lines = Vec::new();
    for kind in OutcomeKind::ALL {
        for status in statuses(kind) {
            lines.push(format!("{kind} {status:?}\n    {}", closed(kind, status)));
        }
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn a_request_whose_gateway_stopped_without_a_word() {
    let opened = sentence::opened(&read_customer());
    let id = "5f1a2b3c4d5e6f708192a3b4";
    let sentence = sentence::abandoned(&opened).replace(id, "ID");
    insta::assert_snapshot!(
        sentence,
        @"Support Agent was permitted to read customer ID (read on customers, policies/support-agent.toml:9); the gateway stopped before Kustomer's answer was recorded."
    );
}

#[test]
fn what_the_gateway_notes_of_itself() {
    let at = jiff::Timestamp::UNIX_EPOCH;
    let (token, agent) = (|| "tok_1".to_owned(), || "bot".to_owned());
    let loaded = |files: &[&str], changes: Option<&[&str]>| Event::PoliciesLoaded {
        files: files.iter().map(|file| (*file).to_owned()).collect(),
        fingerprint: "ab".repeat(32),
        changes: changes.map(|all| all.iter().map(|change| (*change).to_owned()).collect()),
        outline: KeptOutline::Whole(Detail::object([])),
    };
    let refused = |problems: &[&str]| Event::PoliciesRefused {
        problems: problems.iter().map(|problem| (*problem).to_owned()).collect(),
        fingerprint: "ab".repeat(32),
    };
    let events = [
        Event::Started { version: "1.2.3".to_owned(), host: None },
        Event::Continued,
        Event::Stopped,
        loaded(&[], None),
        loaded(&["policies/a.toml"], Some(&[])),
        loaded(&["a.toml", "b.toml", "c.toml"], Some(&["a: notes read to full", "c: added"])),
        loaded(&["a.toml", "b.toml"], Some(&["a: removed"; 22])),
        refused(&[
            "policies/bot.toml:5:1: unknown resource `custmers` (did you mean `customers`?)",
        ]),
        refused(&["a.toml:1:1: this policy has no agent"; 21]),
        Event::PoliciesMended { fingerprint: "ab".repeat(32) },
        Event::TokenIssued { token: token(), agent: agent(), expires: Some(at), from: None },
        Event::TokenIssued { token: token(), agent: agent(), expires: None, from: None },
        Event::TokenNotIssued { token: token(), agent: agent() },
        Event::TokenRevoked { token: token(), agent: agent() },
    ];
    let lines = events.map(|event| {
        let code = event.code();
        format!("{code}: {}", event.record(RecordId::floor(at), at).sentence)
    });
    insta::assert_snapshot!(lines.join("\n"), @r"
    gateway_started: The gateway started (Kustodian 1.2.3).
    gateway_continued: The gateway goes on in a new chain: it had been silent for so long that it was taken for dead.
    gateway_stopped: The gateway stopped.
    policies_loaded: The gateway loaded no policies (nobody may do anything), the first on record.
    policies_loaded: The gateway loaded 1 policy (policies/a.toml); nothing has changed.
    policies_loaded: The gateway loaded 3 policies (a.toml to c.toml); a: notes read to full; c: added.
    policies_loaded: The gateway loaded 2 policies (a.toml to b.toml); a: removed; a: removed; a: removed; a: removed; a: removed; a: removed; a: removed; a: removed; a: removed; a: removed; a: removed; a: removed; a: removed; a: removed; a: removed; a: removed; a: removed; a: removed; a: removed; a: removed; and 2 more changes.
    policies_refused: The policy files cannot be used, so what was in force stays: policies/bot.toml:5:1: unknown resource `custmers` (did you mean `customers`?).
    policies_refused: The policy files cannot be used, so what was in force stays: a.toml:1:1: this policy has no agent; a.toml:1:1: this policy has no agent; a.toml:1:1: this policy has no agent; a.toml:1:1: this policy has no agent; a.toml:1:1: this policy has no agent; a.toml:1:1: this policy has no agent; a.toml:1:1: this policy has no agent; a.toml:1:1: this policy has no agent; a.toml:1:1: this policy has no agent; a.toml:1:1: this policy has no agent; a.toml:1:1: this policy has no agent; a.toml:1:1: this policy has no agent; a.toml:1:1: this policy has no agent; a.toml:1:1: this policy has no agent; a.toml:1:1: this policy has no agent; a.toml:1:1: this policy has no agent; a.toml:1:1: this policy has no agent; a.toml:1:1: this policy has no agent; a.toml:1:1: this policy has no agent; a.toml:1:1: this policy has no agent; and 1 more problem.
    policies_mended: The policy files can be used again, and say what has been in force all the while.
    token_issued: A token was issued to bot: tok_1, until 1970-01-01T00:00:00Z.
    token_issued: A token was issued to bot: tok_1, without an end.
    token_not_issued: The token tok_1 was not issued to bot after all.
    token_revoked: The token tok_1 of bot was revoked.
    ");
}

#[test]
fn a_request_that_was_given_up_before_it_was_forwarded() {
    let opened = sentence::opened(&read_customer());
    insta::assert_snapshot!(sentence::not_forwarded(&opened));
}

#[test]
fn every_kind_of_denial() {
    let expired = decide_at("2027-07-01T00:00:00Z", "GET", &format!("/v1/customers/{ID}"));
    let lines = [
        denied("DELETE", &format!("/v1/customers/{ID}")),
        denied("DELETE", &format!("/v1/conversations/{ID}")),
        denied("POST", "/v1/messages"),
        denied("GET", "/v1/customers/email=ada@example.com/drafts"),
        denied("GET", "/v1/no-such-thing"),
        denied("HEAD", &format!("/v1/customers/{ID}")),
        sentence::denied(&denial(expired)),
    ];
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn a_request_over_the_limit() {
    let wait = Duration::from_millis(2100);
    insta::assert_snapshot!(sentence::limited(&read_customer(), wait));
}

#[test]
fn every_way_to_fail_to_prove_who_one_is() {
    let lines: Vec<_> = Unproven::all()
        .flat_map(|why| {
            [None, Some("Support Agent")]
                .map(|name| sentence::unauthenticated(name, "192.0.2.7", why))
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn requests_that_were_counted_and_not_recorded_one_by_one() {
    let at = |text: &str| text.parse().unwrap();
    let (since, until) = (at("2026-11-24T12:00:00Z"), at("2026-11-24T12:01:00Z"));
    let said = |addresses, requests| sentence::refused_more(addresses, requests, since, until);
    let stopped = at("2026-11-24T12:00:43.75Z");
    insta::assert_snapshot!(
        [
            said("203.0.113.9", 5213),
            said("203.0.113.9", 1),
            said("2001:db8:1:2::/64", 2),
            said("other addresses", 1_234_567),
            sentence::refused_more("203.0.113.9", 100, since, stopped),
        ]
        .join("\n")
    );
}

#[test]
fn a_request_that_cannot_be_read() {
    let defect = Catalogue::builtin().identify("GET", "/v1/customers/../users").unwrap_err();
    let why = defect.to_string();
    insta::assert_snapshot!(format!(
        "{}\n{}",
        sentence::malformed(Some("Support Agent"), "192.0.2.7", &why),
        sentence::malformed(None, "192.0.2.7", "there is more than one Authorization header")
    ));
}

#[test]
fn a_request_that_ended_before_it_was_decided() {
    let lines =
        Undecided::ALL.map(|why| sentence::undecided(Some("Support Agent"), "192.0.2.7", why));
    let unknown = sentence::undecided(None, "192.0.2.7", Undecided::AgentLeft);
    insta::assert_snapshot!(format!("{}\n{unknown}", lines.join("\n")), @r"
    Support Agent was refused: the gateway failed inside before the request was on record; nothing was sent to Kustomer.
    Support Agent left before its request was decided; nothing was sent to Kustomer.
    Support Agent was cut off: its time was up before its request was decided; nothing was sent to Kustomer.
    Support Agent was cut off: the gateway stopped before the request was decided; nothing was sent to Kustomer.
    An unknown caller at 192.0.2.7 left before its request was decided; nothing was sent to Kustomer.
    ");
}

#[test]
fn what_a_request_says_cannot_forge_words() {
    let path = "/v1/x.%20Admin%20Bot%20deleted%20everything";
    let unknown = Catalogue::builtin().identify("GET", "/v1/x(Admin'Bot)deleted!");
    let Ok(identified) = unknown else { panic!("{path}") };
    let facts = Facts::at("2026-11-23T12:00:00Z".parse().unwrap());
    let decision = policy::decide(&policy(), identified, &facts);
    insta::assert_snapshot!(sentence::denied(&denial(decision)));
}
