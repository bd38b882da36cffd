//! Minted tokens: signed by the gateway, short-lived, narrowed at will, and revocable by their id.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use catalogue::Catalogue;
use gateway::audit_key::AuditKey;
use gateway::clock::Clock as _;
use gateway::mint::{Mint, Minter};
use gateway::token::new_mint_id;
use jiff::SignedDuration;
use policy::Narrowing;
use secrecy::ExposeSecret as _;
use serde_json::json;
use store::{Addresses, RevokedMint};

use crate::support::answer::Answer;
use crate::support::client::Client;
use crate::support::clock::HandClock;
use crate::support::patience::eventually;
use crate::support::program::{Installation, run_with_input};
use crate::support::upstream::Upstream;
use crate::support::world::{Scene, World, start_sandbox};

const POLICY: &str = "[access]\ncustomers = \"read\"\nmessages = \"read\"";
const LINE: &str = "GET /v1/customers";

/// A token of `bot` that lasts an hour, to be changed.
fn hour(world: &World) -> Mint {
    let now = world.clock.now();
    Mint {
        id: new_mint_id().expect("random bytes"),
        agent: "bot".to_owned(),
        issued_at: now,
        expires_at: now + SignedDuration::from_hours(1),
        only: None,
        addresses: Addresses::Anywhere,
    }
}

fn only(items: &[&str]) -> Arc<Narrowing> {
    let narrowing = Narrowing::read(items.iter().copied(), Catalogue::builtin());
    Arc::new(narrowing.expect("a narrowing"))
}

/// Signs as the command does, with the world's own audit key.
fn signed(world: &World, mint: &Mint) -> String {
    let key = AuditKey::read(&world.folder().join("kustodian-audit.key")).expect("the audit key");
    sign(&key, mint)
}

fn sign(key: &AuditKey, mint: &Mint) -> String {
    Minter::new(key, "24h".parse().expect("a time")).sign(mint).expose_secret().to_owned()
}

async fn reason(world: &World, answer: &Answer) -> String {
    assert_eq!(answer.status, 401, "{}", answer.text());
    world.record_of(answer).await.opening.reason
}

#[tokio::test]
async fn a_minted_token_is_its_agent_and_records_say_that_it_was_minted() {
    let upstream = Upstream::answering(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
    let world = Scene::bot(POLICY).before(upstream.at).start().await;
    let mint = Mint { only: Some(only(&["customers=full"])), ..hour(&world) };
    let token = signed(&world, &mint);
    let answer = world.ask_as(Some(&token), LINE).await;
    assert_eq!(answer.status, 200);
    let record = world.record_of(&answer).await;
    assert_eq!(record.opening.agent.as_deref(), Some("bot"));
    assert_eq!(record.opening.token.as_deref(), Some(mint.id.as_str()));
    let detail = json!({ "minted": { "expires": mint.expires_at, "only": ["customers=full"] } });
    assert_eq!(record.opening.detail.as_ref().map(audit::Detail::value), Some(detail));
    let received = upstream.all_received();
    // The real key is a signed token too; what tells them apart is their ends.
    let end = &token[token.len() - 20..];
    assert!(!received.contains(end) && received.contains(&world.key), "{received}");
    let shown = format!("{record:?}");
    assert!(!shown.contains(end), "{shown}");
}

#[tokio::test]
async fn a_narrowed_token_has_a_part_of_its_policy_and_is_told_so() {
    let world = Scene::bot(POLICY).start().await;
    let mint = Mint { only: Some(only(&["messages=read", "teams=full"])), ..hour(&world) };
    let token = signed(&world, &mint);
    assert_eq!(world.ask_as(Some(&token), "GET /v1/messages").await.status, 200);
    let answer = world.ask_as(Some(&token), LINE).await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "token_narrowed"));
    let record = world.record_of(&answer).await;
    assert_eq!(
        record.sentence(),
        "Agent bot was refused: listing customers needs read on customers, and its token is narrowed to \
         messages=read, teams=full."
    );
    assert_eq!(record.opening.demands.len(), 1);
    let answer = world.ask_as(Some(&token), "GET /v1/teams").await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "not_granted"));
    let access = world.ask_as(Some(&token), "GET /_kustodian/access").await;
    let access: serde_json::Value = serde_json::from_slice(&access.body).expect("JSON");
    assert_eq!(access["resources"], json!({ "messages": "read" }));
    assert_eq!(access["token"], json!({ "only": ["messages=read", "teams=full"] }));
    let access = world.ask("bot", "GET /_kustodian/access").await;
    assert!(!access.text().contains("\"token\""), "{}", access.text());
}

