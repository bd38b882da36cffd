//! The way to Kustomer is encrypted, its certificate is checked, and HTTP/2 is spoken where both can.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response, Version};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rcgen::{CertifiedKey, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::support::world::{Scene, World, everything};

/// A Kustomer with a certificate for `localhost` that only `ca_file` vouches for.
struct Tls {
    at: SocketAddr,
    ca_file: PathBuf,
    /// The HTTP version of each request it received.
    received: Arc<Mutex<Vec<Version>>>,
    _dir: TempDir,
}

async fn tls(protocols: &[&[u8]]) -> Tls {
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let dir = tempfile::tempdir().expect("a temporary folder");
    let ca_file = dir.path().join("ca.pem");
    std::fs::write(&ca_file, cert.pem()).expect("a new file");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let at = listener.local_addr().expect("an address");
    let received = Arc::default();
    let acceptor = acceptor(cert.der().clone(), &signing_key, protocols);
    tokio::spawn(serve(listener, acceptor, Arc::clone(&received)));
    Tls { at, ca_file, received, _dir: dir }
}

fn acceptor(
    certificate: CertificateDer<'static>,
    key: &KeyPair,
    protocols: &[&[u8]],
) -> TlsAcceptor {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a certificate and its key");
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    TlsAcceptor::from(Arc::new(config))
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, received: Arc<Mutex<Vec<Version>>>) {
    while let Ok((stream, _)) = listener.accept().await {
        // A client that does not trust the certificate hangs up in the handshake.
        let Ok(stream) = acceptor.accept(stream).await else { continue };
        let received = Arc::clone(&received);
        let service = service_fn(move |request: Request<Incoming>| {
            received.lock().expect("no test panicked here").push(request.version());
            async { Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"{}")))) }
        });
        let builder = auto::Builder::new(TokioExecutor::new());
        tokio::spawn(async move {
            let _ = builder.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

impl Tls {
    async fn world(&self, host: &str, trusted: bool) -> World {
        let base = format!("https://{host}:{}", self.at.port());
        let ca_file = self.ca_file.clone();
        // Some certificate must be there for the gateway to start: another's, where this is not trusted.
        let other = tls(&[]).await;
        Scene::bot(&everything("full"))
            .with(move |config| {
                config.kustomer.base_url = Some(base);
                config.kustomer.ca_file =
                    Some(if trusted { ca_file } else { other.ca_file.clone() });
            })
            .start()
            .await
    }

    fn received(&self) -> Vec<Version> {
        self.received.lock().expect("no test panicked here").clone()
    }
}

#[tokio::test]
async fn http_2_is_spoken_where_kustomer_offers_it() {
    let kustomer = tls(&[b"h2", b"http/1.1"]).await;
    let world = kustomer.world("localhost", true).await;
    assert_eq!(world.ask("bot", "GET /v1/customers").await.status, 200);
    assert_eq!(kustomer.received(), [Version::HTTP_2]);
}

#[tokio::test]
async fn http_1_1_is_spoken_where_kustomer_offers_no_other() {
    let kustomer = tls(&[b"http/1.1"]).await;
    let world = kustomer.world("localhost", true).await;
    assert_eq!(world.ask("bot", "GET /v1/customers").await.status, 200);
    assert_eq!(kustomer.received(), [Version::HTTP_11]);
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let kustomer = tls(&[b"http/1.1"]).await;
    let world = kustomer.world("localhost", false).await;
    let answer = world.ask("bot", "GET /v1/customers").await;
    assert_eq!(answer.status, 502);
    assert!(kustomer.received().is_empty());
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let kustomer = tls(&[b"http/1.1"]).await;
    let world = kustomer.world("127.0.0.1", true).await;
    let answer = world.ask("bot", "GET /v1/customers").await;
    assert_eq!(answer.status, 502);
    assert!(kustomer.received().is_empty());
}
