//! `kustodian agent`: what it writes is right before it is in its place, and what it changes is one line.

use std::net::SocketAddr;

use serde_json::Value;

use crate::support::client::Client;
use crate::support::program::{Ended, Installation, set_mode};

const POLICY: &str = "\
# Kept as it is.
[agent]
id    = \"bot\"
owner = \"ops\"          # whom to ask

[access]
customers = \"read\"     # who writes in
# The end.
";

fn installation() -> Installation {
    let nowhere = SocketAddr::from(([127, 0, 0, 1], 1));
    let key = "not-a-real-key-0123456789";
    let installation = Installation::new(nowhere, key, &[("bot", "")], "");
    installation.write("policies/bot.toml", POLICY);
    installation
}

fn agent(installation: &Installation, line: &[&str]) -> Ended {
    installation.run(&[&["agent"], line].concat())
}

fn read(installation: &Installation, name: &str) -> String {
    std::fs::read_to_string(installation.folder().join(name)).expect("the file is there")
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|why| panic!("no JSON ({why}): {text}"))
}

/// What is in the folder of policies.
fn files(installation: &Installation) -> Vec<String> {
    let folder = installation.folder().join("policies");
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_new_agent_has_a_policy_that_grants_what_was_asked_for_and_a_token_printed_alone() {
    let installation = installation();
    let made = agent(
        &installation,
        &[
            "new",
            "order-bot",
            "--owner",
            "orders@example.com",
            "--purpose",
            "Looks up \"orders\"",
            "--allow",
            "kobjects=read",
            "--allow",
            "kobjects.order=write",
            "--allow",
            "reply_to_customers=full",
            "--allow",
            "customers.delete=off",
            "--expires",
            "2099-06-30",
        ],
    );
    assert_eq!(made.code, 0, "{}", made.err);
    let token = made.out.trim_end_matches('\n');
    assert!(gateway::token::Token::parse(token).is_some(), "{:?}", made.out);
    assert!(made.err.contains("wrote policies/order-bot.toml"), "{}", made.err);
    assert!(!made.err.contains(token));
    let text = read(&installation, "policies/order-bot.toml");
    for part in
        ["# What order-bot may do", "expires = 2099-06-30", "\"kobjects.order\" = \"write\""]
    {
        assert!(text.contains(part), "`{part}` is missing: {text}");
    }
    assert_eq!(installation.run(&["explain", "order-bot", "GET", "/v1/klasses"]).code, 1);
    assert_eq!(installation.run(&["explain", "order-bot", "GET", "/v1/users"]).code, 1);
    let shown = json(&agent(&installation, &["show", "order-bot", "--json"]).out);
    assert_eq!(shown["name"], "Order Bot");
    assert_eq!(shown["purpose"], "Looks up \"orders\"");
    assert_eq!(shown["tokens"][0]["live"], true);
    let checked = installation.run(&["check", "--policies", "policies"]);
    assert_eq!(checked.code, 0, "{}{}", checked.out, checked.err);
}

#[test]
fn nothing_is_overwritten_and_what_would_be_wrong_is_not_written() {
    let installation = installation();
    let new = |id: &str, more: &[&str]| {
        let line = [&["new", id, "--owner", "ops", "--no-token"][..], more].concat();
        agent(&installation, &line)
    };
    let taken = new("bot", &[]);
    assert!(taken.code == 2 && taken.err.contains("has a policy already"), "{}", taken.err);
    installation.write("policies/other.toml", &POLICY.replace("\"bot\"", "\"another\""));
    let exists = new("other", &[]);
    assert_eq!(exists.code, 2, "{}", exists.err);
    assert!(read(&installation, "policies/other.toml").contains("another"));
    for (more, words) in [
        (&["--allow", "custmers=read"][..], "did you mean `customers`?"),
        (&["--allow", "customers=reed"], "is no level"),
        (&["--requests", "5/mins"], "did you mean `min`?"),
        (&["--name", "two\nlines"], "line break"),
        (&["--expires", "never"], "is no time at which something ends"),
        (&["--expires", "2020-01-01"], "is over already"),
    ] {
        let wrong = new("new-bot", more);
        assert_eq!(wrong.code, 2, "{more:?}");
        assert!(wrong.err.contains(words), "{more:?}: {}", wrong.err);
    }
    assert_eq!(new("Bad_Id", &[]).code, 2);
    assert_eq!(files(&installation), ["bot.toml", "other.toml"]);
    // A mistake in any policy is a reason to write none.
    installation.write("policies/other.toml", "[agent]\n");
    assert_eq!(new("new-bot", &[]).code, 2);
    assert_eq!(files(&installation), ["bot.toml", "other.toml"]);
}

#[test]
fn a_new_policy_names_the_schema_where_there_is_one() {
    let installation = installation();
    let schema = |id: &str| {
        let made = agent(&installation, &["new", id, "--owner", "ops", "--no-token"]);
        assert_eq!(made.code, 0, "{}", made.err);
        let text = read(&installation, &format!("policies/{id}.toml"));
        let line = text.lines().find(|line| line.starts_with("#:schema ")).map(str::to_owned);
        (line, text)
    };
    let (none, text) = schema("a-bot");
    assert_eq!(none, None, "an editor would complain of a schema that is not there");
    assert!(text.contains("kustodian schema policy > policy.schema.json"), "{text}");
    std::fs::create_dir(installation.folder().join("schemas")).expect("a folder");
    installation.write("schemas/policy.schema.json", "{}");
    let (beside, _) = schema("b-bot");
    assert_eq!(beside.as_deref(), Some("#:schema ../schemas/policy.schema.json"));
    installation.write("policies/policy.schema.json", "{}");
    let (own, _) = schema("c-bot");
    assert_eq!(own.as_deref(), Some("#:schema policy.schema.json"));
}

#[test]
fn the_token_within_an_object_is_the_same_token() {
    let installation = installation();
    let made = agent(&installation, &["new", "a-bot", "--owner", "ops", "--json"]);
    let told = json(&made.out);
    assert_eq!((&told["agent"], &told["file"]), (&"a-bot".into(), &"policies/a-bot.toml".into()));
    let token = told["token"].as_str().expect("a token");
    assert!(gateway::token::Token::parse(token).is_some());
    let none = agent(&installation, &["new", "b-bot", "--owner", "ops", "--json", "--no-token"]);
    assert_eq!(json(&none.out)["token"], Value::Null);
    let listed = agent(&installation, &["list", "--json"]).out;
    let tokens: Vec<Value> = listed.lines().map(|line| json(line)["live_tokens"].clone()).collect();
    assert_eq!(tokens, [1, 0, 0].map(Value::from));
}

#[test]
fn setting_a_level_changes_its_line_and_says_what_that_does() {
    let installation = installation();
    set_mode(&installation.folder().join("policies/bot.toml"), 0o640);
    let tried = agent(&installation, &["set", "bot", "customers=full", "--dry-run"]);
    assert_eq!(tried.code, 0, "{}", tried.err);
    assert!(tried.out.contains("+ customers = \"full\"     # who writes in"), "{}", tried.out);
    assert!(tried.out.contains("can delete"), "{}", tried.out);
    assert_eq!(read(&installation, "policies/bot.toml"), POLICY, "a try writes nothing");
    let done = agent(&installation, &["set", "bot", "customers=full"]);
    assert!(done.out.contains("wrote policies/bot.toml"), "{}", done.out);
    assert_eq!(read(&installation, "policies/bot.toml"), POLICY.replace("\"read\"", "\"full\""));
    let file = installation.folder().join("policies/bot.toml");
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(file).expect("the file").permissions(),
    );
    assert_eq!(mode & 0o777, 0o640, "who may read it is as it was");
    let again = agent(&installation, &["set", "bot", "customers=full"]);
    assert!(again.out.contains("says so already"), "{}", again.out);
    let both = agent(&installation, &["set", "bot", "notes=read", "--remove", "customers"]);
    assert_eq!(both.code, 0, "{}", both.err);
    let text = read(&installation, "policies/bot.toml");
    assert!(text.contains("notes") && !text.contains("customers"), "{text}");
    let lacks = agent(&installation, &["set", "bot", "--remove", "customers"]);
    assert!(lacks.code == 2 && lacks.err.contains("has no line for `customers`"), "{}", lacks.err);
    assert_eq!(files(&installation), ["bot.toml"], "nothing is left beside it");
}

