//! `[limits]`: what agents may take up on the gateway: connections, requests at once, time and room.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::Deserialize;

/// The least that the head of a request must have room for: less is not served by the HTTP library.
const LEAST_HEAD: u32 = 8192;

/// `[limits]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Connections of agents that may be open at once.
    pub connections: NonZeroU32,
    /// The same of one address; of IPv6, of one /64.
    pub connections_per_address: NonZeroU32,
    /// Requests that one agent may have under way at once, where its policy does not say.
    pub in_flight: NonZeroU32,
    /// Seconds that a connection may be open without a request.
    pub keep_alive_seconds: NonZeroU32,
    /// Seconds from a request's arrival to the last byte of its answer.
    pub request_seconds: NonZeroU32,
    /// Bytes of a request's head: the request line and all headers.
    pub head_bytes: NonZeroU32,
    /// Headers of a request.
    pub headers: NonZeroU32,
    /// Bytes of a request's path and query.
    pub target_bytes: NonZeroU32,
    /// Requests that may be under way at once on one connection of HTTP/2.
    pub streams: NonZeroU32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: const { NonZeroU32::new(20_000).unwrap() },
            connections_per_address: const { NonZeroU32::new(5000).unwrap() },
            in_flight: const { NonZeroU32::new(100).unwrap() },
            keep_alive_seconds: const { NonZeroU32::new(75).unwrap() },
            request_seconds: const { NonZeroU32::new(600).unwrap() },
            head_bytes: const { NonZeroU32::new(32_768).unwrap() },
            headers: const { NonZeroU32::new(100).unwrap() },
            target_bytes: const { NonZeroU32::new(8192).unwrap() },
            streams: const { NonZeroU32::new(100).unwrap() },
        }
    }
}

impl Limits {
    /// Refuses what cannot be kept to.
    pub fn check(&self) -> Result<(), LimitsFailure> {
        let bytes = self.head_bytes.get();
        if bytes < LEAST_HEAD { Err(LimitsFailure::Head { bytes }) } else { Ok(()) }
    }

    /// The longest that a connection may be open without a request.
    #[must_use]
    pub fn keep_alive(&self) -> Duration {
        Duration::from_secs(self.keep_alive_seconds.get().into())
    }

    /// The longest from a request's arrival to the last byte of its answer.
    #[must_use]
    pub fn request(&self) -> Duration {
        Duration::from_secs(self.request_seconds.get().into())
    }

    /// The largest request that is read.
    #[must_use]
    pub fn sizes(&self) -> Sizes {
        let size = |limit: NonZeroU32| usize::try_from(limit.get()).unwrap_or(usize::MAX);
        Sizes { headers: size(self.headers), target: size(self.target_bytes) }
    }
}

/// How large a request may be, beyond the size of its head.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    /// Headers.
    pub headers: usize,
    /// Bytes of the path and query.
    pub target: usize,
}

/// Why limits cannot be kept to.
#[derive(Debug, Clone, Copy, thiserror::Error)]
pub enum LimitsFailure {
    /// Too little room for a head.
    #[error("`limits.head_bytes` is {bytes}; the least is {LEAST_HEAD}")]
    Head {
        /// What was set.
        bytes: u32,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_needs_room() {
        let limits =
            |bytes| Limits { head_bytes: NonZeroU32::new(bytes).unwrap(), ..Limits::default() };
        assert!(limits(8192).check().is_ok());
        let failure = limits(8191).check().unwrap_err();
        assert_eq!(failure.to_string(), "`limits.head_bytes` is 8191; the least is 8192");
    }
}
