//! Waiting for what happens by itself: by asking again until it is so, never by a fixed sleep.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// The longest that is waited for anything.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks until there is an answer; fails with `what` after ten seconds.
pub(crate) async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < end, "waited in vain: {what}");
        sleep(Duration::from_millis(5)).await;
    }
}
