//! `kustodian policy test`: the project's own tests of its sample policies, and what goes wrong.

use std::net::SocketAddr;

use serde_json::Value;

use crate::support::program::{Ended, Installation, run_in};
use crate::support::project;
use crate::support::world::ID;

const READ: &str = "[access]\ncustomers = \"read\"\n[actions]\ndelete_customers = \"off\"";

fn installation(tests: &str) -> Installation {
    let nowhere = SocketAddr::from(([127, 0, 0, 1], 1));
    let key = "not-a-real-key-0123456789";
    let installation = Installation::new(nowhere, key, &[("bot", READ)], "");
    std::fs::create_dir(installation.folder().join("policies/tests")).expect("a folder");
    installation.write("policies/tests/bot.toml", tests);
    installation
}

fn test(installation: &Installation, more: &[&str]) -> Ended {
    installation.run(&[&["policy", "test"], more].concat())
}

/// A test of the bot, written in TOML.
fn case(name: &str, method: &str, path: &str, more: &str) -> String {
    format!(
        "[[test]]\nname = \"{name}\"\nagent = \"bot\"\nmethod = \"{method}\"\npath = \"{path}\"\n{more}\n"
    )
}

fn lines(ended: &Ended) -> Vec<Value> {
    let lines = ended.out.lines();
    lines.map(|line| serde_json::from_str(line).expect("an object on each line")).collect()
}

#[test]
fn the_sample_policies_pass_their_tests_and_every_sample_has_some() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let policies = project::root().join("policies").display().to_string();
    let line = ["policy", "test", "--policies", &policies];
    let ended = run_in(folder.path(), &line);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    assert!(ended.out.contains(" passed, 0 failed"), "{}", ended.out);
    let ended = run_in(folder.path(), &[&line[..], &["--json"]].concat());
    for sample in ["admin-bot", "support-agent", "triage-bot"] {
        let is_tested = lines(&ended).iter().any(|line| line["agent"] == sample);
        assert!(is_tested, "{sample} has no test");
    }
}

#[test]
fn a_test_that_fails_says_what_was_decided_and_why_and_where_it_stands() {
    let path = format!("/v1/customers/{ID}");
    let good = case("reads", "GET", &path, "expect = \"permitted\"\nentry = \"customers\"");
    let bad = case("deletes", "DELETE", &path, "expect = \"permitted\"");
    let installation = installation(&format!("{good}{bad}"));
    let ended = test(&installation, &[]);
    assert_eq!(ended.code, 1, "{}", ended.err);
    for part in [
        "ok      reads",
        "FAILED  deletes",
        "expected permitted (policies/tests/bot.toml:8)",
        "denied: Agent bot was refused: deleting customer",
        "FAILED: 1 passed, 1 failed",
    ] {
        assert!(ended.out.contains(part), "`{part}` is missing: {}", ended.out);
    }
    let only = test(&installation, &["--filter", "reads"]);
    assert_eq!(only.code, 0, "{}", only.out);
    assert!(only.out.contains("1 passed, 0 failed, 1 left out"), "{}", only.out);
    let json = lines(&test(&installation, &["--json"]));
    assert_eq!((&json[1]["ok"], &json[1]["decision"]), (&false.into(), &"denied".into()));
    assert_eq!((&json[2]["passed"], &json[2]["ok"]), (&1.into(), &false.into()));
}

#[test]
fn the_reason_and_the_entry_have_to_be_those_that_are_expected() {
    let path = format!("/v1/customers/{ID}");
    let check = |more: &str| {
        let installation = installation(&case("deletes", "DELETE", &path, more));
        test(&installation, &[])
    };
    let right = "expect = \"denied\"\nreason = \"level_too_low\"\nentry = \"delete_customers\"";
    assert_eq!(check(right).code, 0);
    let reason = check("expect = \"denied\"\nreason = \"not_granted\"");
    assert_eq!(reason.code, 1);
    assert!(
        reason.out.contains("the reason not_granted, and it is level_too_low"),
        "{}",
        reason.out
    );
    let entry = check("expect = \"denied\"\nentry = \"customers\"");
    assert_eq!(entry.code, 1);
    assert!(entry.out.contains("and it is delete_customers"), "{}", entry.out);
}