#[tokio::test]
async fn the_access_page_shows_no_more_on_a_klass_than_a_narrowed_token_has() {
    let policy = "[access]\n\"kobjects.orders\" = \"full\"\n\"kobjects.invoices\" = \"write\"";
    let world = Scene::bot(policy).start().await;
    for (items, orders, invoices) in [
        (&["kobjects=read"][..], "read", "read"),
        (&["kobjects.orders=write"], "write", "off"),
        (&["kobjects=full"], "full", "write"),
        (&["messages=full"], "off", "off"),
    ] {
        let token = signed(&world, &Mint { only: Some(only(items)), ..hour(&world) });
        let access = world.ask_as(Some(&token), "GET /_kustodian/access").await.json();
        let klasses = json!({ "kobjects.orders": orders, "kobjects.invoices": invoices });
        assert_eq!(access["klasses"], klasses, "{items:?}");
    }
}

#[tokio::test]
async fn a_token_narrowed_to_nothing_and_one_that_cannot_be_read_open_nothing() {
    let world = Scene::bot(POLICY).start().await;
    let token = signed(&world, &Mint { only: Some(only(&[])), ..hour(&world) });
    assert_eq!(world.ask_as(Some(&token), LINE).await.status, 403);
    assert_eq!(world.received(), 0);
}

#[tokio::test]
async fn a_minted_token_ends_and_the_caller_is_told_no_more_than_anybody() {
    let world = Scene::bot(POLICY).start().await;
    let token = signed(&world, &hour(&world));
    world.clock.advance(SignedDuration::from_secs(3_600));
    assert_eq!(world.ask_as(Some(&token), LINE).await.status, 200, "clocks differ a little");
    world.clock.advance(SignedDuration::from_secs(10));
    let answer = world.ask_as(Some(&token), LINE).await;
    assert_eq!(reason(&world, &answer).await, "jwt_expired");
    let unknown = world.ask_as(Some("kst_x"), LINE).await;
    let told =
        |answer: &Answer| answer.text().replace(answer.header("kustodian-request-id"), "(id)");
    assert_eq!(told(&answer), told(&unknown));
}

#[tokio::test]
async fn only_gateways_with_the_same_audit_key_take_it() {
    let one = Scene::bot(POLICY).start().await;
    let shared = one.folder().join("kustodian-audit.key");
    let replica = Scene::bot(POLICY).with(move |config| config.audit.key_file = Some(shared));
    let replica = replica.start().await;
    let token = signed(&one, &hour(&one));
    assert_eq!(replica.ask_as(Some(&token), LINE).await.status, 200);

    let other = Scene::bot(POLICY).start().await;
    let answer = other.ask_as(Some(&token), LINE).await;
    assert_eq!(reason(&other, &answer).await, "jwt_unknown_key");
    assert_eq!(other.received(), 0);
}

#[tokio::test]
async fn what_was_changed_in_a_token_makes_it_worth_nothing() {
    let world = Scene::bot(POLICY).start().await;
    let narrow = signed(&world, &Mint { only: Some(only(&["messages=read"])), ..hour(&world) });
    let wide = signed(&world, &hour(&world));
    let parts = |token: &str| token.split('.').map(str::to_owned).collect::<Vec<_>>();
    let (narrow, wide) = (parts(&narrow), parts(&wide));
    let mixed = format!("{}.{}.{}", narrow[0], wide[1], narrow[2]);
    let answer = world.ask_as(Some(&mixed), LINE).await;
    assert_eq!(reason(&world, &answer).await, "jwt_bad_signature");
    let unsigned = format!("{}.{}.", wide[0], wide[1]);
    let answer = world.ask_as(Some(&unsigned), LINE).await;
    assert_eq!(reason(&world, &answer).await, "jwt_unsigned");
    assert_eq!(world.received(), 0);
}

