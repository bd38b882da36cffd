//! The keys of an issuer: renewed without losing a request, gone when they are gone, good while the issuer
//! is out of reach, and fetched no oftener for any number of made-up tokens.

use std::time::{Duration, Instant};

use gateway::clock::Clock as _;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::stage::{LINE, Stage};
use crate::support::client::Client;
use crate::support::issuer::{
    ISSUER, KeyServer, Mood, SigningKey, answer, claims, encoded, issuer_at,
};
use crate::support::upstream::Nobody;
use crate::support::world::{Scene, World};

/// After this, a token may have keys fetched again.
const GAP: SignedDuration = SignedDuration::from_secs(10);

/// A token of another key, of this name.
fn signed(stage: &Stage, key: &SigningKey) -> String {
    key.sign(&stage.claims(&json!({})))
}

#[tokio::test]
async fn a_new_key_is_good_at_its_first_token() {
    let stage = Stage::with("EdDSA").await;
    stage.good(&stage.token(&json!({}))).await;
    let new = SigningKey::new("k2", "EdDSA");
    stage.server.list(&[&stage.key, &new]);
    stage.good(&signed(&stage, &new)).await;
    stage.good(&stage.token(&json!({}))).await;
    assert_eq!(stage.server.fetches(), 2);
}

#[tokio::test]
async fn a_key_that_is_no_longer_listed_is_gone_and_so_are_tokens_that_were_good_by_it() {
    let stage = Stage::with("EdDSA").await;
    let old = stage.token(&json!({}));
    stage.good(&old).await;
    let new = SigningKey::new("k2", "EdDSA");
    stage.server.list(&[&new]);
    stage.good(&signed(&stage, &new)).await;
    stage.bad(&old, "jwt_unknown_key").await;
}

#[tokio::test]
async fn a_key_that_takes_anothers_name_takes_its_place() {
    let stage = Stage::with("EdDSA").await;
    let old = stage.token(&json!({}));
    stage.good(&old).await;
    let (same, new) = (SigningKey::new("k1", "EdDSA"), SigningKey::new("k2", "EdDSA"));
    stage.server.list(&[&same, &new]);
    stage.good(&signed(&stage, &new)).await;
    stage.bad(&old, "jwt_bad_signature").await;
    stage.good(&signed(&stage, &same)).await;
}

#[tokio::test]
async fn an_issuer_that_lists_no_key_has_none() {
    let stage = Stage::with("EdDSA").await;
    let old = stage.token(&json!({}));
    stage.good(&old).await;
    stage.server.list(&[]);
    stage.bad(&signed(&stage, &SigningKey::new("k2", "EdDSA")), "jwt_unknown_key").await;
    stage.bad(&old, "jwt_unknown_key").await;
}

#[tokio::test]
async fn any_number_of_made_up_keys_is_one_fetch() {
    let stage = Stage::with("EdDSA").await;
    stage.good(&stage.token(&json!({}))).await;
    let asked = (0..100).map(|number| {
        let mut header = stage.key.header();
        header["kid"] = json!(format!("made-up-{number}"));
        let token = stage.key.sign_with(&header, &stage.claims(&json!({})).to_string());
        let world = &stage.world;
        async move { world.ask_as(Some(&token), LINE).await.status }
    });
    let answers = futures_util::future::join_all(asked).await;
    assert!(answers.iter().all(|status| *status == 401), "{answers:?}");
    assert_eq!(stage.server.fetches(), 2, "the first, and one for all of these");
    stage.good(&stage.token(&json!({}))).await;
    stage.world.clock.advance(GAP);
    stage.bad(&signed(&stage, &SigningKey::new("k9", "EdDSA")), "jwt_unknown_key").await;
    assert_eq!(stage.server.fetches(), 3);
}

#[tokio::test]
async fn an_issuer_out_of_reach_stops_no_key_that_is_known_until_they_are_too_old() {
    let stage = Stage::with("EdDSA").await;
    stage.good(&stage.token(&json!({}))).await;
    stage.server.become_of(Mood::Gone);
    stage.bad(&signed(&stage, &SigningKey::new("k2", "EdDSA")), "jwt_unknown_key").await;
    assert!(stage.server.fetches() > 1, "it was tried");
    stage.world.clock.advance(SignedDuration::from_hours(24));
    stage.good(&stage.token(&json!({}))).await;
    let token = stage.token(&json!({"jti": "was good"}));
    stage.good(&token).await;
    stage.world.clock.advance(SignedDuration::from_secs(1));
    stage.bad(&token, "jwt_keys_unavailable").await;
    let admin = Client::new(stage.world.running.admin);
    let health = async || admin.send("GET /health", None, &[], Vec::new()).await.json();
    let issuer = health().await["issuers"][0].clone();
    assert_eq!((&issuer["trusted"], &issuer["keys"]), (&false.into(), &1.into()), "{issuer}");
    stage.server.become_of(Mood::Listing);
    stage.world.clock.advance(GAP);
    stage.good(&stage.token(&json!({}))).await;
    assert_eq!(health().await["issuers"][0]["trusted"], true);
}

