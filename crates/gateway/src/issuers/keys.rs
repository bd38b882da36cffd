//! The keys of one issuer: kept, renewed in the background, and at once where a token names one that is
//! not known.
//!
//! A request never fetches anything itself. It may ask for the keys to be fetched now and wait for that a
//! little, together with all others that wait, so that no agent is refused because its issuer has just
//! begun to use a new key. Whoever makes up names of keys gets no more out of it than one fetch in ten
//! seconds, however many requests there are: the others are refused at once.
//!
//! An issuer that cannot be reached changes nothing at first: known keys stay good. But not for ever,
//! because a key that the issuer has taken back could be kept in force by keeping the issuer away; so they
//! are trusted for as long as the settings say.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use audit::JwtFault;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::failure::FetchFailure;
use super::key_set::{KeySet, Unused};
use super::source::Source;
use crate::clock::Clock;
use crate::jwt::{Algorithm, Jwt};
use crate::refusal::chain;

/// Between two fetches that tokens ask for.
const GAP: SignedDuration = SignedDuration::from_secs(10);

/// The longest that a request waits for new keys.
const PATIENCE: Duration = Duration::from_secs(2);

/// Until keys that could not be fetched are fetched again.
const RETRY: Duration = Duration::from_secs(30);

/// The keys of one issuer.
#[derive(Debug)]
pub(super) struct Keys {
    issuer: String,
    algorithms: Vec<Algorithm>,
    trust: SignedDuration,
    current: ArcSwapOption<KeySet>,
    asked: Mutex<Asked>,
    /// Wakes whoever fetches.
    wanted: Notify,
    /// How many fetches have ended.
    ended: watch::Sender<u64>,
}

/// What has been asked for.
#[derive(Debug)]
struct Asked {
    /// Whether a fetch is under way, or will be at once.
    under_way: bool,
    /// When a token last asked for one.
    last: Option<Timestamp>,
}

impl Keys {
    /// No keys yet: the first fetch is the first thing that [`Keys::follow`] does.
    pub(super) fn new(issuer: &str, algorithms: &[Algorithm], trust: SignedDuration) -> Self {
        Self {
            issuer: issuer.to_owned(),
            algorithms: algorithms.to_vec(),
            trust,
            current: ArcSwapOption::empty(),
            asked: Mutex::new(Asked { under_way: true, last: None }),
            wanted: Notify::new(),
            ended: watch::Sender::new(0),
        }
    }

    /// Keys that are known from the start.
    pub(super) fn with(self, keys: KeySet) -> Self {
        self.current.store(Some(Arc::new(keys)));
        self.asked().under_way = false;
        self
    }

    /// The keys that are trusted now.
    pub(super) fn current(&self, now: Timestamp) -> Option<Arc<KeySet>> {
        self.current.load_full().filter(|keys| {
            keys.listed_at.is_none_or(|listed| now.duration_since(listed) <= self.trust)
        })
    }

    /// How many of its keys are known, and when it listed them; none where it has not listed any yet.
    pub(super) fn known(&self) -> Option<(usize, Option<Timestamp>)> {
        self.current.load().as_ref().map(|keys| (keys.count(), keys.listed_at))
    }

    /// The keys among which the one is that a token names, fetched anew where it is not among them.
    pub(super) async fn with_key_of(
        &self,
        token: &Jwt<'_>,
        now: Timestamp,
    ) -> Result<Arc<KeySet>, JwtFault> {
        match self.holding(token, now) {
            Err(JwtFault::UnknownKey | JwtFault::KeysUnavailable) if self.renewed(now).await => {
                self.holding(token, now)
            }
            answer => answer,
        }
    }

    fn holding(&self, token: &Jwt<'_>, now: Timestamp) -> Result<Arc<KeySet>, JwtFault> {
        let keys = self.current(now).ok_or(JwtFault::KeysUnavailable)?;
        keys.key_of(token)?;
        Ok(keys)
    }

