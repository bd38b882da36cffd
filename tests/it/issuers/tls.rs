//! The way to an issuer's keys is encrypted, and who lists them is who the settings' authorities vouch for.

use std::path::PathBuf;
use std::sync::Arc;

use gateway::clock::Clock as _;
use gateway::config::IssuerSettings;
use rcgen::CertifiedKey;
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::stage::LINE;
use crate::support::issuer::{SigningKey, answer, claims, issuer_at};
use crate::support::world::{Scene, World};

/// A server for `localhost` that lists a key, and the file of who vouches for it.
async fn server(key: &SigningKey, folder: &tempfile::TempDir) -> (String, PathBuf) {
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let ca_file = folder.path().join("ca.pem");
    std::fs::write(&ca_file, cert.pem()).expect("a new file");
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS versions")
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], private)
        .expect("a certificate and its key");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let listed = answer(&json!({"keys": [key.jwk()]}).to_string());
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A gateway that does not trust the certificate hangs up in the handshake.
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut head = [0; 4096];
            let _ = stream.read(&mut head).await;
            let _ = stream.write_all(&listed).await;
            let _ = stream.shutdown().await;
        }
    });
    (format!("https://localhost:{port}/jwks"), ca_file)
}

async fn reason(issuer: IssuerSettings, key: &SigningKey) -> String {
    let scene = Scene::bot("[access]\ncustomers = \"read\"");
    let world: World = scene.with(|config| config.issuers = vec![issuer]).start().await;
    let token = key.sign(&claims("bot", world.clock.now()));
    let answer = world.ask_as(Some(&token), LINE).await;
    world.record_of(&answer).await.opening.reason
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_come_from_whom_the_authorities_of_the_settings_vouch_for() {
    let (key, folder) = (SigningKey::new("k1", "EdDSA"), tempfile::tempdir().expect("a folder"));
    let (url, ca_file) = server(&key, &folder).await;
    let others = tempfile::tempdir().expect("a folder");
    let (_, others_file) = server(&key, &others).await;
    let trusting = |ca_file| IssuerSettings { ca_file, ..issuer_at(&url, &["EdDSA"]) };
    assert_eq!(reason(trusting(Some(ca_file.clone())), &key).await, "granted");
    assert_eq!(reason(trusting(Some(others_file)), &key).await, "jwt_keys_unavailable");
    assert_eq!(reason(trusting(None), &key).await, "jwt_keys_unavailable");
    let elsewhere = url.replace("localhost", "127.0.0.1");
    let named = IssuerSettings { jwks_url: Some(elsewhere), ..trusting(Some(ca_file)) };
    assert_eq!(reason(named, &key).await, "jwt_keys_unavailable", "the certificate is for a name");
}
