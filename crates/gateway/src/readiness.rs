//! Whether requests would be taken, asked of the store at most once a second however many ask.

use std::time::{Duration, Instant};

use audit::Trail;
use store::Store;
use tokio::runtime::Handle;
use tokio::sync::Mutex;

/// How long an answer is good for.
const FRESH: Duration = Duration::from_secs(1);

/// What is known of the gateway's readiness.
#[derive(Debug)]
pub struct Readiness {
    /// Where the store is asked. A connection to a database lives on the runtime that opened it, and
    /// those of the workers are gone before the last outcome is written.
    home: Handle,
    last: Mutex<Option<(Instant, Result<(), String>)>>,
}

impl Readiness {
    /// Nothing is known yet.
    #[must_use]
    pub fn new(home: Handle) -> Self {
        Self { home, last: Mutex::default() }
    }

    /// Whether records can be written; if not, why.
    pub async fn check(&self, store: &Store, trail: &Trail) -> Result<(), String> {
        let mut last = self.last.lock().await;
        if let Some((at, answer)) = &*last
            && at.elapsed() < FRESH
        {
            return answer.clone();
        }
        let asking = self.home.spawn(ask(store.clone(), trail.clone()));
        let answer = asking.await.unwrap_or_else(|_| Err("the gateway is stopping".to_owned()));
        *last = Some((Instant::now(), answer.clone()));
        answer
    }
}

async fn ask(store: Store, trail: Trail) -> Result<(), String> {
    if !trail.is_running() {
        return Err("the trail's writer has stopped; restart the gateway".to_owned());
    }
    store.ready().await.map_err(|failure| failure.to_string())
}
