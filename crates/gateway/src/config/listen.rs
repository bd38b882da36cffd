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
        }
    }
}
