//! What a good token gives, and what it does not.

use gateway::clock::Clock as _;
use jiff::SignedDuration;
use serde_json::json;

use super::stage::{LINE, Stage};
use crate::support::issuer::{SigningKey, issuer_at};
use crate::support::world::Scene;

#[tokio::test]
async fn each_algorithm_with_a_public_key_proves_who_an_agent_is() {
    for algorithm in ["RS256", "ES256", "ES384", "EdDSA"] {
        let stage = Stage::with(algorithm).await;
        stage.good(&stage.token(&json!({}))).await;
    }
    for algorithm in ["RS384", "RS512", "PS256", "PS384", "PS512"] {
        let key = SigningKey::new("k1", "RS256");
        let key = key.signing(algorithm);
        let stage = Stage::set(key, &[algorithm], |_| {}).await;
        stage.good(&stage.token(&json!({}))).await;
    }
}

#[tokio::test]
async fn a_secret_from_a_file_proves_it_too() {
    let (secret, folder) = ([7_u8; 32].map(|it| it + b'a'), tempfile::tempdir().expect("a folder"));
    let file = folder.path().join("secret");
    crate::support::certificates::write_private(&file, &String::from_utf8_lossy(&secret));
    let stage = Stage::set(SigningKey::new("k1", "EdDSA"), &["HS256"], |issuer| {
        issuer.jwks_url = None;
        issuer.secret_file = Some(file);
    })
    .await;
    let token = SigningKey::secret(&secret).sign(&stage.claims(&json!({})));
    stage.good(&token).await;
    let other = SigningKey::secret(&[9; 32]).sign(&stage.claims(&json!({})));
    stage.bad(&other, "jwt_bad_signature").await;
    assert_eq!(stage.server.fetches(), 0);
}

#[tokio::test]
async fn a_token_gives_an_agent_its_policy_and_nothing_more() {
    let stage = Stage::with("EdDSA").await;
    let token = stage.token(&json!({"scope": "full", "roles": ["org.admin"]}));
    let world = &stage.world;
    assert_eq!(world.ask_as(Some(&token), LINE).await.status, 200);
    assert_eq!(world.ask_as(Some(&token), "GET /v1/messages").await.status, 403);
    let access = world.ask_as(Some(&token), "GET /_kustodian/access").await;
    assert!(access.text().contains("\"id\":\"bot\""), "{}", access.text());
}

#[tokio::test]
async fn the_record_names_the_issuer_and_the_token() {
    let stage = Stage::with("EdDSA").await;
    for (id, expected) in [(json!("run-7"), Some("test:run-7")), (json!("not legible\n"), None)] {
        let token = stage.token(&json!({"jti": id}));
        let answer = stage.world.ask_as(Some(&token), LINE).await;
        let record = stage.world.record_of(&answer).await.opening;
        assert_eq!(record.agent.as_deref(), Some("bot"));
        let named = record.token.expect("the token has a name");
        match expected {
            Some(expected) => assert_eq!(named, expected),
            None => assert!(named.starts_with("test:") && named.len() == 21, "{named}"),
        }
        assert!(record.sentence.starts_with("Agent bot "), "{}", record.sentence);
    }
}

#[tokio::test]
async fn a_token_is_good_until_its_end_however_often_it_was_shown() {
    let stage = Stage::with("EdDSA").await;
    let token = stage.token(&json!({}));
    for _ in 0..3 {
        stage.good(&token).await;
    }
    stage.world.clock.advance(SignedDuration::from_secs(629));
    stage.good(&token).await;
    stage.world.clock.advance(SignedDuration::from_secs(1));
    stage.bad(&token, "jwt_expired").await;
    let record = stage.world.records().await.remove(0).opening;
    assert_eq!(record.agent.as_deref(), Some("bot"), "it is known whose it was");
    assert!(record.sentence.starts_with("Agent bot at "), "{}", record.sentence);
}

#[tokio::test]
async fn an_agent_without_a_policy_is_nobody() {
    let stage = Stage::with("EdDSA").await;
    stage.bad(&stage.token(&json!({"sub": "stranger"})), "agent_without_policy").await;
}

