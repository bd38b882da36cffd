//! Promise 3 once more, over a whole run of the program with the most talkative log: neither the real
//! key nor any token is in an answer, a log line, a record, a file or what a command prints.

use std::sync::Arc;

use gateway::clock::{Clock as _, SystemClock};

use crate::support::answer::Answer;
use crate::support::client::Client;
use crate::support::clock::HandClock;
use crate::support::issuer::{AUDIENCE, ISSUER, KeyServer, SigningKey, claims};
use crate::support::patience::eventually;
use crate::support::program::{Installation, Serving};
use crate::support::raw::exchange;
use crate::support::world::{ID, everything, start_sandbox};

const LOUD: &str = "[log]\nfilter = \"trace\"\nformat = \"json\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_full_run_leaves_no_trace_of_key_or_tokens() {
    let (sandbox, at) = start_sandbox(&Arc::new(HandClock::new())).await;
    let key = sandbox.admin_key();
    let policies = [("bot", "[access]\ncustomers = \"read\"\n"), ("root", &everything("full"))];
    let issuers_key = SigningKey::new("k1", "EdDSA");
    let keys = KeyServer::listing(&[&issuers_key]).await;
    let installation = Installation::new(at, &key, &policies, &(LOUD.to_owned() + &issuer(&keys)));
    installation.write("bearer", BEARER);
    installation.make_private("bearer");
    let signed = issuers_key.sign(&claims("bot", SystemClock.now()));
    let tokens = [installation.token("bot"), installation.token("root"), signed];
    let minted = installation.run(&["token", "mint", "bot", "--only", "customers=read"]);
    let minted = minted.out.trim();
    assert!(minted.starts_with("eyJ"), "a signed token");
    let mut serving = installation.serve();
    let mut answers = every_kind_of_request(&serving, &tokens, &key).await;
    answers.extend(with_a_minted_token(&serving, minted).await);
    revoke_all(&installation);
    let late = revoked(&serving, &tokens[0]).await;
    assert_eq!(serving.stop(), Some(0), "{}", serving.log());

    let mut said: Vec<(String, String)> = vec![("the log".to_owned(), serving.log())];
    said.extend(
        answers.iter().chain([&late]).map(|answer| ("an answer".to_owned(), all_of(answer))),
    );
    said.extend(printed(&installation));
    said.extend(files(&installation));
    assert!(said.iter().any(|(_, text)| text.contains("TRACE")), "the log is as loud as it can be");
    assert!(keys.received().contains(BEARER), "the issuer was shown what it asks for");
    for secret in [&key, &tokens[0], &tokens[1], &tokens[2], minted, BEARER] {
        for (place, text) in &said {
            assert_clean(place, text, secret);
        }
    }
}

/// What the gateway shows to the issuer.
const BEARER: &str = "not-a-real-bearer-0123456789abcdef";