#[test]
fn an_edit_that_would_be_wrong_or_beside_a_wrong_file_writes_nothing() {
    let installation = installation();
    installation.write("policies/other.toml", "[agent]\n");
    let beside = agent(&installation, &["set", "bot", "customers=full"]);
    assert_eq!(beside.code, 2);
    assert!(beside.err.contains("policies/other.toml:1"), "{}", beside.err);
    assert_eq!(read(&installation, "policies/bot.toml"), POLICY);
    assert_eq!(agent(&installation, &["set", "bot"]).code, 2);
    let json = agent(&installation, &["set", "bot", "customers=full", "--json"]);
    assert_eq!(json.code, 2);
}

#[test]
fn a_policy_behind_a_link_is_changed_where_it_is_and_the_link_stays() {
    let installation = installation();
    let folder = installation.folder();
    std::fs::create_dir(folder.join("kept")).expect("a folder");
    std::fs::rename(folder.join("policies/bot.toml"), folder.join("kept/bot.toml")).expect("moved");
    std::os::unix::fs::symlink("../kept/bot.toml", folder.join("policies/bot.toml"))
        .expect("a link");
    assert_eq!(agent(&installation, &["set", "bot", "customers=write"]).code, 0);
    let link = std::fs::symlink_metadata(folder.join("policies/bot.toml")).expect("the link");
    assert!(link.is_symlink());
    assert!(read(&installation, "kept/bot.toml").contains("\"write\""));
}

