//! `[forward]`: how long Kustomer and agents may take, how much may pass, and how much is read.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::Deserialize;

use crate::upstream::ForwardLimits;

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
    /// The longest body of a request, in units of 1,048,576 bytes.
    pub request_mib: NonZeroU32,
    /// The longest body of an answer, in the same.
    pub answer_mib: NonZeroU32,
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
            request_mib: const { NonZeroU32::new(32).unwrap() },
            answer_mib: const { NonZeroU32::new(64).unwrap() },
            read_body_bytes: const { NonZeroU32::new(1 << 20).unwrap() },
        }
    }
}

impl Forward {
    /// The limits for Kustomer.
    #[must_use]
    pub fn upstream(&self) -> ForwardLimits {
        ForwardLimits {
            connect: seconds(self.connect_seconds),
            first_byte: seconds(self.first_byte_seconds),
            idle: seconds(self.idle_seconds),
            request_bytes: mib(self.request_mib),
            answer_bytes: mib(self.answer_mib),
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

fn mib(mib: NonZeroU32) -> u64 {
    u64::from(mib.get()) << 20
}
