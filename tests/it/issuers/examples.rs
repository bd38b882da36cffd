//! The two issuers that docs/policies.md sets up, with claims as they really send them.

use gateway::Config;
use gateway::clock::Clock as _;
use serde_json::{Value, json};

use super::stage::LINE;
use crate::support::issuer::{KeyServer, SigningKey};
use crate::support::project;
use crate::support::world::{Scene, World};

/// The settings of an example in the documentation, with its keys where the test has them.
fn settings_of(marker: &str, url: &str) -> Config {
    let text = project::read("docs/policies.md");
    let block = text.split("```toml\n").find(|block| block.contains(marker)).expect("the example");
    let block = block.split("```").next().expect("its end");
    let lines = block.lines().filter_map(|line| match line.split_once(" = ") {
        Some(("jwks_url", _)) => Some(format!("jwks_url = \"{url}\"")),
        Some(("ca_file" | "bearer_file", _)) => None,
        Some(_) | None => Some(line.to_owned()),
    });
    let config = lines.collect::<Vec<_>>().join("\n");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("kustodian.toml");
    std::fs::write(&file, config).expect("a file is written");
    gateway::config::read(Some(&file)).unwrap_or_else(|why| panic!("{why}"))
}

async fn world_of(marker: &str, agent: &str, key: &SigningKey) -> (World, KeyServer) {
    let server = KeyServer::listing(&[key]).await;
    let issuers = settings_of(marker, &server.url()).issuers;
    let scene = Scene::new().agent(agent, "[access]\ncustomers = \"read\"");
    (scene.with(|config| config.issuers = issuers).start().await, server)
}

async fn reason_for(world: &World, token: &str) -> String {
    let answer = world.ask_as(Some(token), LINE).await;
    world.record_of(&answer).await.opening.reason
}

/// What GitHub says of a job, for the audience that the job asked for.
fn github(now: i64) -> Value {
    json!({
        "jti": "9b6c3f0e-2c43-4b2f-9d6e-5d2f3a1b7c88",
        "sub": "repo:acme/triage:ref:refs/heads/main",
        "aud": "https://kustodian.example.com",
        "ref": "refs/heads/main",
        "sha": "0123456789abcdef0123456789abcdef01234567",
        "repository": "acme/triage",
        "repository_owner": "acme",
        "repository_owner_id": "1234567",
        "run_id": "19000000001",
        "run_number": "42",
        "run_attempt": "1",
        "repository_visibility": "private",
        "repository_id": "765432100",
        "actor_id": "7654321",
        "actor": "ada",
        "workflow": "triage",
        "head_ref": "",
        "base_ref": "",
        "event_name": "schedule",
        "ref_protected": "true",
        "ref_type": "branch",
        "workflow_ref": "acme/triage/.github/workflows/triage.yml@refs/heads/main",
        "workflow_sha": "0123456789abcdef0123456789abcdef01234567",
        "job_workflow_ref": "acme/triage/.github/workflows/triage.yml@refs/heads/main",
        "job_workflow_sha": "0123456789abcdef0123456789abcdef01234567",
        "runner_environment": "github-hosted",
        "iss": "https://token.actions.githubusercontent.com",
        "nbf": now - 300, "exp": now + 300, "iat": now,
    })
}

#[tokio::test]
async fn a_job_of_github_actions_is_the_agent_that_its_branch_is_mapped_to() {
    let key = SigningKey::new("38826b17-6a30-5f9b-b169-8beb8202f723", "RS256");
    let (world, _server) =
        world_of("token.actions.githubusercontent.com", "triage-bot", &key).await;
    let claims = github(world.clock.now().as_second());
    let mut header = key.header();
    header["x5t"] = json!("ykNaY4qM_ta4k2TgZOCEYLkcYlA");
    let token = key.sign_with(&header, &claims.to_string());
    let answer = world.ask_as(Some(&token), LINE).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let opening = world.record_of(&answer).await.opening;
    assert_eq!(opening.agent.as_deref(), Some("triage-bot"));
    assert_eq!(opening.token.as_deref(), Some("github:9b6c3f0e-2c43-4b2f-9d6e-5d2f3a1b7c88"));
    for (claim, value, reason) in [
        ("sub", "repo:acme/triage:pull_request", "jwt_names_no_agent"),
        ("sub", "repo:acme/triage:ref:refs/heads/side", "jwt_names_no_agent"),
        ("repository_owner_id", "7654321", "jwt_claim_refused"),
        ("aud", "https://github.com/acme", "jwt_wrong_audience"),
        ("iss", "https://token.actions.githubusercontent.com/acme", "jwt_unknown_issuer"),
    ] {
        let mut other = claims.clone();
        other[claim] = json!(value);
        assert_eq!(reason_for(&world, &key.sign(&other)).await, reason, "{claim}: {value}");
    }
}

/// What Kubernetes says of a pod, in a token that is projected into it.
fn kubernetes(now: i64) -> Value {
    json!({
        "aud": ["https://kustodian.example.com"],
        "exp": now + 3607,
        "iat": now,
        "iss": "https://kubernetes.default.svc.cluster.local",
        "jti": "3f1c0e1e-0a4f-4a6c-8f57-6a2e4a1f2b11",
        "kubernetes.io": {
            "namespace": "agents",
            "node": {"name": "node-1", "uid": "5c1d8a0e-2f6b-4b8e-9d3f-1a2b3c4d5e6f"},
            "pod": {"name": "triage-7d9c6b5f4-x2x9z", "uid": "0e9d8c7b-6a5f-4e3d-2c1b-0a9f8e7d6c5b"},
            "serviceaccount": {"name": "triage-bot", "uid": "a1b2c3d4-e5f6-4a7b-8c9d-0e1f2a3b4c5d"},
            "warnafter": now + 3000,
        },
        "nbf": now,
        "sub": "system:serviceaccount:agents:triage-bot",
    })
}

#[tokio::test]
async fn a_pod_of_kubernetes_is_the_agent_that_its_service_account_is_called_like() {
    let key = SigningKey::new("Hq2yBvR0m8bA9d1cE5fG7hI3jK6lM4nO2pQ8rS0tU1v", "RS256");
    let (world, _server) = world_of("kubernetes.default.svc", "triage-bot", &key).await;
    let claims = kubernetes(world.clock.now().as_second());
    // Its header has no `typ`.
    let header = json!({"alg": "RS256", "kid": key.name});
    let token = key.sign_with(&header, &claims.to_string());
    let answer = world.ask_as(Some(&token), LINE).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let opening = world.record_of(&answer).await.opening;
    assert_eq!(opening.agent.as_deref(), Some("triage-bot"));
    for (path, value, reason) in [
        (vec!["kubernetes.io", "namespace"], json!("default"), "jwt_claim_refused"),
        (vec!["kubernetes.io", "serviceaccount", "name"], json!("other"), "agent_without_policy"),
        (vec!["kubernetes.io", "serviceaccount"], json!("triage-bot"), "jwt_names_no_agent"),
        (vec!["aud"], json!(["https://kubernetes.default.svc"]), "jwt_wrong_audience"),
        (vec!["exp"], json!(world.clock.now().as_second() + 31_536_000), "jwt_lives_too_long"),
    ] {
        let mut other = claims.clone();
        let place = path.iter().fold(&mut other, |value, name| &mut value[*name]);
        *place = value;
        assert_eq!(reason_for(&world, &key.sign(&other)).await, reason, "{path:?}");
    }
}