#[test]
fn agents_are_listed_and_shown_with_what_they_may_do() {
    let installation = installation();
    let listed = agent(&installation, &["list"]);
    assert_eq!(listed.code, 0, "{}", listed.err);
    assert!(listed.out.contains("bot  bot   ops"), "{}", listed.out);
    let shown = agent(&installation, &["show", "bot"]);
    let words = shown.out.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in ["may look at customers", "can delete nothing", "it has no token that works"] {
        assert!(words.contains(part), "`{part}` is missing: {}", shown.out);
    }
    installation.token("bot");
    let shown = agent(&installation, &["show", "bot"]);
    assert!(shown.out.contains("tok_") && shown.out.contains("last records"), "{}", shown.out);
    let unknown = agent(&installation, &["show", "bto"]);
    assert!(unknown.code == 2 && unknown.err.contains("bot"), "{}", unknown.err);
}

#[test]
fn what_is_granted_on_a_klass_alone_is_shown_and_counted() {
    let installation = installation();
    let text = POLICY.split("[access]").next().expect("the agent");
    let text = format!("{text}[access]\n\"kobjects.order\" = \"full\"\n");
    installation.write("policies/bot.toml", &text);
    let shown = agent(&installation, &["show", "bot"]).out;
    let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in ["may look at kobjects.order (3 of 5 operations)", "kobjects.delete of order"] {
        assert!(words.contains(part), "`{part}` is missing: {shown}");
    }
    let listed = json(&agent(&installation, &["list", "--json"]).out);
    assert_eq!(listed["permitted"]["read"], 3, "{listed}");
    let matrix = installation.run(&["matrix", "bot", "--resource", "kobjects"]).out;
    let row = matrix.lines().find(|line| line.contains("kobjects.get of order"));
    let row = row.unwrap_or_else(|| panic!("the klass is missing: {matrix}"));
    assert!(row.contains("yes") && row.contains("kobjects.order = full"), "{row}");
}

