//! `[trail]`: how records wait to become durable.

use std::num::NonZeroU32;
use std::time::Duration;

use audit::TrailSettings;
use serde::Deserialize;

/// `[trail]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrailConfig {
    /// Requests that may wait for their record at once.
    pub queue: NonZeroU32,
    /// Seconds that a request waits for its record before it is refused with 503.
    pub wait_seconds: NonZeroU32,
    /// Seconds of silence after which a gateway on the same store is taken for dead.
    pub silence_seconds: NonZeroU32,
}

impl Default for TrailConfig {
    fn default() -> Self {
        Self {
            queue: const { NonZeroU32::new(4096).unwrap() },
            wait_seconds: const { NonZeroU32::new(5).unwrap() },
            silence_seconds: const { NonZeroU32::new(15).unwrap() },
        }
    }
}

impl TrailConfig {
    /// The same for the trail.
    #[must_use]
    pub fn settings(&self) -> TrailSettings {
        TrailSettings {
            queue: self.queue.get() as usize,
            wait: Duration::from_secs(self.wait_seconds.get().into()),
            silence: Duration::from_secs(self.silence_seconds.get().into()),
            ..TrailSettings::default()
        }
    }
}
