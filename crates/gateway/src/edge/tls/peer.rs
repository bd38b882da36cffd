//! Who is at the other end of a connection: an address, and the certificate that it showed.

use std::net::IpAddr;
use std::sync::Arc;

use policy::CertificateName;
use rustls::pki_types::CertificateDer;
use sha2::{Digest as _, Sha256};
use webpki::EndEntityCert;

/// The other end of a connection.
#[derive(Debug, Clone)]
pub struct Peer {
    /// Its address.
    pub address: IpAddr,
    /// The certificate it showed, which an authority of `listen.tls.client_ca` vouches for.
    pub certificate: Option<Arc<ClientCertificate>>,
}

/// A certificate that an agent showed in the handshake, as far as policies can name it. Worked out once
/// for each connection.
#[derive(Debug)]
pub struct ClientCertificate {
    fingerprint: [u8; 32],
    dns_names: Vec<String>,
    uris: Vec<String>,
}

impl ClientCertificate {
    /// Reads a certificate that the handshake has verified.
    pub(in crate::edge) fn of(certificate: &CertificateDer<'_>) -> Self {
        // The handshake has read it before, so this does not fail; if it did, no name would fit.
        let names = EndEntityCert::try_from(certificate).ok();
        let dns_names = names.iter().flat_map(|names| names.valid_dns_names());
        let uris = names.iter().flat_map(|names| names.valid_uri_names());
        Self {
            fingerprint: Sha256::digest(certificate).into(),
            dns_names: dns_names.map(str::to_ascii_lowercase).collect(),
            uris: uris.map(ToOwned::to_owned).collect(),
        }
    }

    /// Whether it is the one that a policy names.
    #[must_use]
    pub fn is(&self, name: &CertificateName) -> bool {
        match name {
            CertificateName::Sha256(fingerprint) => self.fingerprint == *fingerprint,
            // A name with a wildcard is none that a policy can hold.
            CertificateName::Dns(name) => self.dns_names.contains(name),
            CertificateName::Uri(name) => self.uris.contains(name),
        }
    }
}