/// Settings for an issuer whose keys are only for who shows a token.
fn issuer(keys: &KeyServer) -> String {
    let url = keys.url();
    format!(
        "[[issuers]]\nname = \"test\"\nissuer = \"{ISSUER}\"\naudience = \"{AUDIENCE}\"\n\
         jwks_url = \"{url}\"\nbearer_file = \"bearer\"\nalgorithms = [\"EdDSA\"]\nagent_claim = \"sub\"\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_fails_leaves_no_trace_of_the_key_either() {
    let key = "the-organisations-key-0123456789abcdef";
    let nowhere = std::net::SocketAddr::from(([127, 0, 0, 1], 1));
    let installation = Installation::new(nowhere, key, &[("bot", &everything("full"))], LOUD);
    let token = installation.token("bot");
    let mut serving = installation.serve();
    let client = Client::new(serving.agents);
    let answer = client.send("GET /v1/customers", Some(&token), &[], Vec::new()).await;
    assert_eq!(answer.status, 502);
    serving.stop();
    for secret in [key, token.as_str()] {
        assert_clean("the log", &serving.log(), secret);
        assert_clean("an answer", &all_of(&answer), secret);
    }
}

/// A secret may not be there whole, nor may a part of it that would help to guess it.
#[track_caller]
fn assert_clean(place: &str, text: &str, secret: &str) {
    let part = &secret[secret.len() - 16..];
    let found = text.lines().find(|line| line.contains(part));
    let shown = found.map(|line| line.replace(secret, "(the secret)"));
    assert_eq!(shown, None, "{place} holds a secret");
}

async fn every_kind_of_request(serving: &Serving, tokens: &[String; 3], key: &str) -> Vec<Answer> {
    let [bot, root, signed] = tokens;
    let (client, http2) = (Client::new(serving.agents), Client::http2(serving.agents));
    let admin = Client::new(serving.admin);
    let mut answers = Vec::new();
    let (mistyped, forged) = (format!("{bot}x"), format!("{signed}x"));
    let key_itself = key.to_owned();
    let shown = [bot, root, signed, &key_itself, &mistyped, &forged].map(Some);
    for token in shown.into_iter().chain([None]) {
        for line in [
            "GET /v1/customers?token=x",
            "POST /v1/customers",
            &format!("DELETE /v1/customers/{ID}"),
            "GET /v1/customers/../users",
            "GET /v1/nonsense",
            "GET /_kustodian/access",
            &format!("GET /v1/customers/{signed}"),
            &format!("GET /v1/customers?q={signed}"),
            "GET /_kustodian/health",
            "GET /_kustodian/nothing",
            // Kustomer's own description of the key that asks.
            "GET /v1/auth/tokens/current",
        ] {
            let is_write = line.starts_with("POST");
            let body = if is_write { b"{\"name\": \"Ada\"}".to_vec() } else { Vec::new() };
            let json = [("content-type", "application/json")];
            let token = token.map(String::as_str);
            answers.push(client.send(line, token, &json, body.clone()).await);
            answers.push(http2.send(line, token, &json, body).await);
        }
    }
    for headers in [
        format!("authorization: Bearer {bot}\r\nauthorization: Bearer {root}"),
        format!("authorization: Basic {bot}"),
        format!("authorization: {key}"),
        format!("authorization: Basic {signed}"),
        format!("proxy-authorization: Bearer {root}"),
        format!("x-token: {signed}"),
        format!("cookie: session={root}"),
    ] {
        let request = format!(
            "GET /v1/customers HTTP/1.1\r\nhost: gateway\r\n{headers}\r\nconnection: close\r\n\r\n"
        );
        answers.push(exchange(serving.agents, request.as_bytes()).await);
    }
    for line in ["GET /health", "GET /nothing"] {
        answers.push(admin.send(line, Some(root), &[], Vec::new()).await);
    }
    answers
}

async fn with_a_minted_token(serving: &Serving, minted: &str) -> Vec<Answer> {
    let (client, http2) = (Client::new(serving.agents), Client::http2(serving.agents));
    let mut answers = Vec::new();
    for token in [minted, &format!("{minted}x"), &minted[..minted.len() - 1]] {
        for line in [
            "GET /v1/customers",
            "GET /v1/teams",
            "GET /_kustodian/access",
            &format!("GET /v1/customers?token={minted}"),
            &format!("GET /v1/customers/email={minted}"),
            &format!("GET /v1/{minted}"),
        ] {
            answers.push(client.send(line, Some(token), &[], Vec::new()).await);
            answers.push(http2.send(line, Some(token), &[], Vec::new()).await);
        }
    }
    assert_eq!(answers[0].status, 200, "{}", answers[0].text());
    answers
}

/// Asks until the gateway has learnt that the token was revoked.
async fn revoked(serving: &Serving, token: &str) -> Answer {
    let client = Client::new(serving.agents);
    eventually("the revocation", async || {
        let answer = client.send("GET /v1/customers", Some(token), &[], Vec::new()).await;
        (answer.status == 401).then_some(answer)
    })
    .await
}

fn revoke_all(installation: &Installation) {
    let listed = installation.run(&["token", "list", "--json"]);
    for line in listed.out.lines() {
        let row: serde_json::Value = serde_json::from_str(line).expect("JSON");
        installation.run(&["token", "revoke", row["id"].as_str().expect("an id")]);
    }
}

/// What every command that looks at the installation prints.
fn printed(installation: &Installation) -> Vec<(String, String)> {
    let commands: [&[&str]; 8] = [
        &["audit", "list", "--limit", "1000"],
        &["audit", "list", "--limit", "1000", "--json"],
        &["audit", "tail", "-n", "1000"],
        &["token", "list"],
        &["token", "list", "--json"],
        &["check"],
        &["check", "--json"],
        &["explain", "bot", "GET", "/v1/customers"],
    ];
    let said = commands.map(|command| {
        let ended = installation.run(command);
        (format!("{command:?}"), format!("{}{}", ended.out, ended.err))
    });
    said.into()
}

/// Every file of the installation but those of secrets, as text.
fn files(installation: &Installation) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(installation.folder()).expect("a folder").flatten();
    let files = entries.map(|entry| entry.path()).filter(|path| path.is_file());
    let files = files.filter(|path| !path.ends_with("key") && !path.ends_with("bearer"));
    let read = |path: std::path::PathBuf| {
        let bytes = std::fs::read(&path).expect("a file");
        (path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned())
    };
    files.map(read).collect()
}

fn all_of(answer: &Answer) -> String {
    let headers = answer
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())));
    format!("{}{}", headers.collect::<String>(), answer.text())
}
