//! Promise 10: a broken file is refused, whole, and reported with file, line and column.

use std::path::PathBuf;

use gateway::refusal::chain;

use crate::support::program::{Ended, Installation, run_with, set_mode};
use crate::support::world::Scene;

const KEY: &str = "not-a-real-key-0123456789";

#[tokio::test]
async fn every_fault_of_every_policy_is_reported_at_once_and_nothing_starts() {
    let scene = Scene::new()
        .agent("alpha", "[access]\ncustomrs = \"read\"\nmessages = \"raed\"")
        .agent("beta", "[actions]\nreply_to_customer = \"full\"")
        .agent("gamma", "[access]\ncustomers = \"read\"\n[limits]\nrequests = \"many\"");
    let why = chain(&scene.try_start().await.expect_err("no start"));
    for fault in [
        "alpha.toml:6:1: error: unknown resource `customrs`",
        "alpha.toml:7:12: error: unknown level `raed`",
        "beta.toml:6:1: error: unknown action `reply_to_customer`",
        "gamma.toml:8:12: error: ",
        "did you mean `customers`",
        "did you mean `reply_to_customers`",
    ] {
        assert!(why.contains(fault), "{fault} is missing:\n{why}");
    }
}

#[tokio::test]
async fn two_policies_for_one_agent_are_refused_with_both_places() {
    let scene = Scene::new().agent("bot", "").with(|config| {
        let copy = config.policies.dir.join("copy.toml");
        std::fs::copy(config.policies.dir.join("bot.toml"), copy).expect("a copy");
    });
    let why = chain(&scene.try_start().await.expect_err("no start"));
    assert!(why.contains("copy.toml:2:") && why.contains("bot.toml:2"), "{why}");
}

#[tokio::test]
async fn a_policy_folder_that_is_not_there_is_named() {
    let scene = Scene::new().with(|config| config.policies.dir = PathBuf::from("nowhere"));
    let why = chain(&scene.try_start().await.expect_err("no start"));
    assert!(why.starts_with("cannot read `nowhere`: "), "{why}");
}

#[test]
fn mistakes_in_the_settings_are_shown_with_file_line_and_column() {
    for (more, expected) in [
        (
            "[trial]\nqueue = 1",
            ["kustodian.toml:9:", "unknown key `trial`", "did you mean `trail`"],
        ),
        (
            "[trail]\nqeue = 1",
            ["kustodian.toml:10:1", "unknown key `trail.qeue`", "did you mean `queue`"],
        ),
        (
            "[trail]\nqueue = \"1\"",
            ["kustodian.toml:10:", "`trail.queue` must be", "a whole number above zero"],
        ),
        (
            "[audit]\nkeep = \"13 months\"",
            ["kustodian.toml:10:", "`audit.keep` must be", "days or whole hours, such as \"400d\""],
        ),
        ("[log]\nformat = \"xml\"", ["kustodian.toml:10:", "`log.format` must be one of", "json"]),
        ("[trail\nqueue = 1", ["kustodian.toml:9:", "the header of a table", "is not closed"]),
        (
            "[forward]\nidle_seconds = -1",
            ["kustodian.toml:10:", "`forward.idle_seconds`", "idle_seconds"],
        ),
    ] {
        let ended = serve_with(more);
        for part in expected {
            assert!(ended.err.contains(part), "{part} is missing:\n{}", ended.err);
        }
    }
}

#[test]
fn a_mistake_in_a_variable_is_reported_by_its_name_and_without_its_value() {
    let installation = installation("");
    for (name, value) in [
        ("KUSTODIAN_TRAIL__QUEUE", "a-secret-by-mistake"),
        ("KUSTODIAN_LISTEN__AGENT", "127.0.0.1:0"),
        ("KUSTODIAN_LOG__FORMAT", "a-secret-by-mistake"),
        ("KUSTODIAN_LISTEN__AGENTS", "a-secret-by-mistake"),
    ] {
        let serve = ["serve", "--config", "kustodian.toml"];
        let ended = run_with(installation.folder(), &serve, &[(name, value)]);
        assert_eq!(ended.code, 2, "{name}");
        assert!(ended.err.contains(name), "{}", ended.err);
        assert!(!ended.err.contains("a-secret-by-mistake"), "{}", ended.err);
    }
}

