//! Agents can be spoken to by TLS: its certificate is renewed while the gateway runs, and an agent can be
//! bound to a certificate of its own.

mod bound;
mod renewed;

use std::net::SocketAddr;
use std::path::Path;

use gateway::config::{ClientCertificates, ListenTls};
use rustls::ProtocolVersion;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;

use crate::support::certificates::{Authority, write_private};
use crate::support::patience::eventually;
use crate::support::raw::RawClient;
use crate::support::tls_client::{NAME, TlsClient};
use crate::support::world::{SECOND, Scene, World};

const READ: &str = "[access]\ncustomers = \"read\"";
const PATH: &str = "/v1/customers";

/// An authority of the server's, one of the agents', and the folder with the gateway's files.
struct Pki {
    servers: Authority,
    agents: Authority,
    folder: TempDir,
}

impl Pki {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let pki = Self { servers: Authority::new(), agents: Authority::new(), folder };
        pki.servers.server(NAME).write(pki.folder.path());
        write_private(&pki.folder.path().join("agents.pem"), &pki.agents.pem());
        pki
    }

    /// A client that trusts the gateway and shows nothing.
    fn client(&self) -> TlsClient {
        TlsClient::trusting(&self.servers.pem())
    }

    /// The settings: the certificate alone.
    fn settings(&self) -> ListenTls {
        settings(self.folder.path())
    }

    /// The same, and agents may or must show a certificate.
    fn settings_with_clients(&self, client_certificates: ClientCertificates) -> ListenTls {
        let client_ca = Some(self.folder.path().join("agents.pem"));
        ListenTls { client_ca, client_certificates, ..self.settings() }
    }
}

fn settings(folder: &Path) -> ListenTls {
    ListenTls {
        certificate: Some(folder.join("certificate.pem")),
        key: Some(folder.join("key.pem")),
        ..ListenTls::default()
    }
}

async fn world(scene: Scene, tls: ListenTls) -> World {
    scene.with(|config| config.listen.tls = Some(tls)).start().await
}

#[tokio::test]
async fn both_versions_of_http_reach_kustomer_over_both_versions_of_tls() {
    let pki = Pki::new();
    let world = world(Scene::bot(READ), pki.settings()).await;
    for (version, agreed) in [
        (&rustls::version::TLS12, ProtocolVersion::TLSv1_2),
        (&rustls::version::TLS13, ProtocolVersion::TLSv1_3),
    ] {
        for protocol in [&b"h2"[..], b"http/1.1"] {
            let client = TlsClient { protocol, version, ..pki.client() };
            let mut conversation = client.connect(world.running.agents).await.expect("TLS");
            assert_eq!(conversation.version, agreed);
            let answer = conversation.get(PATH, world.token("bot")).await.expect("an answer");
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
    }
    assert_eq!(world.received(), 4);
    assert_eq!(world.records().await.len(), 4);
}

#[tokio::test]
async fn tls_older_than_1_2_is_not_spoken() {
    let pki = Pki::new();
    let world = world(Scene::bot(READ), pki.settings()).await;
    for version in [1, 2] {
        let answer = exchange(world.running.agents, &client_hello(version)).await;
        // An alert, fatal: protocol_version.
        assert_eq!(
            (answer.first(), answer.get(5..)),
            (Some(&21), Some(&[2, 70][..])),
            "{answer:?}"
        );
    }
    let mut client = RawClient::connect(world.running.agents).await;
    client.send(&client_hello(3)).await;
    // The same of TLS 1.2 is answered with a handshake.
    assert_eq!(client.first().await, 22);
}

#[tokio::test]
async fn plain_http_on_the_port_of_tls_is_told_nothing() {
    let pki = Pki::new();
    let world = world(Scene::bot(READ), pki.settings()).await;
    let request = format!(
        "GET {PATH} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n",
        world.token("bot")
    );
    let answer = exchange(world.running.agents, request.as_bytes()).await;
    // At most an alert of TLS, which is seven bytes.
    assert!(answer.len() <= 7, "{}", String::from_utf8_lossy(&answer));
    assert_eq!(world.records().await, []);
    assert_eq!(world.received(), 0);
}

#[tokio::test]
async fn a_handshake_that_stands_still_is_ended_and_holds_nobody_up() {
    let pki = Pki::new();
    let scene = Scene::bot(READ).with(|config| config.forward.header_seconds = SECOND);
    let world = world(scene, pki.settings()).await;
    let mut silent = Vec::new();
    for _ in 0..8 {
        let mut client = RawClient::connect(world.running.agents).await;
        client.send(&client_hello(3)[..9]).await;
        silent.push(client);
    }
    let mut conversation = pki.client().connect(world.running.agents).await.expect("TLS");
    let answer = conversation.get(PATH, world.token("bot")).await.expect("an answer");
    assert_eq!(answer.status, 200);
    for mut client in silent {
        assert!(client.rest().await.is_empty());
    }
}

#[tokio::test]
async fn a_connection_of_tls_ends_when_it_is_idle_and_when_the_gateway_stops() {
    let pki = Pki::new();
    let scene = Scene::bot(READ).with(|config| config.limits.keep_alive_seconds = SECOND);
    let world = world(scene, pki.settings()).await;
    let mut stream = pki.client().shake(world.running.agents).await.expect("TLS");
    let request = "GET /_kustodian/health HTTP/1.1\r\nhost: x\r\n\r\n";
    stream.write_all(request.as_bytes()).await.expect("it is sent");
    let mut all = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut all).await.expect("an end, not a break");
    assert!(all.starts_with(b"HTTP/1.1 200 OK"));
    let _open = pki.client().connect(world.running.agents).await.expect("TLS");
    let _shaking = RawClient::connect(world.running.agents).await;
    world.stop().await;
}

