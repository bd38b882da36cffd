//! `[listen]`: where the gateway listens, and whether agents are spoken to by TLS.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::Deserialize;

use super::HostName;

/// `[listen]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Listen {
    /// The address that agents call.
    pub agents: SocketAddr,
    /// The address for health and administration; never the same as the agents'.
    pub admin: SocketAddr,
    /// The names by which the administration is called, beside its address and `localhost`.
    pub admin_names: Vec<HostName>,
    /// TLS for agents; where it is not set, they speak plain HTTP.
    pub tls: Option<ListenTls>,
}

/// `[listen.tls]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ListenTls {
    /// PEM file: the gateway's certificate, and behind it those between it and its authority.
    pub certificate: Option<PathBuf>,
    /// PEM file: the certificate's key.
    pub key: Option<PathBuf>,
    /// PEM file: the authorities whose certificates agents may show.
    pub client_ca: Option<PathBuf>,
    /// Whether every agent must show one.
    pub client_certificates: ClientCertificates,
}

/// Whether an agent must show a certificate to be spoken to at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientCertificates {
    /// Only one whose policy binds it to one.
    #[default]
    Optional,
    /// Every one.
    Required,
}

impl Listen {
    /// The address that both listeners would share; port 0 is a free one, so never shared.
    #[must_use]
    pub fn shared(&self) -> Option<SocketAddr> {
        (self.agents == self.admin && self.agents.port() != 0).then_some(self.agents)
    }
}

impl Default for Listen {
    fn default() -> Self {
        Self {
            agents: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            admin: SocketAddr::from((Ipv4Addr::LOCALHOST, 8081)),
            admin_names: Vec::new(),
            tls: None,
        }
    }
}
