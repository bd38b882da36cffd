//! The program's commands, run as a user runs them: what they print, and their exit codes.

use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::Value;

use crate::support::client::Client;
use crate::support::clock::HandClock;
use crate::support::patience::eventually;
use crate::support::program::{Ended, Installation, run_in};
use crate::support::project;
use crate::support::world::{ID, start_sandbox};

const READ: &str =
    "purpose = \"Looks\"\n[access]\ncustomers = \"read\"\n[limits]\nrequests = \"60/min\"";

#[test]
fn the_demo_makes_its_calls_and_all_come_out_as_promised() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let ended = run_in(folder.path(), &["demo", "--run", "--dir", "demo"]);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    assert!(ended.out.contains("calls came out as promised"), "{}", ended.out);
    assert!(ended.out.contains("Support Agent was refused: deleting customer"), "{}", ended.out);
    // The records are there for later.
    let listed = run_in(&folder.path().join("demo"), &["audit", "list", "--json"]);
    assert!(listed.out.lines().count() >= 12, "{}{}", listed.out, listed.err);
}

#[test]
fn explain_answers_with_its_exit_code_and_in_the_words_of_the_record() {
    let installation = installation(nowhere());
    let customer = format!("/v1/customers/{ID}");
    for (agent, method, path, code, words) in [
        ("bot", "GET", customer.as_str(), 0, "read on customers"),
        ("bot", "DELETE", customer.as_str(), 1, "needs full on customers; its policy grants read"),
        ("bot", "GET", "/v1/users", 1, "its policy grants nothing there"),
        ("bot", "GET", "/v1/nonsense", 1, "no operation that Kustodian knows"),
        ("bot", "GET", "/v1/customers/../users", 1, "`.` or `..` segment"),
    ] {
        let ended = installation.run(&["explain", agent, method, path]);
        assert_eq!(ended.code, code, "{method} {path}: {}{}", ended.out, ended.err);
        let out = ended.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(out.contains(words), "{words} is missing: {}", ended.out);
    }
    let unknown = installation.run(&["explain", "bto", "GET", "/v1/users"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains(" bot"), "{}", unknown.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_says_what_the_running_gateway_does() {
    let (sandbox, at) = start_sandbox(&Arc::new(HandClock::new())).await;
    let installation = Installation::new(at, &sandbox.admin_key(), &[("bot", READ)], "");
    let token = installation.token("bot");
    let serving = installation.serve();
    let client = Client::new(serving.agents);
    for line in [
        format!("GET /v1/customers/{ID}"),
        format!("DELETE /v1/customers/{ID}"),
        "POST /v1/customers".to_owned(),
        "GET /v1/conversations".to_owned(),
        "GET /v1/nonsense".to_owned(),
        "GET /v1/customers/%2e/x".to_owned(),
    ] {
        let (method, path) = line.split_once(' ').expect("two words");
        let explained = installation.run(&["explain", "bot", method, path, "--json"]);
        let explained = json(&explained.out);
        let answer = client.send(&line, Some(&token), &[], Vec::new()).await;
        assert_eq!(explained["decision"], answer.header("kustodian-decision"), "{line}");
        if answer.header("kustodian-decision") != "permitted" {
            assert_eq!(explained["sentence"], answer.json()["detail"], "{line}");
            assert_eq!(explained["reason"], answer.code(), "{line}");
        }
    }
}

#[test]
fn the_matrix_has_a_line_for_each_operation_and_knows_the_agents() {
    let installation = installation(nowhere());
    let all = installation.run(&["matrix", "--json"]);
    assert_eq!((all.code, all.out.lines().count()), (0, 270));
    let bot = installation.run(&["matrix", "bot", "--json"]);
    let rows: Vec<Value> = bot.out.lines().map(json).collect();
    assert_eq!(rows.len(), 270);
    let permitted = rows.iter().filter(|row| row["permitted"] == true);
    let resources: std::collections::BTreeSet<_> =
        permitted.filter_map(|row| row["resource"].as_str()).collect();
    assert_eq!(resources.into_iter().collect::<Vec<_>>(), ["customers"]);
    assert_eq!(installation.run(&["matrix", "nobody"]).code, 2);
    assert!(installation.run(&["matrix"]).out.contains("customers.delete"));
}

#[test]
fn the_catalogue_is_listed_and_shown() {
    let installation = installation(nowhere());
    let listed = installation.run(&["catalogue", "list", "--json"]);
    assert_eq!((listed.code, listed.out.lines().count()), (0, 270));
    let shown = json(&installation.run(&["catalogue", "show", "customers.update", "--json"]).out);
    assert_eq!(shown["path"], "/v1/customers/{id}");
    assert_eq!(shown["level"], "write");
    let unknown = installation.run(&["catalogue", "show", "customers.updat"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("did you mean `customers.update`"), "{}", unknown.err);
}

#[test]
fn a_token_is_printed_alone_and_once() {
    let installation = installation(nowhere());
    let issued =
        installation.run(&["token", "issue", "bot", "--expires", "90d", "--note", "for the inbox"]);
    assert_eq!(issued.code, 0, "{}", issued.err);
    let token = issued.out.trim_end_matches('\n');
    assert!(gateway::token::Token::parse(token).is_some(), "{:?}", issued.out);
    assert!(!issued.err.contains(token));
    let listed = installation.run(&["token", "list", "--json"]);
    assert!(!listed.out.contains("kst_"), "{}", listed.out);
    let row = json(&listed.out);
    assert_eq!((row["agent"].as_str(), row["note"].as_str()), (Some("bot"), Some("for the inbox")));
    let id = row["id"].as_str().expect("an id");
    assert!(issued.err.contains(id), "{}", issued.err);
    assert_eq!(installation.run(&["token", "revoke", id]).code, 0);
    let row = json(&installation.run(&["token", "list", "--json"]).out);
    assert_eq!(row["state"], "revoked");
    assert_eq!(installation.run(&["token", "revoke", "tok_none"]).code, 1);
    assert_eq!(installation.run(&["token", "issue", "bto"]).code, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_issued_and_revoked_by_command_acts_on_the_running_gateway() {
    let (sandbox, at) = start_sandbox(&Arc::new(HandClock::new())).await;
    let installation = Installation::new(at, &sandbox.admin_key(), &[("bot", READ)], "");
    let serving = installation.serve();
    let client = Client::new(serving.agents);
    let token = installation.token("bot");
    let status =
        async || client.send("GET /v1/customers", Some(&token), &[], Vec::new()).await.status;
    eventually("the token to work", async || (status().await == 200).then_some(())).await;
    let row = json(&installation.run(&["token", "list", "--json"]).out);
    installation.run(&["token", "revoke", row["id"].as_str().expect("an id")]);
    eventually("the token to be dead", async || (status().await == 401).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_as_json_has_the_documented_fields() {
    let (sandbox, at) = start_sandbox(&Arc::new(HandClock::new())).await;
    let installation = Installation::new(at, &sandbox.admin_key(), &[("bot", READ)], "");
    let token = installation.token("bot");
    let mut serving = installation.serve();
    let client = Client::new(serving.agents);
    let id = sandbox.seeded().customers[0].id.clone();
    let (read, delete) =
        (format!("GET /v1/customers/{id}?x=y"), format!("DELETE /v1/customers/{id}"));
    let permitted = client.send(&read, Some(&token), &[], Vec::new()).await;
    let permitted = permitted.request_id().to_string();
    client.send(&delete, Some(&token), &[], Vec::new()).await;
    client.send("GET /v1/customers", None, &[], Vec::new()).await;
    assert_eq!(serving.stop(), Some(0), "{}", serving.log());

    let record = json(&installation.run(&["audit", "show", &permitted, "--json"]).out);
    assert_eq!(record["id"], permitted.as_str());
    assert_eq!(record["request_id"], permitted.as_str());
    assert_eq!(record["agent"], "bot");
    assert_eq!(record["path"], format!("/v1/customers/{id}"));
    assert_eq!(record["targets"], serde_json::json!([id]));
    assert_eq!(record["decision"], "permitted");
    assert_eq!(record["policy"]["line"], 7);
    assert_eq!(record["outcome"]["status"], 200);
    assert!(record["at"].as_str().is_some_and(|at| at.ends_with('Z')), "{record}");
    let documented = project::read("docs/audit-record.md");
    for field in fields(&record) {
        assert!(documented.contains(&format!("`{field}`")), "docs/audit-record.md lacks {field}");
    }
    check_filters(&installation);
    check_export(&installation);
}

#[test]
fn check_says_with_its_exit_code_whether_the_gateway_would_start() {
    let good = installation(nowhere());
    let checked = good.run(&["check"]);
    assert_eq!(checked.code, 0, "{}{}", checked.out, checked.err);
    good.write("policies/bot.toml", "[agent]\nid = \"bot\"\n[access]\ncustomer = \"read\"\n");
    let checked = good.run(&["check"]);
    assert_eq!(checked.code, 1);
    for part in
        ["bot.toml:4:1", "unknown resource `customer`", "did you mean `customers`?", "owner"]
    {
        assert!(checked.out.contains(part), "{part} is missing: {}", checked.out);
    }
    assert_eq!(good.run(&["check", "--json"]).code, 1);
    assert_eq!(good.run(&["check", "--config", "nowhere.toml"]).code, 2);
    let samples = project::root().join("policies").display().to_string();
    assert_eq!(run_in(good.folder(), &["check", "--policies", &samples]).code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn health_is_asked_by_the_program_itself() {
    let installation = installation(nowhere());
    let mut serving = installation.serve();
    let url = format!("http://{}/health", serving.admin);
    let ended = installation.run(&["health", "--url", &url]);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    serving.kill();
    let code = installation.run(&["health", "--url", &url]).code;
    assert!(matches!(code, 1 | 2), "{code}");
}

#[test]
fn there_are_completions_for_the_usual_shells() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for shell in ["bash", "zsh", "fish"] {
        let ended = run_in(folder.path(), &["completions", shell]);
        assert_eq!(ended.code, 0, "{shell}: {}", ended.err);
        assert!(ended.out.contains("kustodian") && ended.out.contains("explain"), "{shell}");
    }
}

#[test]
fn every_command_has_help_with_an_example() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for command in [
        &["demo"][..],
        &["serve"],
        &["sandbox"],
        &["check"],
        &["explain"],
        &["matrix"],
        &["catalogue", "list"],
        &["catalogue", "show"],
        &["policy", "diff"],
        &["policy", "test"],
        &["agent", "new"],
        &["agent", "list"],
        &["agent", "show"],
        &["agent", "set"],
        &["agent", "suspend"],
        &["agent", "resume"],
        &["token", "issue"],
        &["token", "list"],
        &["token", "revoke"],
        &["audit", "list"],
        &["audit", "tail"],
        &["audit", "show"],
        &["audit", "stats"],
        &["audit", "export"],
        &["health"],
        &["completions"],
    ] {
        let arguments = [command, &["--help"]].concat();
        let ended = run_in(folder.path(), &arguments);
        assert_eq!(ended.code, 0, "{command:?}");
        let example = format!("  kustodian {}", command.join(" "));
        assert!(ended.out.contains(&example), "{command:?}: {}", ended.out);
    }
}

#[test]
fn a_command_that_is_no_command_cannot_be_answered() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Ended { code, err, .. } = run_in(folder.path(), &["explian"]);
    assert_eq!(code, 2);
    assert!(err.contains("explain"), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn serve_stops_on_a_signal_and_says_so_with_its_exit_code() {
    let installation = installation(nowhere());
    let mut serving = installation.serve();
    assert_eq!(serving.stop(), Some(0), "{}", serving.log());
}

/// Three requests were made: one permitted, one denied, one without a token.
fn check_filters(installation: &Installation) {
    let count = |more: &[&str]| {
        let ended = installation.run(&[&["audit", "list", "--json"], more].concat());
        assert_eq!(ended.code, 0, "{more:?}: {}", ended.err);
        requests(&ended.out).len()
    };
    assert_eq!(count(&[]), 3);
    assert_eq!(count(&["--limit", "2"]), 1, "the newest of all is that the gateway stopped");
    assert_eq!(count(&["--agent", "bot"]), 2);
    assert_eq!(count(&["--decision", "denied"]), 1);
    assert_eq!(count(&["--operation", "customers.get"]), 1);
    assert_eq!(count(&["--since", "1h"]), 3);
    assert_eq!(count(&["--until", "1h"]), 0);
    assert_eq!(count(&["--agent", "nobody"]), 0);
    assert_eq!(count(&["--resource", "customers"]), 2);
    assert_eq!(count(&["--status", "403"]), 1);
    assert_eq!(count(&["--status", "200"]), 1);
    assert_eq!(count(&["--address", "127.0.0.1"]), 3);
    assert_eq!(count(&["--address", "::1"]), 0);
    assert_eq!(count(&["--text", "WAS refused: deleting"]), 1);
    assert_eq!(count(&["--text", "%"]), 0);
    check_the_ids(&count, installation);
    let people = installation.run(&["audit", "list"]);
    assert!(people.out.contains("Agent bot was refused: deleting customer"), "{}", people.out);
    let tail = installation.run(&["audit", "tail", "-n", "2", "--json"]);
    assert_eq!(tail.out.lines().count(), 2);
    let unknown = "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071";
    assert_eq!(installation.run(&["audit", "show", unknown]).code, 1);
}

/// The same three requests, and the four notes of a life of the gateway, for other programs.
fn check_export(installation: &Installation) {
    let export = |more: &[&str]| installation.run(&[&["audit", "export"], more].concat());
    let exported = export(&[]);
    assert_eq!(exported.code, 0, "{}", exported.err);
    let listed = installation.run(&["audit", "list", "--json"]).out;
    let oldest_first: Vec<_> = listed.lines().rev().collect();
    assert_eq!(exported.out.lines().collect::<Vec<_>>(), oldest_first);
    assert!(exported.err.starts_with("exported 7 records ("), "{}", exported.err);
    assert_eq!(export(&["--decision", "denied", "--format", "csv"]).out.lines().count(), 2);
    assert_eq!(export(&["--agent", "bot", "--format", "ocsf"]).out.lines().count(), 3);

    let to_file = ["--format", "parquet", "--output", "records.parquet"];
    let first = export(&to_file);
    assert_eq!((first.code, first.out.as_str()), (0, ""), "{}", first.err);
    let file = std::fs::read(installation.folder().join("records.parquet")).expect("a file");
    assert!(file.starts_with(b"PAR1") && file.ends_with(b"PAR1"));
    let again = export(&to_file);
    assert!(again.code == 2 && again.err.contains("--force"), "{}", again.err);
    assert_eq!(export(&[&to_file[..], &["--force"]].concat()).code, 0);
}

/// The filters by an id find what the records themselves name, and pages follow one another.
fn check_the_ids(count: &impl Fn(&[&str]) -> usize, installation: &Installation) {
    let listed = installation.run(&["audit", "list", "--json"]);
    let records = requests(&listed.out);
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let deleted = &records[1];
    assert_eq!(count(&["--target", &text(&deleted["targets"][0])]), 2);
    assert_eq!(count(&["--token", &text(&deleted["token"])]), 2);
    let id = text(&deleted["id"]);
    assert_eq!(count(&["--request-id", &id]), 1);
    assert_eq!(count(&["--request-id", &id[..2]]), 3);
    assert_eq!(count(&["--before", &id]), 1);
    let page = installation.run(&["audit", "list", "--limit", "3"]);
    assert!(page.out.trim_end().ends_with(&format!("--before {id}")), "{}", page.out);
    let stats = json(&installation.run(&["audit", "stats", "--agent", "bot", "--json"]).out);
    assert_eq!((&stats["requests"], &stats["refused"]), (&2.into(), &1.into()));
}

/// The records of requests; the others are notes of the gateway's own.
fn requests(lines: &str) -> Vec<Value> {
    let mut records: Vec<Value> = lines.lines().map(json).collect();
    records.retain(|record| record["decision"] != "noted");
    records
}

/// Every field of a record, with those of its parts.
fn fields(record: &Value) -> Vec<String> {
    let object = record.as_object().expect("an object");
    let inner = ["policy", "outcome"].iter().filter_map(|part| record[part].as_object());
    object.keys().chain(inner.flat_map(|part| part.keys())).cloned().collect()
}

fn installation(upstream: SocketAddr) -> Installation {
    Installation::new(upstream, "not-a-real-key-0123456789", &[("bot", READ)], "")
}

fn nowhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 1))
}

#[track_caller]
fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|why| panic!("no JSON ({why}): {text}"))
}
