//! What `kustodian policy test`, which decides as `kustodian explain` does, says of very many requests
//! under very many policies.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use catalogue::Identified;
use gateway::refusal::{denial_code, reason_code};
use policy::{Decision, Policy, Reason, decide, worth_reading};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::asked::{Question, facts, questions};
use super::drawn::{Tick, Written, instant, ticks, written};
use super::zone;
use crate::support::program::Installation;

/// How many policies there are.
const POLICIES: usize = 60;

/// Settings in which agents may be observed, and the zone of the rules.
const SETTINGS: &str = "[policies]\nallow_observe = true\ntime_zone = \"Etc/GMT-5\"\n";

/// What the gateway decides; none where the request is refused before.
fn decision(policy: &Arc<Policy>, question: &Question, at: Tick) -> Option<Decision> {
    let zone = zone();
    let facts = facts(question, at, &zone);
    let unread = question.identified()?;
    let is_read = match &unread {
        Identified::Known(asked) => worth_reading(policy, asked, &facts),
        Identified::Unknown(_) => false,
    };
    let asked = if is_read { question.read(policy, &facts)? } else { unread };
    Some(decide(policy, asked, &facts))
}

/// The test of a question: what is expected is what was decided.
fn test(id: &str, question: &Question, at: Tick, decision: &Decision) -> String {
    let (word, reason, entry) = match decision {
        Decision::Permit(permit) => match permit.observed() {
            None => ("permitted", "granted", permit.grants().next().map(|it| it.entry)),
            Some(reason) => ("observed", reason_code(reason), lacking(reason)),
        },
        Decision::Denial(denial) => ("denied", denial_code(denial), lacking(denial.reason())),
    };
    let mut text = format!(
        "[[test]]\nagent = \"{id}\"\nmethod = \"{}\"\npath = \"{}\"\nat = {}\n\
         expect = \"{word}\"\nreason = \"{reason}\"\n",
        question.method,
        question.target,
        instant(at)
    );
    let body = question.body.as_ref().map(|body| format!("body = '{body}'"));
    let address = question.address.map(|address| format!("address = \"{address}\""));
    let entry = entry.map(|entry| format!("entry = \"{}\"", entry.name));
    for line in [body, address, entry].into_iter().flatten() {
        writeln!(text, "{line}").expect("text takes text");
    }
    text
}

fn lacking(reason: &Reason) -> Option<&policy::Entry> {
    reason.lacks().first().and_then(|lack| lack.entry.as_deref())
}

#[test]
fn a_policy_test_expects_of_every_request_what_the_gateway_decides() {
    let nowhere = SocketAddr::from(([127, 0, 0, 1], 1));
    let installation = Installation::new(nowhere, "not-a-real-key-0123456789", &[], SETTINGS);
    for folder in ["policies/tests", "policies/roles"] {
        std::fs::create_dir_all(installation.folder().join(folder)).expect("a folder");
    }
    let drawn = vec((written(24), vec((questions(), ticks()), 24)), POLICIES);
    let drawn = drawn.new_tree(&mut TestRunner::deterministic()).expect("policies").current();
    let (mut tests, mut count) = (String::new(), 0);
    for (at, (written, asked)) in drawn.iter().enumerate() {
        let id = format!("bot-{at}");
        for (name, text) in Written::files(written, &id) {
            installation.write(&format!("policies/{name}"), &text);
        }
        let policy = written.policy();
        for (question, at) in asked {
            if let Some(decision) = decision(&policy, question, *at) {
                tests.push_str(&test(&id, question, *at, &decision));
                count += 1;
            }
        }
    }
    assert!(count > 1000, "{count}");
    installation.write("policies/tests/all.toml", &tests);
    let ended = installation.run(&["policy", "test"]);
    let failed: Vec<&str> = ended.out.lines().filter(|line| !line.starts_with("  ok")).collect();
    assert_eq!(ended.code, 0, "{}{}", failed.join("\n"), ended.err);
    assert!(ended.out.contains(&format!("ok: {count} passed, 0 failed")), "{}", failed.join("\n"));
}