#[tokio::test]
async fn what_the_settings_or_the_policies_do_not_allow_is_refused() {
    let short =
        |config: &mut gateway::Config| config.tokens.longest_ttl = "30m".parse().expect("a time");
    let world = Scene::bot(POLICY).with(short).start().await;
    let answer = world.ask_as(Some(&signed(&world, &hour(&world))), LINE).await;
    assert_eq!(reason(&world, &answer).await, "jwt_lives_too_long");
    let brief =
        Mint { expires_at: world.clock.now() + SignedDuration::from_mins(30), ..hour(&world) };
    assert_eq!(world.ask_as(Some(&signed(&world, &brief)), LINE).await.status, 200);
    let stranger = Mint { agent: "nobody".to_owned(), ..brief.clone() };
    let answer = world.ask_as(Some(&signed(&world, &stranger)), LINE).await;
    assert_eq!(reason(&world, &answer).await, "agent_without_policy");
    let networks = vec!["10.0.0.0/8".parse().expect("a network")];
    let elsewhere = Mint { addresses: Addresses::of(networks), ..brief.clone() };
    let answer = world.ask_as(Some(&signed(&world, &elsewhere)), LINE).await;
    assert_eq!(reason(&world, &answer).await, "address_outside");
    let networks = vec!["127.0.0.0/8".parse().expect("a network")];
    let here = Mint { addresses: Addresses::of(networks), ..brief };
    assert_eq!(world.ask_as(Some(&signed(&world, &here)), LINE).await.status, 200);
}

#[tokio::test]
async fn a_minted_token_is_dead_within_a_second_of_its_revocation() {
    let world = Scene::bot(POLICY).start().await;
    let (mint, other) = (hour(&world), hour(&world));
    let token = signed(&world, &mint);
    assert_eq!(world.ask_as(Some(&token), LINE).await.status, 200);
    let revoked = RevokedMint {
        id: mint.id.clone(),
        agent: mint.agent.clone(),
        revoked_at: world.clock.now(),
        expires_at: mint.expires_at,
    };
    world.store.agents().revoke_minted(&revoked).await.expect("revoked");
    let begun = Instant::now();
    let answer = eventually("the revocation", async || {
        let answer = world.ask_as(Some(&token), LINE).await;
        (answer.status == 401).then_some(answer)
    })
    .await;
    assert!(begun.elapsed() < Duration::from_secs(1), "took {:?}", begun.elapsed());
    assert_eq!(reason(&world, &answer).await, "token_revoked");
    let record = world.record_of(&answer).await;
    assert_eq!(record.opening.token.as_deref(), Some(mint.id.as_str()));
    let other = signed(&world, &other);
    assert_eq!(
        world.ask_as(Some(&other), LINE).await.status,
        200,
        "it is one token that was revoked"
    );
}