    /// Waits for a fetch, if one is under way or may begin. Whether one has ended.
    async fn renewed(&self, now: Timestamp) -> bool {
        // Before it is asked for, so that its end is not missed.
        let mut ended = self.ended.subscribe();
        let asked = self.asked().ask(now);
        match asked {
            Ask::TooSoon => return false,
            Ask::UnderWay => {}
            // Only here: a word said while one is under way would be heard when it has ended.
            Ask::Begin => self.wanted.notify_one(),
        }
        timeout(PATIENCE, ended.changed()).await.is_ok_and(|changed| changed.is_ok())
    }

    /// Fetches until told to stop.
    pub(super) async fn follow(&self, source: &Source, clock: &dyn Clock, stop: CancellationToken) {
        let mut failing = false;
        if self.current.load().is_some() && pause(source.interval(), &self.wanted, &stop).await {
            return;
        }
        loop {
            self.asked().under_way = true;
            let fetched = tokio::select! {
                () = stop.cancelled() => return,
                fetched = source.fetch() => fetched,
            };
            let failure = fetched.and_then(|bytes| self.take(&bytes, clock.now())).err();
            self.tell(failure.as_ref(), failing);
            failing = failure.is_some();
            self.asked().under_way = false;
            self.ended.send_modify(|ended| *ended = ended.wrapping_add(1));
            let interval = if failing { RETRY.min(source.interval()) } else { source.interval() };
            if pause(interval, &self.wanted, &stop).await {
                return;
            }
        }
    }

    /// Puts a list of keys in force.
    fn take(&self, bytes: &[u8], now: Timestamp) -> Result<(), FetchFailure> {
        let (keys, unused) =
            KeySet::read(bytes, &self.algorithms, now).map_err(FetchFailure::NoKeySet)?;
        self.tell_unused(&unused);
        if keys.count() == 0 {
            tracing::warn!(
                issuer = self.issuer,
                "the issuer lists no key that can be used: none of its tokens is good"
            );
        }
        self.current.store(Some(Arc::new(keys)));
        Ok(())
    }

    fn tell_unused(&self, unused: &[Unused]) {
        for Unused { key, why } in unused {
            tracing::debug!(issuer = self.issuer, key, %why, "a key of the issuer's is not used");
        }
    }

    /// Logs when it begins to fail, and when it no longer does.
    fn tell(&self, failure: Option<&FetchFailure>, failing: bool) {
        let issuer = &self.issuer;
        match (failure, failing) {
            (Some(failure), false) => {
                let failure = chain(failure);
                tracing::warn!(
                    issuer,
                    failure,
                    "the issuer's keys could not be fetched; those known stay good for now"
                );
            }
            (None, true) => tracing::info!(issuer, "the issuer's keys can be fetched again"),
            (Some(_), true) | (None, false) => {}
        }
    }

    fn asked(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What becomes of a wish for new keys.
enum Ask {
    /// A fetch begins.
    Begin,
    /// One has begun already.
    UnderWay,
    /// There was one a moment ago.
    TooSoon,
}

impl Asked {
    fn ask(&mut self, now: Timestamp) -> Ask {
        if self.under_way {
            return Ask::UnderWay;
        }
        // A clock that was set back must not forbid it for long.
        let since = self.last.map(|last| now.duration_since(last));
        if since.is_some_and(|since| !since.is_negative() && since < GAP) {
            return Ask::TooSoon;
        }
        (self.under_way, self.last) = (true, Some(now));
        Ask::Begin
    }
}

/// Waits until it is time, or somebody wants keys; whether it is time to stop instead.
async fn pause(interval: Duration, wanted: &Notify, stop: &CancellationToken) -> bool {
    tokio::select! {
        () = stop.cancelled() => true,
        () = wanted.notified() => false,
        () = tokio::time::sleep(interval) => false,
    }
}
