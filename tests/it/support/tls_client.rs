//! A client that speaks TLS, and says what was agreed on.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::answer::Answer;
use super::certificates::Identity;

/// The name that servers have here.
pub(crate) const NAME: &str = "gateway.test";

/// What a client brings with it.
#[derive(Debug, Clone)]
pub(crate) struct TlsClient {
    /// The authority that it trusts, as PEM.
    pub(crate) trusts: String,
    pub(crate) identity: Option<Identity>,
    pub(crate) protocol: &'static [u8],
    pub(crate) version: &'static SupportedProtocolVersion,
}

/// A connection on which requests can be made.
pub(crate) struct TlsConversation {
    sender: Sender,
    /// What the server showed.
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) version: ProtocolVersion,
}

enum Sender {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

impl TlsClient {
    /// One of HTTP/1.1 and the newest TLS that shows no certificate.
    pub(crate) fn trusting(authority: &str) -> Self {
        Self {
            trusts: authority.to_owned(),
            identity: None,
            protocol: b"http/1.1",
            version: &rustls::version::TLS13,
        }
    }

    /// The same with a certificate of its own.
    pub(crate) fn showing(&self, identity: &Identity) -> Self {
        Self { identity: Some(identity.clone()), ..self.clone() }
    }

    fn config(&self) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        let authority = CertificateDer::from_pem_slice(self.trusts.as_bytes());
        roots.add(authority.expect("a certificate")).expect("an authority");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[self.version])
            .expect("a version")
            .with_root_certificates(roots);
        let mut config = match &self.identity {
            None => builder.with_no_client_auth(),
            Some(own) => builder
                .with_client_auth_cert(vec![own.certificate()], own.key())
                .expect("a certificate and its key"),
        };
        config.alpn_protocols = vec![self.protocol.to_vec()];
        config
    }

    /// Shakes hands.
    pub(crate) async fn shake(&self, at: SocketAddr) -> std::io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(at).await?;
        let name = ServerName::try_from(NAME).expect("a name");
        TlsConnector::from(Arc::new(self.config())).connect(name, stream).await
    }

    /// Shakes hands and begins to speak HTTP. With TLS 1.3 a server may refuse a client's certificate
    /// only after that.
    pub(crate) async fn connect(&self, at: SocketAddr) -> std::io::Result<TlsConversation> {
        let stream = self.shake(at).await?;
        let session = stream.get_ref().1;
        let version = session.protocol_version().expect("a version was agreed on");
        let shown = session.peer_certificates().and_then(<[_]>::first);
        let certificate = shown.expect("the server showed one").clone().into_owned();
        let stream = TokioIo::new(stream);
        let sender = if self.protocol == b"h2" {
            let shaken = http2::handshake(TokioExecutor::new(), stream).await;
            let (sender, connection) = shaken.map_err(std::io::Error::other)?;
            tokio::spawn(connection);
            Sender::Http2(sender)
        } else {
            let shaken = http1::handshake(stream).await;
            let (sender, connection) = shaken.map_err(std::io::Error::other)?;
            tokio::spawn(connection);
            Sender::Http1(sender)
        };
        Ok(TlsConversation { sender, certificate, version })
    }
}

impl TlsConversation {
    /// Sends `GET path` with a token.
    pub(crate) async fn get(&mut self, path: &str, token: &str) -> Result<Answer, hyper::Error> {
        let request = Request::builder().header("authorization", format!("Bearer {token}"));
        let response = match &mut self.sender {
            Sender::Http1(sender) => {
                let request = request.uri(path).header("host", NAME);
                sender.send_request(request.body(Full::default()).expect("a request")).await?
            }
            Sender::Http2(sender) => {
                let request = request.uri(format!("https://{NAME}{path}"));
                sender.send_request(request.body(Full::default()).expect("a request")).await?
            }
        };
        let (parts, body) = response.into_parts();
        let body = body.collect().await?.to_bytes().to_vec();
        Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body })
    }
}