#[tokio::test]
async fn the_administration_speaks_plain_http_and_says_how_the_certificate_is() {
    let pki = Pki::new();
    let world = world(Scene::bot(READ), pki.settings()).await;
    let health = health(&world).await;
    assert_eq!(health["tls"], serde_json::json!({"failure": null}));
}

async fn health(world: &World) -> serde_json::Value {
    let client = crate::support::client::Client::new(world.running.admin);
    client.send("GET /health", None, &[], Vec::new()).await.json()
}

/// Sends bytes and reads until the other side closes the connection.
async fn exchange(at: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut client = RawClient::connect(at).await;
    client.send(bytes).await;
    client.rest().await
}

/// The first message of a client that speaks no TLS beyond 1.`version - 1`.
fn client_hello(version: u8) -> Vec<u8> {
    let mut hello = vec![3, version];
    hello.extend([7; 32]); // random
    hello.push(0); // no session
    hello.extend([0, 4, 0xc0, 0x2b, 0xc0, 0x09]); // ECDHE with ECDSA: AES-GCM, and AES-CBC for old ones
    hello.extend([1, 0]); // no compression
    hello.extend([0, 22]); // extensions
    hello.extend([0, 10, 0, 4, 0, 2, 0, 23]); // the curve P-256
    hello.extend([0, 11, 0, 2, 1, 0]); // its points uncompressed
    hello.extend([0, 13, 0, 4, 0, 2, 4, 3]); // signed by ECDSA with SHA-256
    let length = u8::try_from(hello.len()).expect("it is short");
    let mut message = vec![22, 3, version.min(1), 0, length + 4, 1, 0, 0, length];
    message.extend(hello);
    message
}

/// Waits until new connections are shown this certificate.
async fn until_shown(pki: &Pki, world: &World, certificate: &[u8]) {
    eventually("the new certificate", async || {
        let conversation = pki.client().connect(world.running.agents).await.expect("TLS");
        (conversation.certificate.as_ref() == certificate).then_some(())
    })
    .await;
}
