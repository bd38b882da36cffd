//! The pooled HTTP client of the hot path.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::{Request, Response, Uri};
use hyper::body::Incoming;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tower::BoxError;
use tower::timeout::Timeout;
use tower::util::{BoxCloneSyncService, ServiceExt as _};

use super::ForwardLimits;
use super::line::Line;

/// Connections to Kustomer that one runtime keeps: HTTP/1.1 and, where TLS agrees on it, HTTP/2; no
/// redirects, no proxies, no cookies. A pool is not shared between runtimes, because a connection is
/// driven by the one that opened it.
#[derive(Debug, Clone)]
pub struct Pool(Client<Connector, Body>);

/// Name look-up, TCP and TLS together, within one time limit.
pub(super) type Connector = BoxCloneSyncService<Uri, Line, BoxError>;

/// How long an unused connection is kept.
const KEEP: Duration = Duration::from_mins(1);

impl Pool {
    pub(super) fn new(connector: Connector) -> Self {
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(KEEP)
            .build(connector);
        Self(client)
    }

    /// Sends a request and waits for the head of the answer, without a time limit of its own.
    pub async fn send(&self, request: Request<Body>) -> Result<Response<Incoming>, Error> {
        self.0.request(request).await
    }
}

/// Makes what connects. Only an encrypted upstream needs certificates: the machine's, and those of
/// `ca_file` if there is one.
pub(super) fn connector(
    encrypted: bool,
    ca_file: Option<&Path>,
    limits: &ForwardLimits,
) -> Result<Connector, CertificateFailure> {
    let mut tcp = HttpConnector::new();
    tcp.set_nodelay(true);
    tcp.enforce_http(false);
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls(encrypted, ca_file)?)
        .https_or_http()
        .enable_http1()
        .enable_http2()
        .wrap_connector(tcp);
    let connector = Timeout::new(connector, limits.connect).map_response(Line::new);
    Ok(BoxCloneSyncService::new(connector))
}

fn tls(encrypted: bool, ca_file: Option<&Path>) -> Result<ClientConfig, CertificateFailure> {
    let roots = if encrypted { roots(ca_file)? } else { RootCertStore::empty() };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(CertificateFailure::Tls)?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn roots(ca_file: Option<&Path>) -> Result<RootCertStore, CertificateFailure> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = ca_file {
        let unusable = |why| CertificateFailure::CaFile { path: path.to_owned(), why };
        for certificate in CertificateDer::pem_file_iter(path).map_err(unusable)? {
            roots.add(certificate.map_err(unusable)?).map_err(CertificateFailure::Tls)?;
        }
    }
    if roots.is_empty() { Err(CertificateFailure::None) } else { Ok(roots) }
}

/// Why Kustomer's certificate could not be checked.
#[derive(Debug, thiserror::Error)]
pub enum CertificateFailure {
    /// The machine trusts nobody.
    #[error(
        "this machine has no CA certificates to check Kustomer's with; install the package ca-certificates, or set `kustomer.ca_file`"
    )]
    None,
    /// The operator's own file cannot be used.
    #[error("`kustomer.ca_file` is `{}`, which cannot be read as PEM certificates", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        why: rustls::pki_types::pem::Error,
    },
    /// The TLS library refuses its settings.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
}