#[test]
fn a_mistake_in_the_settings_shows_no_line_of_the_file() {
    let installation = installation("");
    for mistake in [
        "[kustomer]\napi_keys = \"SECRET\"",
        "[kustomer]\napi-key = \"SECRET\"",
        "[kustomer]\napi_key : \"SECRET\"",
        "[kustomer]\napi_key = \"\"\"SECRET",
        "[kustomer]\napi_key = \"SECRET",
        "[kustomer]\napi_key = [\"SECRET\"]",
        "kustomer = { api_key = \"SECRET\", foo = 1 }",
        "store = \"postgres://app:SECRET@db/x\"",
        "[store]\nurls = \"postgres://app:SECRET@db/x\"",
        "[kustomer]\nbase_url = \"https://user:SECRET@acme.example.com\"",
        "[kustomer]\nbase_url = \"http://127.0.0.1:1\"\napi_key = \"SECRET SECRET\"",
    ] {
        installation.write("kustodian.toml", mistake);
        installation.make_private("kustodian.toml");
        let ended = refused(&installation);
        assert!(!ended.err.contains("SECRET"), "{mistake}:\n{}", ended.err);
    }
}

#[test]
fn settings_with_the_key_in_them_are_refused_while_others_can_read_them() {
    let installation = installation("");
    let settings = format!("[kustomer]\nbase_url = \"http://127.0.0.1:1\"\napi_key = \"{KEY}\"\n");
    installation.write("kustodian.toml", &settings);
    set_mode(&installation.folder().join("kustodian.toml"), 0o644);
    let ended = refused(&installation);
    assert!(ended.err.contains("chmod 600"), "{}", ended.err);
    assert!(!ended.err.contains(KEY), "{}", ended.err);
}

#[test]
fn a_variable_with_an_underscore_too_few_is_refused_and_those_of_kubernetes_are_not() {
    let installation = installation("");
    let serve = ["serve", "--config", "kustodian.toml"];
    let meant = [("KUSTODIAN_STORE_URL", "sqlite://elsewhere.db")];
    let ended = run_with(installation.folder(), &serve, &meant);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("did you mean KUSTODIAN_STORE__URL?"), "{}", ended.err);
    let others = [
        ("KUSTODIAN_STORE_PORT", "tcp://10.0.0.1:5432"),
        ("KUSTODIAN_STORE_SERVICE_HOST", "10.0.0.1"),
        ("KUSTODIAN_PORT", "tcp://10.0.0.2:8080"),
    ];
    let ended = run_with(installation.folder(), &["check", "--config", "kustodian.toml"], &others);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
}

#[test]
fn a_variable_wins_over_the_file() {
    let installation = installation("[trail]\nqueue = 1");
    let variables = [("KUSTODIAN_TRAIL__QUEUE", "0x"), ("KUSTODIAN_CONFIG", "kustodian.toml")];
    let ended = run_with(installation.folder(), &["check"], &variables);
    assert!(ended.out.contains("KUSTODIAN_TRAIL__QUEUE"), "{}", ended.out);
}

#[test]
fn two_keys_or_none_are_refused() {
    let installation = installation("");
    let both = [("KUSTODIAN_KUSTOMER__API_KEY", KEY)];
    let ended = run_with(installation.folder(), &["serve"], &both);
    assert!(
        ended.err.contains("both `kustomer.api_key` and `kustomer.api_key_file`"),
        "{}",
        ended.err
    );
    assert!(!ended.err.contains(KEY));
    installation.write("kustodian.toml", "[kustomer]\nbase_url = \"http://127.0.0.1:1\"\n");
    let none = refused(&installation);
    assert!(none.err.contains("the real key is not set"), "{}", none.err);
    assert!(none.err.contains("kustomer.api_key_file"), "{}", none.err);
}

#[test]
fn a_key_file_that_others_can_read_is_refused_with_how_to_mend_it() {
    let installation = installation("");
    for mode in [0o644, 0o604, 0o602, 0o601, 0o666] {
        set_mode(&installation.folder().join("key"), mode);
        let ended = refused(&installation);
        assert!(ended.err.contains("chmod 600 key"), "{mode:o}: {}", ended.err);
    }
    set_mode(&installation.folder().join("key"), 0o640);
    installation.serve();
}

#[test]
fn an_empty_or_missing_key_file_is_refused() {
    let installation = installation("");
    installation.write("key", " \n");
    assert!(refused(&installation).err.contains("the key is empty"));
    installation.write("key", "two\nlines");
    let ended = refused(&installation);
    assert!(ended.err.contains("characters that no bearer token can hold"), "{}", ended.err);
    assert!(!ended.err.contains("two"), "{}", ended.err);
    std::fs::remove_file(installation.folder().join("key")).expect("it was there");
    assert!(refused(&installation).err.contains("cannot read `key`"));
}

