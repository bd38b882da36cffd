//! `[forward]`: how long Kustomer and agents may take.

use std::time::Duration;

use serde::Deserialize;

use crate::upstream::TimeLimits;

/// `[forward]`; all in seconds.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Forward {
    /// For Kustomer to accept a connection.
    pub connect_seconds: u32,
    /// For Kustomer to begin an answer, after the last byte of the request.
    pub first_byte_seconds: u32,
    /// Between two pieces of a body, in either direction.
    pub idle_seconds: u32,
    /// For an agent to send the head of a request.
    pub header_seconds: u32,
    /// For requests under way to end when the gateway stops.
    pub drain_seconds: u32,
}

impl Default for Forward {
    fn default() -> Self {
        Self {
            connect_seconds: 5,
            first_byte_seconds: 60,
            idle_seconds: 30,
            header_seconds: 10,
            drain_seconds: 20,
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

    /// For requests under way to end when the gateway stops.
    #[must_use]
    pub fn drain(&self) -> Duration {
        seconds(self.drain_seconds)
    }
}

fn seconds(seconds: u32) -> Duration {
    Duration::from_secs(seconds.into())
}
