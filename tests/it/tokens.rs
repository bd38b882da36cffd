//! Tokens: who is let in, and how soon a change of the store is felt by a running gateway.

use std::time::{Duration, Instant};

use gateway::clock::Clock as _;
use gateway::token::Token;
use jiff::SignedDuration;

use crate::support::answer::Answer;
use crate::support::patience::eventually;
use crate::support::raw::exchange;
use crate::support::world::{Scene, World};

const READ: &str = "[access]\ncustomers = \"read\"";
const LINE: &str = "GET /v1/customers";

#[tokio::test]
async fn a_token_that_is_issued_while_the_gateway_runs_works_within_a_second() {
    let world = Scene::bot(READ).start().await;
    let (_, token) = world.issue("bot", None).await;
    let begun = Instant::now();
    until_status(&world, &token, 200).await;
    assert!(begun.elapsed() < Duration::from_secs(1), "took {:?}", begun.elapsed());
}

#[tokio::test]
async fn a_token_that_is_revoked_while_the_gateway_runs_is_dead_within_a_second() {
    let world = Scene::bot(READ).start().await;
    let rows = world.store.agents().tokens().await.expect("the tokens");
    assert_eq!(world.ask("bot", LINE).await.status, 200);
    let now = world.clock.now();
    world.store.agents().revoke(rows[0].id.as_str(), now).await.expect("revoked");
    let begun = Instant::now();
    let answer = until_status(&world, world.token("bot"), 401).await;
    assert!(begun.elapsed() < Duration::from_secs(1), "took {:?}", begun.elapsed());
    let record = world.record_of(&answer).await;
    assert_eq!(record.opening.reason, "token_revoked");
    assert_eq!(record.opening.agent.as_deref(), Some("bot"));
    assert_eq!(record.opening.token.as_deref(), Some(rows[0].id.as_str()));
}

#[tokio::test]
async fn a_token_is_dead_from_the_instant_at_which_it_ends() {
    let world = Scene::bot(READ).start().await;
    let end = world.clock.now() + SignedDuration::from_hours(1);
    let (_, token) = world.issue("bot", Some(end)).await;
    until_status(&world, &token, 200).await;
    world.clock.advance(SignedDuration::from_secs(3599));
    assert_eq!(world.ask_as(Some(&token), LINE).await.status, 200);
    world.clock.advance(SignedDuration::from_secs(1));
    let answer = world.ask_as(Some(&token), LINE).await;
    assert_eq!(answer.status, 401);
    assert_eq!(world.record_of(&answer).await.opening.reason, "token_expired");
}

#[tokio::test]
async fn the_caller_is_never_told_what_was_wrong_with_its_token() {
    let world = Scene::bot(READ).stranger("nobody").start().await;
    let expired = world.issue("bot", Some(world.clock.now())).await.1;
    let (id, revoked) = world.issue("bot", None).await;
    world.store.agents().revoke(&id, world.clock.now()).await.expect("revoked");
    let (_, last) = world.issue("bot", None).await;
    until_status(&world, &last, 200).await;
    let unknown = Token::generate().expect("random bytes");
    let answers = [
        ("token_missing", world.ask_as(None, LINE).await),
        ("token_malformed", world.ask_as(Some("kst_short"), LINE).await),
        ("token_malformed", world.ask_as(Some(&mistyped(unknown.reveal())), LINE).await),
        ("token_unknown", world.ask_as(Some(unknown.reveal()), LINE).await),
        ("token_expired", world.ask_as(Some(&expired), LINE).await),
        ("token_revoked", world.ask_as(Some(&revoked), LINE).await),
        ("agent_without_policy", world.ask_as(Some(world.token("nobody")), LINE).await),
        ("real_key_presented", world.ask_as(Some(&world.key), LINE).await),
    ];
    let first = told(&answers[0].1);
    assert!(first.contains("www-authenticate: Bearer realm=\"kustodian\""), "{first}");
    for (reason, answer) in &answers {
        assert_eq!(answer.status, 401, "{reason}");
        assert_eq!(told(answer), first, "{reason}");
        assert_eq!(world.record_of(answer).await.opening.reason, *reason);
    }
}

#[tokio::test]
async fn the_scheme_is_read_in_any_case_and_no_other_scheme_is() {
    let world = Scene::bot(READ).start().await;
    let token = world.token("bot");
    for (scheme, status) in [
        ("Bearer ", 200),
        ("bearer ", 200),
        ("BEARER ", 200),
        ("Basic ", 401),
        ("Token ", 401),
        ("Bearer  ", 401),
        ("Bearer", 401),
        ("", 401),
    ] {
        let answer = raw(&world, &format!("authorization: {scheme}{token}\r\n")).await;
        assert_eq!(answer.status, status, "`{scheme}`");
    }
}

