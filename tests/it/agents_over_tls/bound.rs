//! An agent that is bound to a client certificate is nobody without it, whatever its token.

use gateway::config::ClientCertificates::{Optional, Required};

use super::{PATH, Pki, READ, world};
use crate::support::answer::Answer;
use crate::support::certificates::{Authority, Identity};
use crate::support::tls_client::TlsClient;
use crate::support::world::{Scene, World};

const NAME: &str = "bot.agents.test";
const URI: &str = "spiffe://agents.test/bot";

/// A policy that binds its agent to a certificate.
fn bound_to(name: &str) -> String {
    format!("client_certificate = \"{name}\"\n{READ}")
}

async fn ask(client: &TlsClient, world: &World, agent: &str) -> Answer {
    let mut conversation = client.connect(world.running.agents).await.expect("TLS");
    conversation.get(PATH, world.token(agent)).await.expect("an answer")
}

#[tokio::test]
async fn a_token_that_is_bound_to_a_certificate_is_worth_nothing_without_it() {
    let pki = Pki::new();
    let own = pki.agents.client(NAME, URI);
    let other = pki.agents.client("other.agents.test", "spiffe://agents.test/other");
    let fingerprint = fingerprint(&own);
    for name in [fingerprint, format!("dns:{NAME}"), format!("uri:{URI}")] {
        let scene = Scene::new().agent("bot", &bound_to(&name)).agent("free", READ);
        let world = world(scene, pki.settings_with_clients(Optional)).await;
        for protocol in [&b"h2"[..], b"http/1.1"] {
            let client = TlsClient { protocol, ..pki.client() };
            assert_eq!(ask(&client.showing(&own), &world, "bot").await.status, 200, "{name}");
            let without = ask(&client, &world, "bot").await;
            refused(&world, &without, "certificate_missing").await;
            let with_another = ask(&client.showing(&other), &world, "bot").await;
            refused(&world, &with_another, "certificate_wrong").await;
            // Who is not bound needs none, and may show any.
            assert_eq!(ask(&client, &world, "free").await.status, 200);
            assert_eq!(ask(&client.showing(&own), &world, "free").await.status, 200);
        }
        assert_eq!(world.received(), 6);
    }
}

#[tokio::test]
async fn a_renewed_certificate_has_its_agents_name_and_not_its_fingerprint() {
    let pki = Pki::new();
    let (first, renewed) = (pki.agents.client(NAME, URI), pki.agents.client(NAME, URI));
    let scene = Scene::new()
        .agent("named", &bound_to(&format!("dns:{NAME}")))
        .agent("pinned", &bound_to(&fingerprint(&first)));
    let world = world(scene, pki.settings_with_clients(Optional)).await;
    let client = pki.client().showing(&renewed);
    assert_eq!(ask(&client, &world, "named").await.status, 200);
    refused(&world, &ask(&client, &world, "pinned").await, "certificate_wrong").await;
}

#[tokio::test]
async fn a_bound_agent_is_nobody_on_its_own_pages_too() {
    let pki = Pki::new();
    let scene = Scene::bot(&bound_to(&format!("dns:{NAME}")));
    let world = world(scene, pki.settings_with_clients(Optional)).await;
    let mut conversation = pki.client().connect(world.running.agents).await.expect("TLS");
    let answer = conversation.get("/_kustodian/access", world.token("bot")).await;
    refused(&world, &answer.expect("an answer"), "certificate_missing").await;
}

#[tokio::test]
async fn over_plain_http_a_bound_agent_is_nobody() {
    let world = Scene::bot(&bound_to(&format!("dns:{NAME}"))).start().await;
    let answer = world.ask("bot", "GET /v1/customers").await;
    refused(&world, &answer, "certificate_missing").await;
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_refused_in_the_handshake() {
    let pki = Pki::new();
    let forged = Authority::new().client(NAME, URI);
    let scene = Scene::bot(&bound_to(&format!("dns:{NAME}")));
    let world = world(scene, pki.settings_with_clients(Optional)).await;
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let client = TlsClient { version, ..pki.client().showing(&forged) };
        assert!(is_turned_away(&client, &world).await);
    }
    assert_eq!(world.records().await, []);
}

#[tokio::test]
async fn where_certificates_are_required_nobody_is_spoken_to_without_one() {
    let pki = Pki::new();
    let world = world(Scene::bot(READ), pki.settings_with_clients(Required)).await;
    assert!(is_turned_away(&pki.client(), &world).await);
    let own = pki.agents.client(NAME, URI);
    assert_eq!(ask(&pki.client().showing(&own), &world, "bot").await.status, 200);
}

/// Refused as any other caller without a valid token, and on record with the reason.
async fn refused(world: &World, answer: &Answer, reason: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (401, "unauthenticated"));
    let record = world.record_of(answer).await;
    assert_eq!(record.opening.reason, reason);
    assert!(record.opening.agent.is_some(), "whose token it was is on record");
}

/// Whether a client does not get as far as an answer.
async fn is_turned_away(client: &TlsClient, world: &World) -> bool {
    match client.connect(world.running.agents).await {
        Err(_) => true,
        Ok(mut conversation) => conversation.get(PATH, world.token("bot")).await.is_err(),
    }
}

fn fingerprint(identity: &Identity) -> String {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(identity.certificate());
    let digits: Vec<String> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
    format!("sha256:{}", digits.join(":"))
}
