//! Readings of the files that somebody asks for, by SIGHUP or by a call.
//!
//! Many may ask at once, and a reading of many files takes a while. While one is under way, all who ask
//! share the one that follows: it begins after each of them asked, so its answer is true for each.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};

use super::Reloaded;
use crate::gateway::Gateway;

/// What will come of a reading. It is done to its end whether or not anybody waits for it.
pub type Answer = Shared<BoxFuture<'static, Reloaded>>;

/// The reading that was asked for and has not begun; none where nobody asked for one.
#[derive(Debug, Default)]
pub(super) struct Asked(Mutex<Option<Answer>>);

impl Asked {
    /// The one that waits, or else another, begun by `begin`.
    fn or_begin(&self, begin: impl FnOnce() -> Answer) -> Answer {
        // INVARIANT: held until the answer is in place, so a reading that begins at once finds it.
        let mut next = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        next.get_or_insert_with(begin).clone()
    }

    /// It begins: whoever asks from now on may mean a file that is read too early in it.
    fn begins(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Reads the files soon, as they are then, and puts what they say in force. Done on the gateway's own
/// runtime.
pub fn reload(gateway: &Arc<Gateway>) -> Answer {
    gateway.reloading.asked.or_begin(|| {
        let reading = gateway.reloading.home.spawn(read(Arc::clone(gateway)));
        reading.map(|done| done.unwrap_or(Reloaded::Stopping)).boxed().shared()
    })
}

async fn read(gateway: Arc<Gateway>) -> Reloaded {
    let mut turn = gateway.reloading.turn.lock().await;
    gateway.reloading.asked.begins();
    let reloaded = turn.take(&gateway).await;
    drop(turn);
    // Of a change or a mistake the log tells by itself, and of a mistake only once.
    match &reloaded {
        Reloaded::Unchanged => {
            tracing::info!("asked to read the policy files: they say what is in force already");
        }
        Reloaded::Refused { problems } => tracing::info!(
            problems = problems.len(),
            "asked to read the policy files: they cannot be used, and what was in force stays"
        ),
        Reloaded::Changed { .. } | Reloaded::Unrecorded(_) | Reloaded::Stopping => {}
    }
    reloaded
}