#[test]
fn an_address_to_which_the_key_would_travel_in_clear_is_refused() {
    let installation = installation("");
    for (url, part) in [
        ("http://acme.api.kustomerapp.com", "unencrypted"),
        ("http://127.0.0.1.example.com", "unencrypted"),
        ("http://localhost.example.com", "unencrypted"),
        ("ftp://acme.example.com", "https://"),
        ("https://acme.example.com/v1", "ends after the host"),
        ("https://user:word@acme.example.com", "no user name"),
        ("acme.example.com", "expected a URL"),
    ] {
        let settings = format!("[kustomer]\nbase_url = \"{url}\"\napi_key_file = \"key\"\n");
        installation.write("kustodian.toml", &settings);
        let ended = refused(&installation);
        assert!(ended.err.contains(part), "{url}: {}", ended.err);
    }
    installation.write("kustodian.toml", "[kustomer]\napi_key_file = \"key\"\n");
    assert!(refused(&installation).err.contains("`kustomer.base_url` is not set"));
}

#[test]
fn additions_to_the_catalogue_that_are_wrong_are_refused() {
    for (addition, expected) in [
        (GOOD.replace("/v1/tickets", "/v1/customers"), "own.toml:"),
        (GOOD.replace("tickets.list", "customers.list"), "own.toml:"),
        (GOOD.replace("level  =", "levle  ="), "did you mean `level`"),
        (GOOD.replace("\"GET\"", "\"FETCH\""), "own.toml:8"),
    ] {
        let installation = installation("[catalogue]\nextend = [\"own.toml\"]\n");
        installation.write("own.toml", &addition);
        let ended = refused(&installation);
        assert!(ended.err.contains(expected), "{expected} is missing:\n{}", ended.err);
    }
    let missing = installation("[catalogue]\nextend = [\"nowhere.toml\"]\n");
    assert!(refused(&missing).err.contains("cannot read `nowhere.toml`"));
}

#[test]
fn an_addition_to_the_catalogue_can_be_granted() {
    let installation = installation("[catalogue]\nextend = [\"own.toml\"]\n");
    installation.write("own.toml", GOOD);
    installation.write(
        "policies/bot.toml",
        "[agent]\nid = \"bot\"\nowner = \"ops\"\n[access]\ntickets = \"read\"\n",
    );
    let explained = installation.run(&["explain", "bot", "GET", "/v1/tickets"]);
    assert_eq!(explained.code, 0, "{}{}", explained.out, explained.err);
}

#[test]
fn a_store_that_cannot_be_used_is_refused_without_its_password() {
    let installation = installation("");
    for url in [
        "mysql://app:sesame@db/kustodian",
        "postgres://app:sesame@127.0.0.1:1/kustodian",
        "sqlite://nowhere/kustodian.db",
        "kustodian.db",
    ] {
        installation.write(
            "kustodian.toml",
            &format!(
                "[kustomer]\nbase_url = \"http://127.0.0.1:1\"\napi_key_file = \"key\"\n\
                 [store]\nurl = \"{url}\"\n"
            ),
        );
        let ended = refused(&installation);
        assert!(ended.err.contains("store"), "{url}: {}", ended.err);
        assert!(!ended.err.contains("sesame"), "{}", ended.err);
    }
}

const GOOD: &str = "\
[resource]
id       = \"tickets\"
singular = \"ticket\"
about    = \"Tickets of our own.\"

[[operation]]
id     = \"tickets.list\"
method = \"GET\"
path   = \"/v1/tickets\"
level  = \"read\"
phrase = \"list tickets\"
";

fn installation(more: &str) -> Installation {
    let nowhere = std::net::SocketAddr::from(([127, 0, 0, 1], 1));
    Installation::new(nowhere, KEY, &[("bot", "")], more)
}

fn serve_with(more: &str) -> Ended {
    refused(&installation(more))
}

/// `serve` does not start, and `check` agrees with it.
#[track_caller]
fn refused(installation: &Installation) -> Ended {
    let ended = installation.run(&["serve"]);
    assert_eq!(ended.code, 2, "{}{}", ended.out, ended.err);
    assert!(!ended.err.contains(KEY), "{}", ended.err);
    ended
}
