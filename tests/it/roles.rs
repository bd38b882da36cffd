//! Roles, over the wire: what several policies share is written once, and every answer and every record
//! says which role's line it came from.

use audit::Decided;
use gateway::refusal::chain;
use serde_json::json;

use crate::support::program::Installation;
use crate::support::world::{ID, Scene};

const READER: &str = "[access]\ncustomers = \"read\"\nnotes = \"read\"";

#[tokio::test]
async fn what_a_role_grants_is_granted_and_the_record_names_its_line() {
    let scene = Scene::bot("roles = [\"reader\"]").role("reader", READER);
    let world = scene.start().await;
    let id = world.sandbox.seeded().customers[0].id.clone();
    let answer = world.ask("bot", &format!("GET /v1/customers/{id}")).await;
    assert_eq!(answer.status, 200);
    let record = world.record_of(&answer).await;
    let policy = &record.opening.policy;
    assert_eq!(world.tidy(policy.file.as_deref().unwrap()), "policies/roles/reader.toml");
    assert_eq!(policy.line, Some(4));
    assert_eq!(record.opening.demands[0].role.as_deref(), Some("reader"));
    let duration = record.outcome.as_ref().unwrap().duration_ms;
    assert_eq!(
        world.tidy(record.sentence()),
        format!(
            "Agent bot read customer {id} (read on customers by its role reader, \
             policies/roles/reader.toml:4); Kustomer answered 200 in {duration} ms."
        )
    );
}

#[tokio::test]
async fn what_no_layer_grants_is_refused_with_the_line_of_the_role() {
    let world = Scene::bot("roles = [\"reader\"]").role("reader", READER).start().await;
    let answer = world.ask_with("bot", &format!("PUT /v1/customers/{ID}"), &json!({})).await;
    assert_eq!((answer.status, answer.header("kustodian-decision")), (403, "denied"));
    let record = world.record_of(&answer).await;
    assert_eq!(record.opening.reason, "level_too_low");
    assert_eq!(
        world.tidy(record.sentence()),
        format!(
            "Agent bot was refused: updating customer {ID} needs write on customers; \
             its role reader grants read (policies/roles/reader.toml:4)."
        )
    );
    assert_eq!(world.received(), 0);
}

#[tokio::test]
async fn a_policys_own_entry_wins_over_its_roles_whether_it_gives_more_or_less() {
    let own = "roles = [\"reader\", \"writer\"]\n[access]\ncustomers = \"off\"\nteams = \"read\"";
    let world = Scene::bot(own)
        .role("reader", READER)
        .role("writer", "[access]\ncustomers = \"write\"\nteams = \"off\"")
        .start()
        .await;
    assert_eq!(world.ask("bot", "GET /v1/customers").await.status, 403);
    assert_eq!(world.ask("bot", "GET /v1/teams").await.status, 200);
    assert_eq!(world.ask("bot", "GET /v1/notes").await.status, 200);
}

#[tokio::test]
async fn an_off_in_one_role_holds_whatever_another_gives() {
    for roles in ["\"full\", \"careful\"", "\"careful\", \"full\""] {
        let world = Scene::bot(&format!("roles = [{roles}]"))
            .role("full", "[access]\ncustomers = \"full\"")
            .role("careful", "[actions]\ndelete_customers = \"off\"")
            .start()
            .await;
        assert_eq!(world.ask("bot", "GET /v1/customers").await.status, 200);
        let answer = world.ask("bot", &format!("DELETE /v1/customers/{ID}")).await;
        assert_eq!(answer.status, 403, "{roles}");
        let record = world.record_of(&answer).await;
        assert!(record.sentence().contains("its role careful sets delete_customers to off"));
    }
}

#[tokio::test]
async fn two_agents_share_a_role_and_nothing_else() {
    let world = Scene::new()
        .agent("one", "roles = [\"reader\"]")
        .agent("two", "roles = [\"reader\"]\n[actions]\ndelete_customers = \"full\"")
        .role("reader", READER)
        .start()
        .await;
    for agent in ["one", "two"] {
        assert_eq!(world.ask(agent, "GET /v1/customers").await.status, 200);
    }
    let id = world.sandbox.seeded().customers[0].id.clone();
    let line = format!("DELETE /v1/customers/{id}");
    assert_eq!(world.ask("one", &line).await.status, 403);
    assert_ne!(world.ask("two", &line).await.status, 403);
}