#[tokio::test]
async fn a_gateway_starts_without_its_issuer_and_trusts_it_when_it_is_there() {
    let key = SigningKey::new("k1", "EdDSA");
    let server = KeyServer::listing(&[&key]).await;
    server.become_of(Mood::Gone);
    let issuer = issuer_at(&server.url(), &["EdDSA"]);
    let scene = Scene::bot("[access]\ncustomers = \"read\"");
    let world = scene.with(|config| config.issuers = vec![issuer]).start().await;
    let stage = Stage { world, server, key };
    stage.bad(&stage.token(&json!({})), "jwt_keys_unavailable").await;
    stage.good(stage.world.token("bot")).await;
    stage.server.become_of(Mood::Listing);
    stage.world.clock.advance(GAP);
    stage.good(&stage.token(&json!({}))).await;
}

#[tokio::test]
async fn an_issuer_at_whose_address_nobody_is_is_said_at_once() {
    let nobody = Nobody::new();
    let issuer = issuer_at(&format!("http://{}/jwks", nobody.at), &["EdDSA"]);
    let scene = Scene::bot("[access]\ncustomers = \"read\"");
    let world = scene.with(|config| config.issuers = vec![issuer]).start().await;
    let token = SigningKey::new("k1", "EdDSA").sign(&claims("bot", world.clock.now()));
    let answer = world.ask_as(Some(&token), LINE).await;
    assert_eq!(answer.status, 401);
    assert_eq!(world.record_of(&answer).await.opening.reason, "jwt_keys_unavailable");
}

#[tokio::test]
async fn an_issuer_that_says_nothing_holds_up_nobody_whose_key_is_known() {
    let stage = Stage::with("EdDSA").await;
    stage.good(&stage.token(&json!({}))).await;
    stage.server.become_of(Mood::Silent);
    let other = signed(&stage, &SigningKey::new("k2", "EdDSA"));
    let began = Instant::now();
    let waiting = stage.world.ask_as(Some(&other), LINE);
    let meanwhile = async {
        for number in 0..20 {
            stage.good(&stage.token(&json!({"jti": number.to_string()}))).await;
        }
        began.elapsed()
    };
    let (refused, took) = tokio::join!(waiting, meanwhile);
    assert_eq!(refused.status, 401);
    assert!(began.elapsed() < Duration::from_secs(5), "the wait for a key has an end");
    assert!(took < began.elapsed(), "nobody else waited for it");
}