#[tokio::test]
async fn agents_are_mapped_to_the_letter_where_there_is_a_map() {
    let subject = "repo:acme/triage:ref:refs/heads/main";
    let stage = Stage::set(SigningKey::new("k1", "EdDSA"), &["EdDSA"], |issuer| {
        issuer.agents = Some([(subject.to_owned(), "bot".to_owned())].into());
    })
    .await;
    stage.good(&stage.token(&json!({"sub": subject}))).await;
    for other in [
        "bot",
        "repo:acme/triage:ref:refs/heads/main2",
        "repo:acme/triage:ref:refs/heads/",
        "repo:Acme/triage:ref:refs/heads/main",
        "repo:acme/triage:ref:refs/heads/main\0",
        " repo:acme/triage:ref:refs/heads/main",
        "",
    ] {
        stage.bad(&stage.token(&json!({"sub": other})), "jwt_names_no_agent").await;
    }
}

#[tokio::test]
async fn a_policy_whose_term_is_over_ends_a_token_that_was_good() {
    let key = SigningKey::new("k1", "EdDSA");
    let server = crate::support::issuer::KeyServer::listing(&[&key]).await;
    let issuer = issuer_at(&server.url(), &["EdDSA"]);
    let policy = "expires = 2026-11-24\n[access]\ncustomers = \"read\"";
    let world = Scene::bot(policy).with(|config| config.issuers = vec![issuer]).start().await;
    let mut claims = crate::support::issuer::claims("bot", world.clock.now());
    claims["exp"] = json!(world.clock.now().as_second() + 80_000);
    let token = key.sign(&claims);
    assert_eq!(world.ask_as(Some(&token), LINE).await.status, 200);
    world.clock.advance(SignedDuration::from_hours(15));
    let answer = world.ask_as(Some(&token), LINE).await;
    assert_eq!(answer.status, 403);
    assert_eq!(world.record_of(&answer).await.opening.reason, "agent_expired");
}

#[tokio::test]
async fn an_opaque_token_is_good_beside_signed_ones() {
    let stage = Stage::with("EdDSA").await;
    stage.good(stage.world.token("bot")).await;
    stage.good(&stage.token(&json!({}))).await;
}

#[tokio::test]
async fn an_agent_that_is_bound_to_a_certificate_is_nobody_without_it_whatever_its_token() {
    let key = SigningKey::new("k1", "EdDSA");
    let server = crate::support::issuer::KeyServer::listing(&[&key]).await;
    let issuer = issuer_at(&server.url(), &["EdDSA"]);
    let policy = "client_certificate = \"dns:bot.example.com\"\n[access]\ncustomers = \"read\"";
    let world = Scene::bot(policy).with(|config| config.issuers = vec![issuer]).start().await;
    let token = key.sign(&crate::support::issuer::claims("bot", world.clock.now()));
    let answer = world.ask_as(Some(&token), LINE).await;
    assert_eq!(answer.status, 401);
    assert_eq!(world.record_of(&answer).await.opening.reason, "certificate_missing");
}

#[tokio::test]
async fn a_gateway_that_trusts_nobody_refuses_every_signed_token() {
    let world = Scene::bot("[access]\ncustomers = \"read\"").start().await;
    let key = SigningKey::new("k1", "EdDSA");
    let token = key.sign(&crate::support::issuer::claims("bot", world.clock.now()));
    let answer = world.ask_as(Some(&token), LINE).await;
    assert_eq!(answer.status, 401);
    assert_eq!(world.record_of(&answer).await.opening.reason, "jwt_unknown_issuer");
}

#[tokio::test]
async fn a_token_in_the_target_is_refused_and_blanked_on_record() {
    let stage = Stage::with("EdDSA").await;
    let token = stage.token(&json!({}));
    let (path, query) = (format!("GET /v1/customers/{token}"), format!("{LINE}?q={token}"));
    for line in [path, query] {
        let answer = stage.world.ask_as(Some(&token), &line).await;
        assert_eq!(answer.status, 400, "{line}");
        let record = stage.world.record_of(&answer).await.opening;
        assert_eq!(record.reason, "credential_in_target");
        assert!(!record.path.contains(&token[token.len() - 16..]), "{}", record.path);
    }
    assert_eq!(stage.world.received(), 0);
}