#[tokio::test]
async fn the_limit_of_a_role_holds_for_whoever_has_none_of_their_own() {
    let world = Scene::new()
        .agent("held", "roles = [\"slow\", \"slower\"]")
        .agent("free", "roles = [\"slow\"]\n[limits]\nrequests = \"9/min\"")
        .role("slow", "[access]\nteams = \"read\"\n[limits]\nrequests = \"5/min\"")
        .role("slower", "[limits]\nrequests = \"2/min\"")
        .start()
        .await;
    for (agent, limit) in [("held", 2), ("free", 9)] {
        for _ in 0..limit {
            assert_eq!(world.ask(agent, "GET /v1/teams").await.status, 200, "{agent}");
        }
        let over = world.ask(agent, "GET /v1/teams").await;
        assert_eq!(over.status, 429, "{agent}");
        let record = world.record_of(&over).await;
        assert_eq!(record.opening.decision, Decided::Limited);
    }
}

#[tokio::test]
async fn a_broken_role_keeps_the_gateway_from_starting_and_is_named() {
    let scene = Scene::bot("roles = [\"reader\"]").role("reader", "[access]\ncustomrs = \"read\"");
    let why = chain(&scene.try_start().await.expect_err("no start"));
    assert!(why.contains("roles/reader.toml:4:1: error: unknown resource `customrs`"), "{why}");
    assert!(!why.contains("bot.toml"), "the policy is not at fault: {why}");
}

#[tokio::test]
async fn what_stands_in_other_folders_is_neither_policy_nor_role() {
    let scene = Scene::bot("").with(|config| {
        let tests = config.policies.dir.join("tests");
        std::fs::create_dir(&tests).expect("a folder");
        std::fs::write(tests.join("cases.toml"), "this is = no policy").expect("a file");
    });
    assert_eq!(scene.start().await.ask("bot", "GET /v1/customers").await.status, 403);
}

#[test]
fn explain_and_matrix_show_which_role_gives_what_and_when() {
    let tables = "roles = [\"reader\"]\n[access]\n\
                  teams = { level = \"read\", expires = 2020-01-01 }";
    let installation =
        Installation::new(nowhere(), "not-a-real-key-0123456789", &[("bot", tables)], "");
    std::fs::create_dir(installation.folder().join("policies/roles")).expect("a folder");
    installation.write("policies/roles/reader.toml", &format!("[role]\nid = \"reader\"\n{READER}"));
    let explained = installation.run(&["explain", "bot", "GET", "/v1/customers"]);
    assert_eq!(explained.code, 0, "{}", explained.err);
    let has = "customers = \"read\" of role reader (policies/roles/reader.toml:4)";
    assert!(explained.out.contains(has), "{}", explained.out);
    let late = installation.run(&["explain", "bot", "GET", "/v1/teams"]);
    assert_eq!(late.code, 1, "{}", late.err);
    let has =
        "teams = \"read\" (policies/bot.toml:7), which does not count now: expires 2020-01-01";
    assert!(late.out.contains(has), "{}", late.out);
    let matrix = installation.run(&["matrix", "bot", "--resource", "notes"]);
    assert!(matrix.out.contains("notes = read (roles/reader.toml:5)"), "{}", matrix.out);
}

#[test]
fn an_agent_that_is_not_enforced_is_shown_as_such_by_explain_matrix_and_check() {
    for (mode, decision, code, caution) in [
        ("observe", "observed: ", 0, "observed (policies/bot.toml:5): what is not granted"),
        ("suspended", "denied: ", 1, "suspended (policies/bot.toml:5): everything is refused"),
    ] {
        let tables = format!("mode = \"{mode}\"\n[access]\ncustomers = \"read\"");
        let agents = [("bot", tables.as_str())];
        let more = "[policies]\nallow_observe = true";
        let installation = Installation::new(nowhere(), "not-a-real-key-0123456789", &agents, more);
        let explained = installation.run(&["explain", "bot", "GET", "/v1/users"]);
        assert_eq!(explained.code, code, "{}", explained.err);
        assert!(explained.out.starts_with(decision), "{}", explained.out);
        assert!(
            explained.out.contains(&format!("{mode} (policies/bot.toml:5)")),
            "{}",
            explained.out
        );
        let matrix = installation.run(&["matrix", "bot"]);
        assert!(matrix.out.starts_with(caution), "{}", matrix.out);
        let check = installation.run(&["check"]);
        assert!(check.out.contains("policies/bot.toml:5"), "{}{}", check.out, check.err);
    }
}

fn nowhere() -> std::net::SocketAddr {
    std::net::SocketAddr::from(([127, 0, 0, 1], 9))
}