#[test]
fn query_body_and_time_of_a_test_count() {
    let path = format!("/v1/customers/{ID}");
    let search = "/v1/customers/search";
    let tests = [
        case("replaces", "PUT", &format!("{path}?replace=true"), "expect = \"denied\""),
        case(
            "searches twice",
            "POST",
            search,
            "body = '{\"a\": 1, \"a\": 2}'\nexpect = \"denied\"",
        ),
        case(
            "later",
            "GET",
            &path,
            "at = 2027-07-01\nexpect = \"denied\"\nreason = \"agent_expired\"",
        ),
        case("in time", "GET", &path, "at = 2027-06-30T23:59:59Z\nexpect = \"permitted\""),
    ];
    let installation = installation(&tests.concat());
    let agent = format!("[agent]\nid = \"bot\"\nowner = \"ops\"\nexpires = 2027-06-30\n{READ}");
    installation.write("policies/bot.toml", &agent);
    let ended = test(&installation, &["--at", "2026-12-01T00:00:00Z"]);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
}

#[test]
fn coverage_names_what_no_test_touches_and_can_be_required() {
    let path = format!("/v1/customers/{ID}");
    let installation = installation(&case("reads", "GET", &path, "expect = \"permitted\""));
    let shown = test(&installation, &["--coverage"]);
    assert_eq!(shown.code, 0, "{}", shown.out);
    assert!(shown.out.contains("bot: 1 of 6 operations"), "{}", shown.out);
    assert!(shown.out.contains("customers: get_by_email, "), "{}", shown.out);
    assert!(shown.out.contains("in all: 1 of 270"), "{}", shown.out);
    let required = test(&installation, &["--require-coverage", "granted"]);
    assert_eq!(required.code, 1, "{}", required.out);
    assert!(required.out.contains("not covered"), "{}", required.out);
    let tags = "[agent]\nid = \"bot\"\nowner = \"ops\"\n[access]\ntags = \"read\"\n";
    installation.write("policies/bot.toml", tags);
    let all = case("lists", "GET", "/v1/tags", "expect = \"permitted\"");
    installation.write("policies/tests/bot.toml", &all);
    let required = test(&installation, &["--require-coverage", "granted"]);
    assert_eq!(required.code, 0, "{}{}", required.out, required.err);
}

#[test]
fn mistakes_in_a_file_of_tests_are_shown_with_their_place_and_all_at_once() {
    let text = "agent = \"bto\"\n[[test]]\nmethod = \"GET\"\npath = \"https://x/v1/tags\"\n\
                expect = \"permited\"\nbdy = \"x\"\nat = 2027-01-01T00:00:00\n[[test]]\nexpect = \"denied\"\n";
    let ended = test(&installation(text), &[]);
    assert_eq!(ended.code, 2);
    for part in [
        "bot.toml:1:9",
        "no policy speaks of an agent `bto`",
        "bot.toml:4:8",
        "did you mean `permitted`?",
        "did you mean `body`?",
        "bot.toml:7:6",
        "lacks the key `method`",
        "lacks the key `path`",
    ] {
        assert!(ended.err.contains(part), "`{part}` is missing: {}", ended.err);
    }
    let text = "agent = \"bot\"\n[[test]]\nmethod = \"get\"\npath = \"/v1/tags\"\nbody = { a = 1 }\n\
                expect = \"allowed\"\nat = \"2027\"\n";
    let ended = test(&installation(text), &[]);
    for part in [
        "did you mean `GET`?",
        "write it as one text, in quotes: body = '...'",
        "did you mean `permitted`?",
        "write it like at = 2027-06-30",
    ] {
        assert!(ended.err.contains(part), "`{part}` is missing: {}", ended.err);
    }
    let empty = test(&installation("# nothing yet\n"), &[]);
    assert!(empty.code == 2 && empty.err.contains("[[test]]"), "{}", empty.err);
}

#[test]
fn without_a_test_nothing_is_answered() {
    let path = format!("/v1/customers/{ID}");
    let installation = installation(&case("reads", "GET", &path, "expect = \"permitted\""));
    assert_eq!(test(&installation, &["--filter", "nothing"]).code, 2);
    assert_eq!(test(&installation, &["no/such/file.toml"]).code, 2);
    std::fs::remove_dir_all(installation.folder().join("policies/tests")).expect("it is there");
    let ended = test(&installation, &[]);
    assert!(ended.code == 2 && ended.err.contains("there are no tests in"), "{}", ended.err);
}
