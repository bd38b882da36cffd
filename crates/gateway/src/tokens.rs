//! The tokens in force, held in memory, so that no request waits for the store to know its agent.
//!
//! A task asks the store four times a second whether any token was issued or revoked, and loads them
//! all when so. A store that cannot be asked leaves the last known tokens in force: records cannot be
//! written then either, so nothing is forwarded.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use audit::StoreFailure;
use store::{AgentDirectory, Fingerprint, TokenRow};
use subtle::ConstantTimeEq as _;
use tokio_util::sync::CancellationToken;

/// How often the store is asked for changes: a revocation acts within this time and one query.
const EVERY: Duration = Duration::from_millis(250);

/// The tokens in force.
#[derive(Debug)]
pub struct Tokens {
    directory: Arc<dyn AgentDirectory>,
    known: ArcSwap<Known>,
}

#[derive(Debug)]
struct Known {
    generation: i64,
    rows: HashMap<[u8; 32], Arc<TokenRow>>,
}

impl Tokens {
    /// Loads all tokens.
    pub async fn load(directory: Arc<dyn AgentDirectory>) -> Result<Self, StoreFailure> {
        let known = read(&*directory).await?;
        Ok(Self { directory, known: ArcSwap::from_pointee(known) })
    }

    /// The token with this fingerprint, if one was issued: revoked and expired ones too.
    #[must_use]
    pub fn find(&self, fingerprint: &Fingerprint) -> Option<Arc<TokenRow>> {
        let known = self.known.load();
        let row = known.rows.get(fingerprint.as_bytes())?;
        // The map was asked by hash; the whole fingerprint is compared in constant time.
        let same: bool = row.fingerprint.as_bytes().ct_eq(fingerprint.as_bytes()).into();
        same.then(|| Arc::clone(row))
    }

    /// Follows the store until told to stop.
    pub async fn follow(self: Arc<Self>, stop: CancellationToken) {
        let mut failing = false;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
            match self.refresh().await {
                Ok(()) => failing = false,
                Err(failure) => {
                    if !failing {
                        tracing::error!(%failure, "tokens could not be refreshed; the last known stay in force");
                    }
                    failing = true;
                }
            }
        }
    }

    async fn refresh(&self) -> Result<(), StoreFailure> {
        if self.directory.generation().await? != self.known.load().generation {
            self.known.store(Arc::new(read(&*self.directory).await?));
        }
        Ok(())
    }
}

/// Reads the generation first: a change that comes between is read again, never missed.
async fn read(directory: &dyn AgentDirectory) -> Result<Known, StoreFailure> {
    let generation = directory.generation().await?;
    let rows = directory.tokens().await?;
    let rows = rows.into_iter().map(|row| (*row.fingerprint.as_bytes(), Arc::new(row)));
    Ok(Known { generation, rows: rows.collect() })
}
