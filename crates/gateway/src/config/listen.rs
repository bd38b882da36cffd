//! `[listen]`: where the gateway listens.

use std::net::{Ipv4Addr, SocketAddr};

use serde::Deserialize;

/// `[listen]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Listen {
    /// The address that agents call.
    pub agents: SocketAddr,
    /// The address for health and administration; never the same as the agents'.
    pub admin: SocketAddr,
}

impl Default for Listen {
    fn default() -> Self {
        Self {
            agents: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            admin: SocketAddr::from((Ipv4Addr::LOCALHOST, 8081)),
        }
    }
}
