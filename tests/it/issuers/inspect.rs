//! `kustodian token inspect` tells beforehand what the gateway would say of a signed token.

use std::net::SocketAddr;

use gateway::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};

use crate::support::issuer::{AUDIENCE, ISSUER, KeyServer, Mood, SigningKey, claims};
use crate::support::program::{Ended, Installation, run_with_input};

struct Desk {
    installation: Installation,
    server: KeyServer,
    key: SigningKey,
}

impl Desk {
    async fn new() -> Self {
        let key = SigningKey::new("k1", "EdDSA");
        let server = KeyServer::listing(&[&key]).await;
        let issuer = format!(
            "[[issuers]]\nname = \"test\"\nissuer = \"{ISSUER}\"\naudience = \"{AUDIENCE}\"\n\
             jwks_url = \"{}\"\nalgorithms = [\"EdDSA\"]\nagent_claim = \"sub\"\n",
            server.url()
        );
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 1));
        let policies = [("bot", "[access]\ncustomers = \"read\"\n")];
        let installation =
            Installation::new(nowhere, "not-a-real-key-0123456789", &policies, &issuer);
        Self { installation, server, key }
    }

    /// What the command says of a token.
    async fn inspect(&self, token: String, arguments: &'static [&'static str]) -> Ended {
        let folder = self.installation.folder().to_owned();
        let run = move || run_with_input(&folder, arguments, &token);
        tokio::task::spawn_blocking(run).await.expect("the command ends")
    }

    fn token(&self, changes: &Value) -> String {
        let mut claims = claims("bot", SystemClock.now());
        for (name, value) in changes.as_object().expect("an object") {
            claims[name] = value.clone();
        }
        self.key.sign(&claims)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_judged_as_the_gateway_would() {
    let desk = Desk::new().await;
    let token = desk.token(&json!({}));
    let ended = desk.inspect(format!("{token}\n"), &["token", "inspect"]).await;
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    assert!(
        ended.out.starts_with("it would be let in: agent `bot`; records call the token test:one")
    );
    assert!(ended.out.contains("aud  \"https://kustodian.example.com\""), "{}", ended.out);
    assert!(!ended.out.contains(&token[token.len() - 16..]), "the token is not shown");
    for (changes, reason) in [
        (json!({"aud": "other"}), "jwt_wrong_audience"),
        (json!({"exp": 1}), "jwt_expired"),
        (json!({"iss": "https://other.example.com"}), "jwt_unknown_issuer"),
        (json!({"sub": "stranger"}), "agent_without_policy"),
        (json!({"sub": "\u{1b}[2J"}), "jwt_names_no_agent"),
    ] {
        let ended = desk.inspect(desk.token(&changes), &["token", "inspect", "--json"]).await;
        let said: Value = serde_json::from_str(&ended.out).expect("JSON");
        assert_eq!((ended.code, said["reason"].as_str()), (1, Some(reason)), "{said}");
        let ended = desk.inspect(desk.token(&changes), &["token", "inspect"]).await;
        assert!(ended.out.contains(reason) && !ended.out.contains('\u{1b}'), "{}", ended.out);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_signed_token_or_cannot_be_checked_is_said() {
    let desk = Desk::new().await;
    for nothing in ["kst_nothing", ""] {
        let ended = desk.inspect(nothing.to_owned(), &["token", "inspect"]).await;
        assert_eq!(ended.code, 2);
        assert!(ended.err.contains("holds no signed token"), "{}", ended.err);
    }
    let ended = desk.inspect("a.b.c".to_owned(), &["token", "inspect"]).await;
    assert_eq!(ended.code, 1);
    assert!(ended.out.contains("jwt_malformed"), "{}", ended.out);
    desk.server.become_of(Mood::Gone);
    let ended = desk.inspect(desk.token(&json!({})), &["token", "inspect"]).await;
    assert_eq!(ended.code, 1);
    assert!(ended.out.contains("jwt_keys_unavailable"), "{}", ended.out);
}
