//! What is counted, on the administration's listener: true to the number, and with nothing of anybody's.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use store::Store;

use crate::support::client::Client;
use crate::support::clock::{HandClock, MORNING};
use crate::support::patience::eventually;
use crate::support::program::Installation;
use crate::support::project::read;
use crate::support::world::{Scene, issue, policy_of, sqlite_url, start_sandbox};

const READ: &str = "[access]\ncustomers = \"read\"";

/// Files are read when a call asks for it and never else, so that readings can be counted.
const UNWATCHED: &str = "[policies]\nwatch = false\n";

/// Has the files read, and gives the answer's status: whatever it counts is counted then.
async fn reload(admin: &Client) -> u16 {
    let asked = [("kustodian-admin", "reload")];
    admin.send("POST /policies/reload", None, &asked, Vec::new()).await.status
}

/// The page, once it has this line.
async fn page_with(admin: &Client, line: &str) -> String {
    eventually("the tokens to be counted", async || {
        let page = page(admin).await;
        page.lines().any(|it| it == line).then_some(page)
    })
    .await
}

async fn page(admin: &Client) -> String {
    let answer = admin.send("GET /metrics", None, &[], Vec::new()).await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").starts_with("text/plain; version=0.0.4"));
    answer.text()
}

#[track_caller]
fn says(page: &str, line: &str) {
    assert!(page.lines().any(|said| said == line), "{line} is missing:\n{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_and_readings_of_the_policies_are_counted() {
    let clock = Arc::new(HandClock::new());
    let (sandbox, at) = start_sandbox(&clock).await;
    let installation = Installation::new(at, &sandbox.admin_key(), &[("bot", READ)], UNWATCHED);
    let token = installation.token("bot");
    let serving = installation.serve();
    let (agents, admin) = (Client::new(serving.agents), Client::new(serving.admin));
    let first = page(&admin).await;
    for line in [
        "kustodian_build_info{version=\"0.1.0\"} 1",
        "kustodian_policy_agents 1",
        "kustodian_policy_reload_failed 0",
        "kustodian_policy_reloads_total{result=\"loaded\"} 0",
        "kustodian_requests_total{decision=\"permitted\"} 0",
    ] {
        says(&first, line);
    }
    for (line, token) in [
        ("GET /v1/customers", Some(&*token)),
        ("GET /v1/customers", Some(&*token)),
        ("GET /v1/users", Some(&*token)),
        ("GET /v1/customers/..", Some(&*token)),
        ("GET /v1/customers", None),
    ] {
        agents.send(line, token, &[], Vec::new()).await;
    }
    installation.write("policies/bot.toml", &policy_of("bot", "[acess]"));
    assert_eq!(reload(&admin).await, 422);
    let failed = page(&admin).await;
    says(&failed, "kustodian_policy_reload_failed 1");
    for line in [
        "kustodian_requests_total{decision=\"permitted\"} 2",
        "kustodian_requests_total{decision=\"denied\"} 1",
        "kustodian_requests_total{decision=\"malformed\"} 1",
        "kustodian_requests_total{decision=\"unauthenticated\"} 1",
        "kustodian_requests_total{decision=\"limited\"} 0",
        "kustodian_policy_reloads_total{result=\"refused\"} 1",
    ] {
        says(&failed, line);
    }
    installation.write("policies/late.toml", &policy_of("late", ""));
    installation.write("policies/bot.toml", &policy_of("bot", ""));
    assert_eq!(reload(&admin).await, 200);
    let loaded = page(&admin).await;
    says(&loaded, "kustodian_policy_agents 2");
    says(&loaded, "kustodian_policy_reload_failed 0");
    says(&loaded, "kustodian_policy_reloads_total{result=\"loaded\"} 1");
    let health = admin.send("GET /health", None, &[], Vec::new()).await.json();
    let fingerprint = health["policies"]["fingerprint"].as_str().expect("a text");
    says(&loaded, &format!("kustodian_policy_info{{fingerprint=\"{fingerprint}\"}} 1"));
    assert_eq!(loaded.matches("kustodian_policy_info{").count(), 1, "only of the set in force");
    assert!(!loaded.contains(&token) && !loaded.contains("bot"), "{loaded}");
}

#[tokio::test]
async fn the_tokens_that_end_are_told_to_the_second() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = sqlite_url(&folder.path().join("kustodian.db"));
    let morning: Timestamp = MORNING.parse().expect("an instant");
    let store = Store::open(&url).await.expect("a store");
    for days in [10, 13, 14, 30] {
        let end = morning + SignedDuration::from_hours(days * 24);
        issue(&store, "bot", morning, Some(end)).await;
    }
    let (revoked, _) =
        issue(&store, "bot", morning, Some(morning + SignedDuration::from_hours(1))).await;
    store.agents().revoke(&revoked, morning).await.expect("it is revoked");
    let world = Scene::bot(READ).on(&url).start().await;
    let admin = Client::new(world.running.admin);
    let page = page_with(&admin, "kustodian_tokens_expiring 2").await;
    says(&page, "kustodian_token_expiry_seconds 864000");
}

#[tokio::test]
async fn where_no_token_ends_none_is_told_of() {
    let world = Scene::bot(READ).start().await;
    let admin = Client::new(world.running.admin);
    let page = page_with(&admin, "kustodian_token_expiry_seconds inf").await;
    says(&page, "kustodian_tokens_expiring 0");
}

#[tokio::test]
async fn every_name_on_the_page_is_documented_and_every_documented_one_is_there() {
    let world = Scene::bot(READ).start().await;
    let page = page(&Client::new(world.running.admin)).await;
    let mut there: Vec<_> = page
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "))
        .filter_map(|line| line.split(' ').next())
        .collect();
    there.sort_unstable();
    let text = read("docs/metrics.md");
    let mut documented: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| `kustodian_"))
        .filter_map(|line| line.split(['`', '{']).next())
        .map(|name| format!("kustodian_{name}"))
        .collect();
    documented.sort();
    assert_eq!(there, documented);
}
