//! `[forward]`: how long Kustomer and agents may take, and how much of a request is read.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::Deserialize;

use crate::upstream::TimeLimits;

/// `[forward]`; times are in seconds.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Forward {
    /// For Kustomer to accept a connection.
    pub connect_seconds: NonZeroU32,
    /// For Kustomer to begin an answer, after the last byte of the request.
    pub first_byte_seconds: NonZeroU32,
    /// Between two pieces of a body, in either direction.
    pub idle_seconds: NonZeroU32,
    /// For an agent to send the head of a request.
    pub header_seconds: NonZeroU32,
    /// For requests under way to end when the gateway stops.
    pub drain_seconds: NonZeroU32,
    /// The largest body that is read before the decision.
    pub read_body_bytes: NonZeroU32,
}

impl Default for Forward {
    fn default() -> Self {
        Self {
            connect_seconds: const { NonZeroU32::new(5).unwrap() },
            first_byte_seconds: const { NonZeroU32::new(60).unwrap() },
            idle_seconds: const { NonZeroU32::new(30).unwrap() },
            header_seconds: const { NonZeroU32::new(10).unwrap() },
            drain_seconds: const { NonZeroU32::new(20).unwrap() },
            read_body_bytes: const { NonZeroU32::new(1 << 20).unwrap() },
        }
    }
}

impl Forward {
    /// The limits for Kustomer.
    #[must_use]
    pub fn upstream(&self) -> TimeLimits {
        TimeLimits {
            connect: seconds(self.connect_seconds),
            first_byte: seconds(self.first_byte_seconds),
            idle: seconds(self.idle_seconds),
        }
    }

    /// For an agent to send the head of a request.
    #[must_use]
    pub fn header(&self) -> Duration {
        seconds(self.header_seconds)
    }

    /// Between two pieces of a body, in either direction.
    #[must_use]
    pub fn idle(&self) -> Duration {
        seconds(self.idle_seconds)
    }

    /// For requests under way to end when the gateway stops.
    #[must_use]
    pub fn drain(&self) -> Duration {
        seconds(self.drain_seconds)
    }
}

fn seconds(seconds: NonZeroU32) -> Duration {
    Duration::from_secs(seconds.get().into())
}