#[tokio::test]
async fn what_is_no_list_of_keys_changes_nothing() {
    let key = SigningKey::new("k1", "EdDSA");
    let trap = KeyServer::listing(&[&key]).await;
    let forged = SigningKey::new("k1", "EdDSA").jwk();
    let redirect =
        format!("HTTP/1.1 302 Found\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n", trap.url());
    let twice = format!(r#"{{"keys":[],"keys":[{forged}]}}"#);
    let huge = json!({"keys": [forged], "x": "y".repeat(300_000)}).to_string();
    let many = json!({"keys": vec![&forged; 101]}).to_string();
    let error = b"HTTP/1.1 500 Oh\r\ncontent-length: 11\r\n\r\n{\"keys\":[]}".to_vec();
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"keys\":[]}".to_vec();
    for odd in [
        redirect.into_bytes(),
        answer(&twice),
        answer(&huge),
        answer(&many),
        answer("<html>"),
        answer("[]"),
        answer(r#"{"keys":{}}"#),
        answer("{}"),
        answer(""),
        error,
        cut,
    ] {
        let shown = String::from_utf8_lossy(&odd[..odd.len().min(120)]).into_owned();
        let stage = Stage::set(key.clone(), &["EdDSA"], |_| {}).await;
        stage.good(&stage.token(&json!({}))).await;
        stage.server.become_of(Mood::Answering(odd));
        stage.bad(&signed(&stage, &SigningKey::new("k2", "EdDSA")), "jwt_unknown_key").await;
        assert!(stage.server.fetches() > 1, "{shown}");
        stage.good(&stage.token(&json!({"jti": "after"}))).await;
    }
    assert_eq!(trap.fetches(), 0, "a redirect is not followed");
}

/// A world whose issuer lists these very keys.
async fn world_listing(keys: Vec<Value>, algorithms: &[&str]) -> (World, KeyServer) {
    let server = KeyServer::listing(&[]).await;
    server.list_raw(keys);
    let issuer = issuer_at(&server.url(), algorithms);
    let scene = Scene::bot("[access]\ncustomers = \"read\"");
    (scene.with(|config| config.issuers = vec![issuer]).start().await, server)
}

#[tokio::test]
async fn a_key_that_is_odd_weak_or_for_something_else_is_none() {
    let key = SigningKey::new("k1", "RS256");
    let honest = key.jwk();
    let with = |name: &str, value: Value| {
        let mut jwk = honest.clone();
        jwk[name] = value;
        jwk
    };
    let without = |name: &str| {
        let mut jwk = honest.clone();
        jwk.as_object_mut().expect("an object").remove(name);
        jwk
    };
    let small = encoded(&"\u{7f}".repeat(128));
    for (odd, what) in [
        (with("use", json!("enc")), "for encryption"),
        (with("use", json!(["sig"])), "a use that is no text"),
        (with("key_ops", json!(["encrypt", "wrapKey"])), "for encryption"),
        (with("key_ops", json!(["sign"])), "for signing"),
        (with("key_ops", json!("verify")), "operations that are no list"),
        (with("alg", json!("PS256")), "for another algorithm"),
        (with("alg", json!("RSA-OAEP")), "for encryption"),
        (with("alg", json!("none")), "for none"),
        (with("n", json!(small)), "1024 bits"),
        (with("e", json!("Aw")), "an exponent of 3"),
        (with("e", json!("AQAA")), "an even exponent"),
        (with("d", json!("AQAB")), "its private part is known"),
        (with("kty", json!("oct")), "a secret"),
        (with("kty", json!("EC")), "of another kind"),
        (with("kid", json!("")), "without a name"),
        (with("kid", json!(1)), "a name that is no text"),
        (without("kid"), "without a name"),
        (without("n"), "without its modulus"),
        (with("n", json!(format!("{}=", honest["n"].as_str().expect("a text")))), "padded"),
    ] {
        let (world, server) = world_listing(vec![odd], &["RS256"]).await;
        let token = key.sign(&claims("bot", world.clock.now()));
        let answer = world.ask_as(Some(&token), LINE).await;
        assert_eq!(answer.status, 401, "{what}");
        assert_eq!(world.record_of(&answer).await.opening.reason, "jwt_unknown_key", "{what}");
        drop(server);
    }
    let (world, _server) = world_listing(vec![honest.clone()], &["RS256"]).await;
    let token = key.sign(&claims("bot", world.clock.now()));
    assert_eq!(world.ask_as(Some(&token), LINE).await.status, 200);
    assert_eq!(claims("bot", world.clock.now())["iss"], ISSUER);
}

#[tokio::test]
async fn two_keys_of_one_name_are_none_and_others_are_not_touched_by_it() {
    let (one, two) = (SigningKey::new("k1", "EdDSA"), SigningKey::new("k1", "EdDSA"));
    let three = SigningKey::new("k3", "EdDSA");
    let keys = vec![one.jwk(), two.jwk(), three.jwk(), json!("odd"), json!({"kty": "EC"})];
    let (world, _server) = world_listing(keys, &["EdDSA"]).await;
    for (key, status) in [(one, 401), (two, 401), (three, 200)] {
        let token = key.sign(&claims("bot", world.clock.now()));
        assert_eq!(world.ask_as(Some(&token), LINE).await.status, status, "{}", key.name);
    }
}

#[tokio::test]
async fn keys_in_a_file_are_renewed_too() {
    let (old, new) = (SigningKey::new("k1", "EdDSA"), SigningKey::new("k2", "EdDSA"));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("jwks.json");
    let write = |keys: &[&SigningKey]| {
        let keys: Vec<_> = keys.iter().map(|key| key.jwk()).collect();
        std::fs::write(&file, json!({"keys": keys}).to_string()).expect("a file is written");
    };
    write(&[&old]);
    let path = file.clone();
    let stage = Stage::set(old, &["EdDSA"], |issuer| {
        issuer.jwks_url = None;
        issuer.jwks_file = Some(path);
    })
    .await;
    stage.good(&stage.token(&json!({}))).await;
    write(&[&new]);
    stage.good(&signed(&stage, &new)).await;
    stage.bad(&stage.token(&json!({})), "jwt_unknown_key").await;
    std::fs::write(&file, "{").expect("a broken file");
    stage.world.clock.advance(GAP);
    stage.good(&signed(&stage, &new)).await;
}
