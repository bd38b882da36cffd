//! The tokens in force, held in memory, so that no request waits for the store to know its agent.
//!
//! A task asks the store four times a second whether any token was issued or revoked, and loads them
//! all when so. What is older than a few seconds is trusted no more: a revocation that did not get
//! through must not leave its token in force.

mod uses;

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use audit::StoreFailure;
use jiff::Timestamp;
use store::{Addresses, AgentDirectory, Fingerprint, TokenId, TokenRow};
use subtle::ConstantTimeEq as _;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use uses::LastMinute;
pub use uses::Uses;

/// How often the store is asked for changes: a revocation acts within this time and one query.
const EVERY: Duration = Duration::from_millis(250);

/// The longest that one question to the store may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// How old the last good answer may be.
const TRUSTED: Duration = Duration::from_secs(5);

/// The tokens in force.
#[derive(Debug)]
pub struct Tokens {
    directory: Arc<dyn AgentDirectory>,
    known: ArcSwap<Known>,
    /// What stands in for a token that was never issued.
    nobodys: Held,
    /// When they were used.
    uses: Arc<Uses>,
    /// When the store last said what is in force.
    heard: Mutex<Instant>,
}

/// What a search for a token came to.
#[derive(Debug, Clone)]
pub struct Found {
    /// The token's row; nobody's, where it was never issued.
    pub row: Arc<TokenRow>,
    /// Whether it was issued.
    pub issued: bool,
    last: Arc<LastMinute>,
}

#[derive(Debug)]
struct Known {
    generation: i64,
    rows: HashMap<Fingerprint, Held>,
    /// The minted tokens that were revoked.
    revoked_mints: HashSet<TokenId>,
}

/// One token, and when it was last used.
#[derive(Debug)]
struct Held {
    row: Arc<TokenRow>,
    last: Arc<LastMinute>,
}

impl Held {
    fn new(row: TokenRow) -> Self {
        Self { row: Arc::new(row), last: Arc::default() }
    }
}

impl Tokens {
    /// Loads all tokens.
    pub async fn load(directory: Arc<dyn AgentDirectory>) -> Result<Self, StoreFailure> {
        let known = read(&*directory, None).await?;
        Ok(Self {
            directory,
            known: ArcSwap::from_pointee(known),
            nobodys: Held::new(nobodys()),
            uses: Arc::default(),
            heard: Mutex::new(Instant::now()),
        })
    }

    /// Whether what is held here is young enough to be trusted.
    #[must_use]
    pub fn are_current(&self) -> bool {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).elapsed() <= TRUSTED
    }

    /// Looks for the token with this fingerprint among those that were issued: revoked and expired ones
    /// too.
    ///
    /// One that was never issued takes the same steps: it is compared with a token that nobody has, and
    /// comes with that token's row.
    #[must_use]
    pub fn find(&self, fingerprint: &Fingerprint) -> Found {
        let known = self.known.load();
        // The map hashes with a key of its own, and compares fingerprints in constant time, as this does.
        let Held { row, last } = known.rows.get(fingerprint).unwrap_or(&self.nobodys);
        let issued = row.fingerprint.as_bytes().ct_eq(fingerprint.as_bytes()).into();
        Found { row: Arc::clone(row), issued, last: Arc::clone(last) }
    }

    /// Whether a minted token was revoked.
    #[must_use]
    pub fn is_revoked_mint(&self, id: &TokenId) -> bool {
        self.known.load().revoked_mints.contains(id)
    }

    /// Takes down that a token that was found is used.
    pub fn take_down_use(&self, found: &Found, at: Timestamp, by: IpAddr) {
        self.uses.take_down(&found.row.id, &found.last, at, by);
    }

    /// Hands to the store when tokens were used, until told to stop.
    pub async fn follow_uses(self: Arc<Self>, stop: CancellationToken) {
        Arc::clone(&self.uses).follow(Arc::clone(&self.directory), stop).await;
    }

    /// All of them, in no order.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<TokenRow>> {
        self.known.load().rows.values().map(|held| Arc::clone(&held.row)).collect()
    }

    /// Follows the store until told to stop.
    pub async fn follow(self: Arc<Self>, stop: CancellationToken) {
        let mut failing = false;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
            let answer = tokio::time::timeout(PATIENCE, self.refresh()).await;
            let failure = match answer {
                Ok(Ok(())) => None,
                Ok(Err(failure)) => Some(failure.to_string()),
                Err(_) => Some("the store did not answer in time".to_owned()),
            };
            if let (Some(failure), false) = (&failure, failing) {
                tracing::error!(
                    failure,
                    "tokens could not be refreshed; soon nobody will be let in"
                );
            }
            failing = failure.is_some();
        }
    }

    async fn refresh(&self) -> Result<(), StoreFailure> {
        let known = self.known.load_full();
        if self.directory.generation().await? != known.generation {
            self.known.store(Arc::new(read(&*self.directory, Some(&known)).await?));
        }
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        Ok(())
    }
}

/// A row like any other, but for a fingerprint that no token has, as far as anybody can find one.
fn nobodys() -> TokenRow {
    TokenRow {
        id: TokenId::new("tok_00000000000".to_owned()),
        agent: "nobody".to_owned(),
        fingerprint: Fingerprint::from_bytes([0; 32]),
        note: None,
        issued_at: Timestamp::UNIX_EPOCH,
        expires_at: None,
        revoked_at: None,
        addresses: Addresses::Anywhere,
        replaced_by: None,
    }
}

