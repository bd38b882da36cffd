//! `[policies]`: where the policies are, and how they are followed.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use policy::Observing;
use serde::Deserialize;

/// `[policies]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policies {
    /// The folder with one TOML file per agent.
    pub dir: PathBuf,
    /// Whether a policy may say `mode = "observe"`.
    pub allow_observe: bool,
    /// Whether files that change are put in force by themselves.
    pub watch: bool,
    /// Milliseconds for which they must stand still before that.
    pub settle_millis: NonZeroU32,
}

impl Default for Policies {
    fn default() -> Self {
        Self {
            dir: PathBuf::from("policies"),
            allow_observe: false,
            watch: true,
            settle_millis: const { NonZeroU32::new(300).unwrap() },
        }
    }
}

impl Policies {
    /// Whether agents may be observed, as the loading of policies asks for it.
    #[must_use]
    pub fn observing(&self) -> Observing {
        if self.allow_observe { Observing::Allowed } else { Observing::Refused }
    }

    pub(crate) fn settle(&self) -> Duration {
        Duration::from_millis(self.settle_millis.get().into())
    }
}