#[tokio::test]
async fn a_token_with_anything_added_or_missing_is_none() {
    let world = Scene::bot(READ).start().await;
    let token = world.token("bot");
    for changed in [
        format!("{token}x"),
        format!("{token} {token}"),
        token[1..].to_owned(),
        token[..token.len() - 1].to_owned(),
        token.to_lowercase(),
        token.replacen("kst_", "KST_", 1),
    ] {
        let answer = raw(&world, &format!("authorization: Bearer {changed}\r\n")).await;
        assert_eq!(answer.status, 401);
        assert_eq!(world.record_of(&answer).await.opening.reason, "token_malformed");
    }
}

#[tokio::test]
async fn two_authorization_headers_are_refused_even_when_they_are_the_same() {
    let world = Scene::bot(READ).start().await;
    let line = format!("authorization: Bearer {}\r\n", world.token("bot"));
    for second in [line.as_str(), "Authorization: Bearer x\r\n", "authorization:\r\n"] {
        let answer = raw(&world, &format!("{line}{second}")).await;
        assert_eq!(answer.status, 400, "{second}");
        assert_eq!(answer.code(), "several_authorization_headers");
        assert!(!world.record_of(&answer).await.sentence().contains("kst_"));
    }
    assert_eq!(world.received(), 0);
}

#[tokio::test]
async fn a_token_anywhere_but_in_its_header_is_worth_nothing() {
    let world = Scene::bot(READ).start().await;
    let token = world.token("bot").to_owned();
    let target = format!("GET /v1/customers?access_token={token}");
    assert_eq!(world.ask_as(None, &target).await.status, 401);
    for header in ["x-api-key", "cookie", "proxy-authorization"] {
        let answer = raw(&world, &format!("{header}: Bearer {token}\r\n")).await;
        assert_eq!(answer.status, 401, "{header}");
    }
}

#[tokio::test]
async fn a_token_in_the_target_is_refused_and_blanked_in_the_record() {
    let world = Scene::bot(READ).start().await;
    let other = Token::generate().expect("random bytes").reveal().to_owned();
    let own = world.token("bot").to_owned();
    for secret in [&other, &own, &format!("{}x", &own[..own.len() - 1])] {
        for target in [
            format!("/v1/customers?api_key={secret}"),
            format!("/v1/customers/email={secret}"),
            format!("/v1/{secret}/customers"),
        ] {
            let answer = world.ask("bot", &format!("GET {target}")).await;
            assert_eq!((answer.status, answer.code().as_str()), (400, "credential_in_target"));
            let record = world.record_of(&answer).await;
            assert!(!format!("{record:?}").contains(&**secret), "{}", record.sentence());
        }
    }
    assert_eq!(world.received(), 0);
}

#[tokio::test]
async fn the_store_keeps_no_token() {
    let world = Scene::bot(READ).start().await;
    world.ask("bot", LINE).await;
    let (token, folder) = (world.token("bot").as_bytes().to_vec(), world.folder().to_owned());
    let token = &*token;
    // Closed, so that everything is in the file, and nobody is disturbed by reading it.
    world.running.gateway.store.close().await;
    world.store.close().await;
    for file in std::fs::read_dir(folder).expect("a folder").flatten() {
        let bytes = std::fs::read(file.path()).unwrap_or_default();
        assert!(!bytes.windows(token.len()).any(|part| part == token), "{:?}", file.path());
    }
}

/// A token with its last character changed: the right shape, and the wrong checksum.
fn mistyped(token: &str) -> String {
    let (most, last) = token.split_at(token.len() - 1);
    format!("{most}{}", if last == "0" { "1" } else { "0" })
}

/// Everything of an answer but its ids and its date.
fn told(answer: &Answer) -> String {
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| *name != "date" && *name != "kustodian-request-id")
        .map(|(name, value)| format!("{name}: {}", value.to_str().expect("text")))
        .collect();
    headers.sort();
    let id = answer.header("kustodian-request-id");
    let body = answer.text();
    assert!(body.contains(id), "the body names its request");
    format!("{}\n{}", headers.join("\n"), body.replace(id, "(id)"))
}

async fn until_status(world: &World, token: &str, status: u16) -> Answer {
    eventually("the gateway to learn of a token", async || {
        let answer = world.ask_as(Some(token), LINE).await;
        (answer.status == status).then_some(answer)
    })
    .await
}

async fn raw(world: &World, headers: &str) -> Answer {
    let request = format!("{LINE} HTTP/1.1\r\nhost: gateway\r\n{headers}connection: close\r\n\r\n");
    exchange(world.running.agents, request.as_bytes()).await
}
