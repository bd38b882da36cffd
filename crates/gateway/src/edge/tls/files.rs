//! The PEM files behind the agents' TLS, and what is made of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig};
use secrecy::{ExposeSecret as _, SecretSlice};
use sha2::{Digest as _, Sha256};

use crate::config::{ClientCertificates, ListenTls};
use crate::secret::{KeyFailure, check_mode};

/// What agents may speak above TLS, the better first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// What tells the files' contents from others.
pub(super) type Digest = [u8; 32];

/// Where the files are.
#[derive(Debug, Clone)]
pub(super) struct Files {
    certificate: PathBuf,
    key: PathBuf,
    clients: Option<(PathBuf, ClientCertificates)>,
}

/// What the files hold, not yet looked at.
#[derive(Debug)]
pub(super) struct Material {
    certificate: (PathBuf, Vec<u8>),
    key: (PathBuf, SecretSlice<u8>),
    clients: Option<(PathBuf, Vec<u8>, ClientCertificates)>,
}

impl Files {
    pub(super) fn of(settings: &ListenTls) -> Result<Self, TlsFailure> {
        let ListenTls { certificate, key, client_ca, client_certificates } = settings.clone();
        if client_ca.is_none() && client_certificates == ClientCertificates::Required {
            return Err(TlsFailure::NoClientCa);
        }
        Ok(Self {
            certificate: certificate.ok_or(TlsFailure::Unset("certificate"))?,
            key: key.ok_or(TlsFailure::Unset("key"))?,
            clients: client_ca.map(|file| (file, client_certificates)),
        })
    }

    /// Reads all of them. The key's must be out of the reach of others.
    pub(super) fn read(&self) -> Result<Material, TlsFailure> {
        check_mode(&self.key).map_err(TlsFailure::Key)?;
        let clients = self.clients.as_ref().map(|(path, mode)| {
            let bytes = read("client_ca", path)?;
            Ok::<_, TlsFailure>((path.clone(), bytes, *mode))
        });
        Ok(Material {
            certificate: (self.certificate.clone(), read("certificate", &self.certificate)?),
            key: (self.key.clone(), SecretSlice::from(read("key", &self.key)?)),
            clients: clients.transpose()?,
        })
    }
}

fn read(setting: &'static str, path: &Path) -> Result<Vec<u8>, TlsFailure> {
    fs::read(path).map_err(|why| TlsFailure::Unreadable { setting, path: path.to_owned(), why })
}

impl Material {
    pub(super) fn digest(&self) -> Digest {
        let clients = self.clients.as_ref().map_or(&[][..], |(_, bytes, _)| bytes);
        let mut digest = Sha256::new();
        for part in [&self.certificate.1[..], self.key.1.expose_secret(), clients] {
            digest.update(Sha256::digest(part));
        }
        digest.finalize().into()
    }

    /// What new connections are spoken to with. Fails where anything in the files is not as it must be.
    pub(super) fn server_config(&self) -> Result<ServerConfig, TlsFailure> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let chain = certificates("certificate", &self.certificate.0, &self.certificate.1)?;
        let key = PrivateKeyDer::from_pem_slice(self.key.1.expose_secret())
            .map_err(|why| TlsFailure::Pem { setting: "key", path: self.key.0.clone(), why })?;
        let verifier = self.verifier(&provider)?;
        let builder = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(TlsFailure::Unfit)?
            .with_client_cert_verifier(verifier);
        let mut config = builder.with_single_cert(chain, key).map_err(TlsFailure::Unfit)?;
        config.alpn_protocols = PROTOCOLS.iter().map(|protocol| protocol.to_vec()).collect();
        if self.clients.is_some() {
            // An agent shows its certificate, and that it has the key, each time it connects: what was
            // good once need not be now.
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
        }
        Ok(config)
    }

    fn verifier(
        &self,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Arc<dyn ClientCertVerifier>, TlsFailure> {
        let Some((path, bytes, mode)) = &self.clients else {
            return Ok(WebPkiClientVerifier::no_client_auth());
        };
        let mut roots = RootCertStore::empty();
        for certificate in certificates("client_ca", path, bytes)? {
            roots.add(certificate).map_err(TlsFailure::Unfit)?;
        }
        let builder =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
        let builder = match mode {
            ClientCertificates::Optional => builder.allow_unauthenticated(),
            ClientCertificates::Required => builder,
        };
        builder.build().map_err(TlsFailure::ClientCa)
    }
}

fn certificates(
    setting: &'static str,
    path: &Path,
    pem: &[u8],
) -> Result<Vec<CertificateDer<'static>>, TlsFailure> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let all = all.map_err(|why| TlsFailure::Pem { setting, path: path.to_owned(), why })?;
    if all.is_empty() {
        return Err(TlsFailure::NoCertificate { setting, path: path.to_owned() });
    }
    Ok(all)
}

/// Why agents cannot be spoken to by TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsFailure {
    /// A file that is needed is not named.
    #[error(
        "`listen.tls.{0}` is not set; both `certificate` and `key` are needed, each a PEM file"
    )]
    Unset(&'static str),
    /// Certificates are required of agents, and nobody says whose.
    #[error(
        "`listen.tls.client_certificates` is `required`, and `listen.tls.client_ca` is not set: it names the file of the authorities whose certificates are good"
    )]
    NoClientCa,
    /// The key's file cannot be read, or others can reach it.
    #[error("`listen.tls.key` cannot be used")]
    Key(#[source] KeyFailure),
    /// A file is not there or not ours to read.
    #[error("`listen.tls.{setting}` is `{}`, which cannot be read", path.display())]
    Unreadable {
        /// The setting that names it.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        why: std::io::Error,
    },
    /// A file is not as it must be.
    #[error("`listen.tls.{setting}` is `{}`, which cannot be read as PEM", path.display())]
    Pem {
        /// The setting that names it.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        why: rustls::pki_types::pem::Error,
    },
    /// A file without a certificate.
    #[error("`listen.tls.{setting}` is `{}`, which holds no certificate", path.display())]
    NoCertificate {
        /// The setting that names it.
        setting: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// The certificate and the key do not belong together, or one of them is of no use.
    #[error("the certificate and key of `listen.tls` cannot be used together")]
    Unfit(#[source] rustls::Error),
    /// The authorities are of no use.
    #[error("`listen.tls.client_ca` cannot be used")]
    ClientCa(#[source] rustls::server::VerifierBuilderError),
}
