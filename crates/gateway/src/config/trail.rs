//! `[trail]`: how records wait to become durable.

use std::time::Duration;

use audit::TrailSettings;
use serde::Deserialize;

/// `[trail]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrailConfig {
    /// Requests that may wait for their record at once.
    pub queue: u32,
    /// Seconds that a request waits for its record before it is refused with 503.
    pub wait_seconds: u32,
}

impl Default for TrailConfig {
    fn default() -> Self {
        Self { queue: 4096, wait_seconds: 5 }
    }
}

impl TrailConfig {
    /// The same for the trail.
    #[must_use]
    pub fn settings(&self) -> TrailSettings {
        TrailSettings {
            queue: self.queue.max(1) as usize,
            wait: Duration::from_secs(self.wait_seconds.max(1).into()),
            ..TrailSettings::default()
        }
    }
}