#[test]
fn a_klass_with_less_than_its_resource_is_told_apart() {
    let installation = installation();
    let text = POLICY.split("[access]").next().expect("the agent");
    let text = format!("{text}[access]\nkobjects = \"read\"\n\"kobjects.secret\" = \"off\"\n");
    installation.write("policies/bot.toml", &text);
    let shown = agent(&installation, &["show", "bot"]).out;
    assert!(shown.contains("but not kobjects.secret"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_listed_and_shown_when_an_agent_was_last_there() {
    let installation = installation();
    let token = installation.token("bot");
    let never = json(&agent(&installation, &["list", "--json"]).out);
    assert_eq!(never["last_used_at"], Value::Null);
    let shown = agent(&installation, &["show", "bot"]).out;
    assert!(shown.contains("never used"), "{shown}");
    let mut serving = installation.serve();
    let client = Client::new(serving.agents);
    client.send("GET /_kustodian/access", Some(&token), &[], Vec::new()).await;
    assert_eq!(serving.stop(), Some(0), "{}", serving.log());
    let listed = json(&agent(&installation, &["list", "--json"]).out);
    assert!(listed["last_used_at"].is_string(), "{listed}");
    let shown = agent(&installation, &["show", "bot"]).out;
    assert!(shown.contains("last used 2") && shown.contains("by 127.0.0.1"), "{shown}");
    let known = json(&agent(&installation, &["show", "bot", "--json"]).out);
    assert_eq!(known["tokens"][0]["last_used_by"], "127.0.0.1", "{known}");
    assert_eq!(known["tokens"][0]["last_used_at"], listed["last_used_at"]);
}

#[test]
fn a_suspended_agent_is_refused_everything_until_it_is_resumed() {
    let installation = installation();
    let code = |installation: &Installation| {
        installation.run(&["explain", "bot", "GET", "/v1/customers"]).code
    };
    assert_eq!(code(&installation), 0);
    let tried = agent(&installation, &["suspend", "bot", "--dry-run"]);
    assert!(tried.out.contains("mode: enforce -> suspended"), "{}{}", tried.out, tried.err);
    assert_eq!(read(&installation, "policies/bot.toml"), POLICY);
    let suspended = agent(&installation, &["suspend", "bot"]);
    assert_eq!(suspended.code, 0, "{}", suspended.err);
    assert!(suspended.out.contains("is suspended, and may do nothing"), "{}", suspended.out);
    assert_eq!(code(&installation), 1);
    let shown = agent(&installation, &["show", "bot"]);
    assert!(shown.out.contains("suspended: it is refused everything"), "{}", shown.out);
    let resumed = agent(&installation, &["resume", "bot"]);
    assert!(resumed.out.contains("mode: suspended -> enforce"), "{}", resumed.out);
    assert!(resumed.out.contains("may do again what its policy grants"), "{}", resumed.out);
    assert_eq!(code(&installation), 0);
    let mode = "mode  = \"enforce\"\n";
    assert_eq!(read(&installation, "policies/bot.toml").replace(mode, ""), POLICY);
}

#[test]
fn a_new_agent_takes_the_roles_that_it_is_given() {
    let installation = installation();
    std::fs::create_dir(installation.folder().join("policies/roles")).expect("a folder");
    let role = "[role]\nid = \"reader\"\n[access]\ntags = \"read\"\n";
    installation.write("policies/roles/reader.toml", role);
    let new = |role: &str| {
        agent(&installation, &["new", "a-bot", "--owner", "ops", "--no-token", "--role", role])
    };
    let unknown = new("reeder");
    assert!(unknown.code == 2 && unknown.err.contains("reader"), "{}", unknown.err);
    assert_eq!(new("reader").code, 0);
    assert_eq!(installation.run(&["explain", "a-bot", "GET", "/v1/tags"]).code, 0);
}
