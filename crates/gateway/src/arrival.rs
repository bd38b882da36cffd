//! What is known of a request and its sender before the request is read.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use audit::RecordId;
use http::{HeaderValue, Request};
use jiff::Timestamp;

use crate::edge::tls::{ClientCertificate, Peer};
use crate::gateway::Gateway;
use crate::token;

/// What is known of a request before it is read.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The request's id, which becomes its record's.
    pub id: RecordId,
    /// The time of day at which it arrived.
    pub at: Timestamp,
    /// The same, for measuring.
    pub started: Instant,
    /// The address it came from.
    pub address: IpAddr,
    /// The certificate that came with its connection.
    pub certificate: Option<Arc<ClientCertificate>>,
    /// The method as sent.
    pub method: String,
    /// The path as records have it: without its query, without a credential that has no place in it,
    /// and with people spoken of as the settings say.
    pub path: String,
}

impl Arrival {
    /// Takes down a request that has just come in.
    #[must_use]
    pub fn of<B>(request: &Request<B>, gateway: &Gateway, peer: Peer) -> Self {
        let at = gateway.clock.now();
        Self {
            id: gateway.ids.record(at),
            at,
            started: Instant::now(),
            // A listener for both families is told an IPv4 address as an IPv6 one: it is looked for as
            // what it is.
            address: peer.address.to_canonical(),
            certificate: peer.certificate,
            method: request.method().as_str().to_owned(),
            path: recorded_path(request.uri().path(), gateway),
        }
    }

    /// The id as a header's value.
    #[must_use]
    pub fn id_header(&self) -> HeaderValue {
        // A UUID is letters, digits and dashes, so this never falls back.
        HeaderValue::try_from(self.id.to_string()).unwrap_or(HeaderValue::from_static("-"))
    }
}

fn recorded_path(path: &str, gateway: &Gateway) -> String {
    if gateway.upstream.key().is_in(path.as_bytes()) {
        return "(not recorded: it holds the organisation's own key)".to_owned();
    }
    gateway.identifiers.path(&token::blanked(path))
}

/// What is known of whoever sent a request, for its record.
#[derive(Debug, Clone, Default)]
pub struct Caller {
    /// The agent's id.
    pub agent: Option<String>,
    /// The agent's name in sentences.
    pub name: Option<String>,
    /// The id of its token.
    pub token: Option<String>,
    /// What records keep of its token beside that.
    pub detail: Option<serde_json::Value>,
    /// Its policy's file.
    pub file: Option<String>,
}