#[tokio::test]
async fn a_signed_token_in_the_target_is_refused_and_blanked_in_the_record() {
    let world = Scene::bot(POLICY).start().await;
    let token = signed(&world, &hour(&world));
    for secret in [token.clone(), token.replace('.', "%2E")] {
        for target in [
            format!("/v1/customers?access_token={secret}"),
            format!("/v1/customers/email={secret}"),
            format!("/v1/{secret}/customers"),
        ] {
            let answer = world.ask("bot", &format!("GET {target}")).await;
            assert_eq!((answer.status, answer.code().as_str()), (400, "credential_in_target"));
            let record = world.record_of(&answer).await;
            assert!(!format!("{record:?}").contains(&*secret), "{}", record.sentence());
        }
    }
    assert_eq!(world.received(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_mints_a_token_that_works_and_revokes_it_by_its_id() {
    let (sandbox, at) = start_sandbox(&Arc::new(HandClock::new())).await;
    let installation = Installation::new(at, &sandbox.admin_key(), &[("bot", POLICY)], "");
    let serving = installation.serve();
    let client = Client::new(serving.agents);
    let command = ["token", "mint", "bot", "--ttl", "15m", "--only", "messages=read,teams=off"];
    let minted = installation.run(&command);
    assert_eq!(minted.code, 0, "{}", minted.err);
    let token = minted.out.trim();
    assert!(!minted.err.contains(token), "the token is among the words");
    let id = minted.err.split_whitespace().find(|word| word.starts_with("mint_")).expect("an id");
    let ask = async |line: &str| client.send(line, Some(token), &[], Vec::new()).await.status;
    assert_eq!((ask("GET /v1/messages").await, ask(LINE).await), (200, 403));

    let inspect = || run_with_input(installation.folder(), &["token", "inspect"], token);
    let shown = inspect();
    let expected = format!("it would be let in: agent `bot`; records call the token {id}");
    assert!(shown.code == 0 && shown.out.starts_with(&expected), "{}{}", shown.out, shown.err);

    let noted = installation.run(&["audit", "list", "--token", id, "--decision", "noted"]).out;
    assert!(noted.contains(&format!("A token was minted for bot: {id}, until")), "{noted}");
    assert!(noted.contains("for messages=read, teams=off only."), "{noted}");
    assert_eq!(installation.run(&["token", "revoke", token]).code, 1, "a token is no id");
    assert_eq!(installation.run(&["token", "revoke", "mint_nothing"]).code, 1);
    let revoked = installation.run(&["token", "revoke", id]);
    assert_eq!(revoked.code, 0, "{}", revoked.out);
    let begun = Instant::now();
    eventually("the revocation", async || (ask("GET /v1/messages").await == 401).then_some(()))
        .await;
    assert!(begun.elapsed() < Duration::from_secs(1), "took {:?}", begun.elapsed());
    let again = installation.run(&["token", "revoke", id]);
    assert_eq!((again.code, again.out), (0, revoked.out), "it keeps its first time");
    let shown = inspect();
    assert!(shown.code == 1 && shown.out.contains("token_revoked"), "{}{}", shown.out, shown.err);
}

#[test]
fn what_cannot_be_minted_says_why() {
    let nowhere = SocketAddr::from(([127, 0, 0, 1], 1));
    let more = "[tokens]\nlongest_ttl = \"2h\"\n";
    let policies = [("bot", POLICY)];
    let installation = Installation::new(nowhere, "the-key-0123456789", &policies, more);
    let check = |arguments: &[&str], why: &str| {
        let ended = installation.run(&[&["token", "mint"], arguments].concat());
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{arguments:?}: {}", ended.err);
        assert!(ended.err.contains(why), "expected `{why}` in: {}", ended.err);
    };
    check(&["bot", "--ttl", "3h"], "which is 2h (`tokens.longest_ttl`)");
    check(&["bot", "--ttl", "0s"], "write 1h, 30m or 90s");
    check(&["bto"], "no policy speaks of an agent `bto`");
    check(&["bot", "--only", "mesages=read"], "did you mean `messages`?");
    check(&["bot", "--only", "messages"], "write NAME=LEVEL");
    check(&["bot", "--from", "10.1.2.3/8"], "write 10.0.0.0/8");
    let unseen = installation.run_into_nothing(&["token", "mint", "bot"]);
    assert_eq!(unseen.code, 2);
    assert!(unseen.err.contains("so it was revoked at once"), "{}", unseen.err);
    let noted = installation.run(&["audit", "list", "--decision", "noted", "--json"]).out;
    assert!(noted.contains("\"reason\":\"token_revoked\""), "{noted}");
}

#[test]
fn a_wrong_time_in_the_settings_is_told_with_its_place() {
    let nowhere = SocketAddr::from(([127, 0, 0, 1], 1));
    let more = "[tokens]\nlongest_ttl = \"1y\"\n";
    let installation = Installation::new(nowhere, "the-key-0123456789", &[("bot", POLICY)], more);
    let ended = installation.run(&["check"]);
    assert_eq!(ended.code, 1);
    assert!(ended.out.contains("`tokens.longest_ttl` must be a time such as"), "{}", ended.out);
}