/// Reads the generation first: a change that comes between is read again, never missed. When a token was
/// last used is taken over from what was known before.
async fn read(
    directory: &dyn AgentDirectory,
    before: Option<&Known>,
) -> Result<Known, StoreFailure> {
    let generation = directory.generation().await?;
    let rows = directory.tokens().await?;
    let held = |row: TokenRow| {
        let fingerprint = row.fingerprint;
        let last = before.and_then(|known| known.rows.get(&fingerprint)).map(|held| &held.last);
        let last = last.map(Arc::clone).unwrap_or_default();
        (fingerprint, Held { row: Arc::new(row), last })
    };
    let rows = rows.into_iter().map(held).collect();
    let revoked = directory.revoked_minted().await?;
    let revoked_mints = revoked.into_iter().map(|revoked| revoked.id).collect();
    Ok(Known { generation, rows, revoked_mints })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use async_trait::async_trait;
    use store::{RevokedMint, TokenUse};

    use super::*;

    /// A directory without tokens that can be told to fail.
    #[derive(Debug, Default)]
    struct Directory {
        failing: AtomicBool,
        noted: Mutex<Vec<TokenUse>>,
    }

    impl Directory {
        fn answer<T>(&self, answer: T) -> Result<T, StoreFailure> {
            if self.failing.load(Ordering::SeqCst) {
                return Err(StoreFailure {
                    doing: "ask",
                    why: "told to fail".into(),
                    unclear: false,
                });
            }
            Ok(answer)
        }
    }

    #[async_trait]
    impl AgentDirectory for Directory {
        async fn issue(&self, _: &TokenRow) -> Result<(), StoreFailure> {
            self.answer(())
        }

        async fn tokens(&self) -> Result<Vec<TokenRow>, StoreFailure> {
            self.answer(Vec::new())
        }

        async fn revoke(&self, _: &str, _: Timestamp) -> Result<Option<TokenRow>, StoreFailure> {
            self.answer(None)
        }

        async fn annotate(
            &self,
            _: &str,
            _: Option<&str>,
        ) -> Result<Option<TokenRow>, StoreFailure> {
            self.answer(None)
        }

        async fn retire(
            &self,
            _: &str,
            _: &TokenId,
            _: Timestamp,
            _: Timestamp,
        ) -> Result<bool, StoreFailure> {
            self.answer(false)
        }

        async fn note_uses(&self, uses: &[TokenUse]) -> Result<(), StoreFailure> {
            self.answer(self.noted.lock().unwrap().extend_from_slice(uses))
        }

        async fn uses(&self) -> Result<Vec<TokenUse>, StoreFailure> {
            self.answer(self.noted.lock().unwrap().clone())
        }

        async fn revoke_minted(&self, _: &RevokedMint) -> Result<(), StoreFailure> {
            self.answer(())
        }

        async fn revoked_minted(&self) -> Result<Vec<RevokedMint>, StoreFailure> {
            self.answer(Vec::new())
        }

        async fn generation(&self) -> Result<i64, StoreFailure> {
            self.answer(1)
        }
    }

    #[tokio::test]
    async fn a_token_that_was_never_issued_is_compared_with_nobodys() {
        let tokens = Tokens::load(Arc::new(Directory::default())).await.unwrap();
        let found = tokens.find(&Fingerprint::from_bytes([7; 32]));
        assert!(!found.issued);
        assert_eq!(found.row.agent, "nobody");
    }

    #[tokio::test(start_paused = true)]
    async fn tokens_that_the_store_no_longer_vouches_for_are_trusted_for_a_few_seconds_only() {
        let directory = Arc::new(Directory::default());
        let tokens = Arc::new(Tokens::load(Arc::<Directory>::clone(&directory)).await.unwrap());
        tokio::spawn(Arc::clone(&tokens).follow(CancellationToken::new()));
        tokio::time::sleep(Duration::from_mins(1)).await;
        assert!(tokens.are_current());
        directory.failing.store(true, Ordering::SeqCst);
        tokio::time::sleep(TRUSTED + EVERY + Duration::from_millis(1)).await;
        assert!(!tokens.are_current());
        directory.failing.store(false, Ordering::SeqCst);
        tokio::time::sleep(EVERY * 2).await;
        assert!(tokens.are_current());
    }

    #[tokio::test(start_paused = true)]
    async fn a_use_is_noted_once_a_minute_and_one_that_the_store_does_not_take_is_lost() {
        let directory = Arc::new(Directory::default());
        let tokens = Arc::new(Tokens::load(Arc::<Directory>::clone(&directory)).await.unwrap());
        let stop = CancellationToken::new();
        let follow = tokio::spawn(Arc::clone(&tokens).follow_uses(stop.clone()));
        let found = tokens.find(&Fingerprint::from_bytes([7; 32]));
        let used = |second: i64| {
            let at = Timestamp::from_second(second).unwrap();
            tokens.take_down_use(&found, at, IpAddr::from([10, 0, 0, 1]));
        };
        let pause = || tokio::time::sleep(Duration::from_secs(5));
        [0, 1, 59].into_iter().for_each(used);
        pause().await;
        directory.failing.store(true, Ordering::SeqCst);
        used(60);
        pause().await;
        directory.failing.store(false, Ordering::SeqCst);
        directory.noted.lock().unwrap().truncate(1);
        [61, 180].into_iter().for_each(used);
        stop.cancel();
        follow.await.unwrap();
        let noted = directory.uses().await.unwrap();
        let seconds: Vec<_> = noted.iter().map(|used| used.at.as_second()).collect();
        assert_eq!(seconds, [0, 180]);
    }
}
