//! When tokens were last used: taken down off the requests' way, and at most once a minute for each.
//!
//! A request that uses its token for the second time in a minute reads one number here, and nothing
//! else. What is lost with the process, or because the store did not take it, does no harm.

use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use store::{AgentDirectory, TokenId, TokenUse};
use tokio_util::sync::CancellationToken;

/// How often what was taken down is handed to the store.
const EVERY: Duration = Duration::from_secs(2);

/// The minute in which a token was last used here; before all of them, where it was not.
#[derive(Debug)]
pub(super) struct LastMinute(AtomicI64);

impl Default for LastMinute {
    fn default() -> Self {
        Self(AtomicI64::new(i64::MIN))
    }
}

impl LastMinute {
    /// Whether this is another minute than the last time.
    fn turns(&self, now: Timestamp) -> bool {
        let minute = now.as_second().div_euclid(60);
        // Nothing else depends on it, and of two requests at once either may win.
        self.0.load(Ordering::Relaxed) != minute && self.0.swap(minute, Ordering::Relaxed) != minute
    }
}

/// Uses that the store does not know yet.
#[derive(Debug, Default)]
pub struct Uses(Mutex<Vec<TokenUse>>);

impl Uses {
    /// Takes down that a token is used.
    pub(super) fn take_down(&self, token: &TokenId, last: &LastMinute, at: Timestamp, by: IpAddr) {
        if last.turns(at) {
            let used = TokenUse { token: token.clone(), at, address: by.to_string() };
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(used);
        }
    }

    /// Hands everything to the store, until told to stop and once more then.
    pub(crate) async fn follow(
        self: Arc<Self>,
        directory: Arc<dyn AgentDirectory>,
        stop: CancellationToken,
    ) {
        let mut failing = false;
        loop {
            let stopped = tokio::time::timeout(EVERY, stop.cancelled()).await.is_ok();
            failing = self.hand_over(&*directory, failing).await;
            if stopped {
                return;
            }
        }
    }

    /// Whether the store did not take them; said once.
    async fn hand_over(&self, directory: &dyn AgentDirectory, failing: bool) -> bool {
        let uses = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if uses.is_empty() {
            return failing;
        }
        let Err(failure) = directory.note_uses(&uses).await else { return false };
        if !failing {
            tracing::warn!(%failure, "it could not be noted when tokens were last used");
        }
        true
    }
}
