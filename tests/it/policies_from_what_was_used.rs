//! Policies from the trail of a real gateway: what was used is permitted by what is suggested, and
//! nothing else; grants that nothing used are found; and a candidate is told by what was really asked.

use std::sync::Arc;

use sandbox::Sandbox;
use serde_json::Value;

use crate::support::client::Client;
use crate::support::clock::HandClock;
use crate::support::postgres::postgres;
use crate::support::program::{Ended, Installation};
use crate::support::world::{ID, start_sandbox};

/// Grants much more than the agent will use.
const WIDE: &str = "\
[access]
customers = \"full\"
conversations = \"full\"
kobjects = \"write\"
messages = \"full\"
notes = \"full\"
search = \"read\"
[actions]
delete_customers = \"full\"
[limits]
requests = \"600/min\"
in_flight = 7 # as many as it has workers";

/// What the agent does.
const USED: [(&str, &str); 6] = [
    ("GET /v1/customers/{id}", ""),
    ("GET /v1/customers", ""),
    ("POST /v1/customers/search", r#"{"queryContext":"customer"}"#),
    ("GET /v1/klasses/order/{id}", ""),
    ("PUT /v1/conversations/{id}", r#"{"name":"A parcel"}"#),
    ("POST /v1/conversations/{id}/notes", r#"{"body":"called"}"#),
];

/// What it may do and does not.
const UNUSED: [(&str, &str); 7] = [
    ("DELETE /v1/customers/{id}", ""),
    ("PUT /v1/customers/{id}", r#"{"name":"Ada"}"#),
    ("GET /v1/klasses/invoice/{id}", ""),
    ("GET /v1/conversations", ""),
    ("PUT /v1/conversations/{id}", r#"{"deleted":true}"#),
    ("DELETE /v1/notes/{id}", ""),
    ("GET /v1/users", ""),
];

/// An installation whose agent `bot` has this policy, and the Kustomer behind it.
async fn installation(tables: &str) -> (Installation, Sandbox) {
    let (sandbox, at) = start_sandbox(&Arc::new(HandClock::new())).await;
    let installation = Installation::new(at, &sandbox.admin_key(), &[("bot", tables)], "");
    (installation, sandbox)
}

/// Makes calls in one life of the gateway; whether each was permitted.
async fn make(installation: &Installation, token: &str, calls: &[(&str, &str)]) -> Vec<bool> {
    let mut serving = installation.serve();
    let client = Client::new(serving.agents);
    let mut permitted = Vec::new();
    for (line, body) in calls {
        let line = line.replace("{id}", ID);
        let headers = [("content-type", "application/json")];
        let headers = if body.is_empty() { &[][..] } else { &headers[..] };
        let answer = client.send(&line, Some(token), headers, (*body).into()).await;
        permitted.push(answer.header("kustodian-decision") == "permitted");
    }
    // What came of each request is on record when the gateway has stopped.
    assert_eq!(serving.stop(), Some(0), "{}", serving.log());
    permitted
}

#[track_caller]
fn json(ended: &Ended) -> Value {
    let text = &ended.out;
    serde_json::from_str(text).unwrap_or_else(|why| panic!("no JSON ({why}): {text}{}", ended.err))
}

/// Suggests from what was used, and puts that in force.
async fn the_suggestion_permits_what_was_used_and_nothing_else(
    installation: &Installation,
    style: &str,
) {
    let token = installation.token("bot");
    assert_eq!(make(installation, &token, &USED).await, [true; USED.len()]);
    let candidate = format!("{style}/bot.toml");
    std::fs::create_dir(installation.folder().join(style)).expect("a new folder");
    let suggest = ["policy", "suggest", "bot", "--style", style, "--out", &candidate];
    let suggested = installation.run(&suggest);
    assert_eq!(suggested.code, 0, "{}{}", suggested.out, suggested.err);
    let again = installation.run(&suggest);
    assert!(again.code == 2 && again.err.contains("is there already"), "{}", again.err);

    let replayed = installation.run(&["policy", "replay", style]);
    assert_eq!(replayed.code, 0, "{}{}", replayed.out, replayed.err);
    assert!(replayed.out.contains("no answer would change"), "{}", replayed.out);
    let text = std::fs::read_to_string(installation.folder().join(&candidate)).expect("a file");
    for kept in ["owner = \"bot@example.com\"", "in_flight = 7 # as many as it has workers"] {
        assert!(text.contains(kept), "{kept} is missing: {text}");
    }
    assert!(text.contains("6 requests that Kustomer answered"), "{text}");
    installation.write("policies/bot.toml", &text);
    assert_eq!(make(installation, &token, &USED).await, [true; USED.len()], "{text}");
    assert_eq!(make(installation, &token, &UNUSED).await, [false; UNUSED.len()], "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suggestion_permits_what_was_used_and_refuses_all_else() {
    for style in ["readable", "narrow"] {
        let (installation, _sandbox) = installation(WIDE).await;
        the_suggestion_permits_what_was_used_and_nothing_else(&installation, style).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suggestion_is_told_to_other_programs_line_by_line() {
    let (installation, _sandbox) = installation(WIDE).await;
    let token = installation.token("bot");
    let suggest = ["policy", "suggest", "bot", "--json"];
    let nothing = installation.run(&suggest);
    let said = json(&nothing);
    assert_eq!(
        (nothing.code, &said["policy"], &said["entries"]),
        (1, &Value::Null, &Vec::<Value>::new().into())
    );
    make(&installation, &token, &USED).await;
    let suggested = installation.run(&suggest);
    assert_eq!(suggested.code, 0, "{}", suggested.err);
    let said = json(&suggested);
    assert_eq!(said["agent"], "bot");
    let policy = said["policy"].as_str().expect("a policy");
    assert!(
        policy.contains("\n[access]\n") && policy.contains("owner = \"bot@example.com\""),
        "{policy}"
    );
    let entries = said["entries"].as_array().expect("a list");
    for entry in entries {
        let (name, level) = (entry["entry"].as_str(), entry["level"].as_str());
        let (name, level) = (name.expect("a name"), level.expect("a level"));
        assert!(policy.contains(name) && policy.contains(level), "{entry}");
    }
    let customers = entries.iter().find(|entry| entry["entry"] == "customers").expect("an entry");
    assert_eq!(
        (&customers["level"], &customers["evidence"][0]["refused"]),
        (&"read".into(), &0.into())
    );
    let out = ["policy", "suggest", "bot", "--json", "--out", "new.toml"];
    let written = json(&installation.run(&out));
    let file = std::fs::read_to_string(installation.folder().join("new.toml")).expect("a file");
    assert_eq!((&written["file"], &written["policy"]), (&"new.toml".into(), &file.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suggestion_is_made_from_a_trail_in_postgres_too() {
    let database = postgres();
    let (installation, _sandbox) = installation(WIDE).await;
    installation.keep_in(&database.url);
    the_suggestion_permits_what_was_used_and_nothing_else(&installation, "narrow").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_is_suggested_only_if_it_is_asked_for() {
    let (installation, _sandbox) = installation("[access]\ncustomers = \"read\"").await;
    let token = installation.token("bot");
    let nothing = installation.run(&["policy", "suggest", "bot"]);
    assert_eq!((nothing.code, nothing.out.as_str()), (1, ""));
    assert!(nothing.err.contains("bot used nothing"), "{}", nothing.err);
    let calls = [("GET /v1/customers/{id}", ""), ("DELETE /v1/customers/{id}", "")];
    assert_eq!(make(&installation, &token, &calls).await, [true, false]);
    let suggest = |more: &[&str]| {
        let ended = installation.run(&[&["policy", "suggest", "bot"], more].concat());
        assert_eq!(ended.code, 0, "{}", ended.err);
        ended.out
    };
    assert!(!suggest(&[]).contains("customers.delete"), "{}", suggest(&[]));
    let with_denied = suggest(&["--include-denied"]);
    assert!(with_denied.contains("\"customers.delete\" = \"full\""), "{with_denied}");
    assert!(with_denied.contains("# 1 request refused, the last on"), "{with_denied}");
    installation.write("policies/bot.toml", &with_denied);
    assert_eq!(make(&installation, &token, &calls).await, [true, true]);
    let unknown = installation.run(&["policy", "suggest", "bto"]);
    assert!(unknown.code == 2 && unknown.err.contains("bot"), "{}", unknown.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_is_unused_until_a_permitted_request_needs_it() {
    let (installation, _sandbox) = installation(WIDE).await;
    let token = installation.token("bot");
    let unused =
        |more: &[&str]| installation.run(&[&["policy", "unused", "--json"], more].concat());
    let entries = |ended: &Ended| -> Vec<String> {
        let json = json(ended);
        let unused = json["unused"].as_array().expect("a list");
        unused.iter().map(|it| it["entry"].as_str().expect("a text").to_owned()).collect()
    };
    make(&installation, &token, &USED[..3]).await;
    let found = unused(&[]);
    assert_eq!(found.code, 0, "{}", found.err);
    let expected = ["conversations", "kobjects", "messages", "notes", "delete_customers"];
    assert_eq!(entries(&found), expected);
    assert_eq!(json(&found)["unused"][0]["line"], 7);
    assert_eq!(unused(&["--fail"]).code, 1);
    assert_eq!(unused(&["bot", "--fail"]).code, 1);
    make(&installation, &token, &USED).await;
    make(&installation, &token, &[("DELETE /v1/customers/{id}", "")]).await;
    assert_eq!(entries(&unused(&[])), ["messages"]);
    // Nothing was used in the time to come.
    let people = installation.run(&["policy", "unused", "--for", "0s"]);
    assert!(people.out.contains("7 of 7 grants were not used"), "{}", people.out);
    assert!(people.out.contains("policies/bot.toml:"), "{}", people.out);
    assert!(people.out.contains("the trail holds records from"), "{}", people.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_unused_only_if_none_of_its_agents_used_it() {
    let (sandbox, at) = start_sandbox(&Arc::new(HandClock::new())).await;
    let agents = [("one", "roles = [\"reader\"]"), ("two", "roles = [\"reader\"]")];
    let installation = Installation::new(at, &sandbox.admin_key(), &agents, "");
    std::fs::create_dir(installation.folder().join("policies/roles")).expect("a new folder");
    let role = |id: &str, entry: &str| {
        let text = format!("[role]\nid = \"{id}\"\n[access]\n{entry} = \"read\"\n");
        installation.write(&format!("policies/roles/{id}.toml"), &text);
    };
    role("reader", "customers = \"read\"\nnotes");
    role("idle", "teams");
    let token = installation.token("one");
    make(&installation, &token, &[("GET /v1/customers", "")]).await;
    let unused = json(&installation.run(&["policy", "unused", "--json"]));
    let found = unused["unused"].as_array().expect("a list").iter();
    let found: Vec<_> = found.map(|it| (&it["role"], &it["entry"], &it["agents"])).collect();
    let (idle, reader) = (Value::from("idle"), Value::from("reader"));
    let (teams, notes) = (Value::from("teams"), Value::from("notes"));
    let (nobody, both) = (Value::from(Vec::<Value>::new()), Value::from(vec!["one", "two"]));
    assert_eq!(found, [(&idle, &teams, &nobody), (&reader, &notes, &both)]);
    let suggested = installation.run(&["policy", "suggest", "one"]).out;
    assert!(suggested.contains("# Its roles (reader) are left out"), "{suggested}");
    assert!(!suggested.contains("roles ="), "{suggested}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suggestion_says_what_narrows_the_present_policy_and_is_not_taken_over() {
    let (sandbox, at) = start_sandbox(&Arc::new(HandClock::new())).await;
    let tables = "roles = [\"slow\"]\n[access]\n\
                  customers = { level = \"read\", when = 'request.method == \"GET\"' }\n\
                  teams = { level = \"read\", expires = 2020-06-30 }\n";
    let installation = Installation::new(at, &sandbox.admin_key(), &[("bot", tables)], "");
    std::fs::create_dir(installation.folder().join("policies/roles")).expect("a new folder");
    let role = "[role]\nid = \"slow\"\n[limits]\nrequests = \"9/min\"\n";
    installation.write("policies/roles/slow.toml", role);
    let token = installation.token("bot");
    assert_eq!(make(&installation, &token, &[("GET /v1/customers", "")]).await, [true]);
    let suggested = installation.run(&["policy", "suggest", "bot"]).out;
    for line in [
        "customers = read, when request.method == \"GET\"\n",
        "teams = read, expires 2020-06-30\n",
        "requests = 9/min, of a role\n",
    ] {
        assert!(suggested.contains(line), "`{line}` is missing: {suggested}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_lists_what_a_candidate_would_answer_otherwise() {
    let (installation, _sandbox) = installation("[access]\ncustomers = \"write\"").await;
    let token = installation.token("bot");
    let calls = [
        ("GET /v1/customers/{id}", ""),
        ("PUT /v1/customers/{id}", r#"{"name":"Ada"}"#),
        ("DELETE /v1/customers/{id}", ""),
        ("GET /v1/teams", ""),
        ("PUT /v1/companies/{id}", r#"{"name":"Ada & Co"}"#),
        ("GET /v1/nonsense", ""),
        ("GET /v1/customers/../x", ""),
    ];
    let permitted = [true, true, false, false, false, false, false];
    assert_eq!(make(&installation, &token, &calls).await, permitted);
    std::fs::create_dir(installation.folder().join("candidate")).expect("a new folder");
    let agent = "[agent]\nid = \"bot\"\nowner = \"o\"\n";
    let tables = "[access]\ncustomers = \"read\"\nteams = \"read\"\ncompanies = \"write\"\n";
    installation.write("candidate/bot.toml", &format!("{agent}{tables}"));
    let replay =
        |more: &[&str]| installation.run(&[&["policy", "replay", "candidate"], more].concat());
    let replayed = json(&replay(&["--json"]));
    let requests = |part: &str| replayed[part]["requests"].as_u64().expect("a number");
    let counts = ["lost", "gained", "cannot_tell"].map(requests);
    assert_eq!(counts, [1, 1, 1], "{replayed:#}");
    assert_eq!(replayed["same"]["permitted"], 1);
    assert_eq!(replayed["same"]["refused"], 2, "the deletion, and what nobody knows");
    assert_eq!(replayed["not_replayed"]["that could not be read with certainty"], 1);
    let lost = &replayed["lost"]["groups"][0];
    assert_eq!(lost["operation"], "customers.update");
    let reason = "needs write on customers; customers is read (candidate/bot.toml:5)";
    assert_eq!(lost["reason"], reason);
    let example = lost["examples"][0]["sentence"].as_str().expect("a sentence");
    assert!(example.starts_with("Agent bot was permitted to update customer"), "{example}");
    assert_eq!(replayed["gained"]["groups"][0]["operation"], "teams.list");
    assert_eq!(replayed["cannot_tell"]["groups"][0]["operation"], "companies.update");
    check_exit_codes(&installation, &replay);
}

fn check_exit_codes(installation: &Installation, replay: &impl Fn(&[&str]) -> Ended) {
    assert_eq!(replay(&[]).code, 1);
    assert_eq!(replay(&["--fail-on", "loss"]).code, 1);
    assert_eq!(replay(&["--fail-on", "gain"]).code, 1);
    // A misspelt agent has no request, and that is no answer.
    let misspelt = replay(&["--agent", "bto"]);
    assert_eq!(misspelt.code, 2, "{}", misspelt.out);
    assert!(misspelt.err.contains("no policy speaks of an agent `bto`"), "{}", misspelt.err);
    let reversed = replay(&["--since", "1d", "--until", "2d"]);
    assert_eq!(reversed.code, 2, "{}", reversed.out);
    assert!(reversed.err.contains("--since is after --until"), "{}", reversed.err);
    let people = replay(&[]);
    for part in ["permitted -> refused: 1", "refused -> permitted: 1", "cannot be told: 1"] {
        assert!(people.out.contains(part), "{part} is missing: {}", people.out);
    }
    installation.write("candidate/bot.toml", "[agent]\nid = \"bot\"\nowner = 1\n");
    assert_eq!(replay(&[]).code, 2);
    std::fs::remove_file(installation.folder().join("candidate/bot.toml")).expect("a file");
    let without = replay(&["--fail-on", "gain"]);
    assert_eq!(without.code, 0, "{}", without.out);
    assert!(without.out.contains("no policy speaks of the agent"), "{}", without.out);
    assert_eq!(replay(&["--fail-on", "loss"]).code, 1);
}
