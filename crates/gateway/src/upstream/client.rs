//! The pooled HTTP client of the hot path.

use std::time::Duration;

use axum::body::Body;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as PooledClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::TimeLimits;

/// The client: HTTP/1.1 and, where TLS agrees on it, HTTP/2; no redirects, no proxies, no cookies.
pub(super) type Client = PooledClient<HttpsConnector<HttpConnector>, Body>;

/// How long an unused connection is kept.
const KEEP: Duration = Duration::from_mins(1);

/// Makes the client. Only an encrypted upstream needs the machine's certificates.
pub(super) fn client(encrypted: bool, limits: &TimeLimits) -> Result<Client, NoCertificates> {
    let mut tcp = HttpConnector::new();
    tcp.set_connect_timeout(Some(limits.connect));
    tcp.set_nodelay(true);
    tcp.enforce_http(false);
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls(encrypted)?)
        .https_or_http()
        .enable_http1()
        .enable_http2()
        .wrap_connector(tcp);
    Ok(PooledClient::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(KEEP)
        .build(connector))
}

fn tls(encrypted: bool) -> Result<rustls::ClientConfig, NoCertificates> {
    let mut roots = rustls::RootCertStore::empty();
    if encrypted {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            return Err(NoCertificates);
        }
    }
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| NoCertificates)?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// The machine has no certificate authorities, so nobody's certificate could be checked.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error(
    "this machine has no CA certificates to check Kustomer's with; install the package ca-certificates"
)]
pub struct NoCertificates;
