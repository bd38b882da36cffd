//! The issuers of signed tokens that the settings trust, and what their tokens prove.
//!
//! An issuer vouches for agents; what they may do, their policies say. So a token gets an agent its policy
//! and nothing more, and the claims are used for nothing else but to know whose it is.

mod failure;
mod issuer;
mod key_set;
pub mod key_url;
mod keys;
mod seen;
mod source;

use std::sync::Arc;

use audit::JwtFault;
use jiff::Timestamp;
use store::Fingerprint;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::{IssuerSettings, issuer_mistakes};
use crate::jwt::{Jwt, LONGEST, Term};
use crate::token::fingerprint;

pub use failure::{FetchFailure, IssuerFailure, Trouble};
pub use key_set::NoKeySet;

use issuer::Issuer;
use seen::{Proof, Seen};

/// All issuers that are trusted.
#[derive(Debug, Default)]
pub struct Issuers {
    issuers: Vec<Issuer>,
    seen: Seen,
}

/// What a token shows whose signature is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The agent's id.
    pub agent: String,
    /// What records call the token.
    pub token: String,
    /// What is wrong with it all the same.
    pub fault: Option<JwtFault>,
}

/// How an issuer's keys are, for whoever watches the gateway.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub(crate) struct IssuerHealth<'i> {
    /// Its name in the settings.
    name: &'i str,
    /// How many of its keys can be used.
    keys: usize,
    /// When it listed them; none where it has not, and for a shared secret.
    listed_at: Option<Timestamp>,
    /// Whether they are there and young enough: else none of its tokens is good.
    trusted: bool,
}

impl IssuerHealth<'_> {
    /// How old its keys are; without end where there are none, and nothing for a shared secret.
    pub(crate) fn age_seconds(&self, now: Timestamp) -> f64 {
        match self.listed_at {
            Some(listed) => now.duration_since(listed).as_secs_f64().max(0.0),
            None if self.trusted => 0.0,
            None => f64::INFINITY,
        }
    }
}

impl Issuers {
    /// Makes ready what the settings say: files are read and must be right, servers are not asked yet.
    pub fn open(settings: &[IssuerSettings], now: Timestamp) -> Result<Self, IssuerFailure> {
        if let Some(mistake) = issuer_mistakes(settings).into_iter().next() {
            let issuer = settings.get(mistake.issuer).map(|it| it.name.clone()).unwrap_or_default();
            return Err(IssuerFailure { issuer, trouble: Trouble::Settings(mistake.message) });
        }
        let issuers = settings.iter().map(|settings| Issuer::open(settings, now));
        Ok(Self { issuers: issuers.collect::<Result<_, _>>()?, seen: Seen::default() })
    }

    /// What a token proves: whom it is of, and whether it is good. Where its signature proves nothing,
    /// nothing it says is handed on.
    pub async fn prove(&self, token: &str, now: Timestamp) -> Result<Shown, JwtFault> {
        if token.len() > LONGEST {
            return Err(JwtFault::TooLong);
        }
        let fingerprint = fingerprint(token.as_bytes());
        if let Some(shown) = self.seen(&fingerprint, now) {
            return Ok(shown);
        }
        let jwt = Jwt::read(token)?;
        let (place, issuer) = self.issuer_of(&jwt).ok_or(JwtFault::UnknownIssuer)?;
        issuer.allows(jwt.algorithm())?;
        let keys = issuer.keys.with_key_of(&jwt, now).await?;
        let claims = jwt.verify(keys.key_of(&jwt)?)?;
        let shown = issuer.shown(&claims, &fingerprint, now)?;
        if shown.fault.is_none() {
            let (agent, token) = (shown.agent.clone(), shown.token.clone());
            let proof = Proof { issuer: place, keys, term: Term::of(&claims)?, agent, token };
            self.seen.keep(fingerprint, proof);
        }
        Ok(shown)
    }

    /// The same for who runs no gateway: the keys are fetched for this one token.
    pub async fn prove_once(
        self: &Arc<Self>,
        token: &str,
        clock: &Arc<dyn Clock>,
    ) -> Result<Shown, JwtFault> {
        let stop = CancellationToken::new();
        let tasks = self.follow(clock, &stop);
        let proved = self.prove(token, clock.now()).await;
        stop.cancel();
        for task in tasks {
            // A task that panicked has said so itself.
            let _ = task.await;
        }
        proved
    }

    /// How each issuer's keys are, in the order of the settings.
    pub(crate) fn health(&self, now: Timestamp) -> impl Iterator<Item = IssuerHealth<'_>> {
        self.issuers.iter().map(move |Issuer { name, keys, .. }| {
            let (count, listed_at) = keys.known().unwrap_or_default();
            IssuerHealth { name, keys: count, listed_at, trusted: keys.current(now).is_some() }
        })
    }

    fn issuer_of(&self, jwt: &Jwt<'_>) -> Option<(usize, &Issuer)> {
        let said = jwt.issuer()?;
        self.issuers.iter().enumerate().find(|(_, issuer)| issuer.expected.issuer == said)
    }

    /// What a token shows that was good before, if its time is not over and its keys are still the same.
    fn seen(&self, fingerprint: &Fingerprint, now: Timestamp) -> Option<Shown> {
        let proof = self.seen.find(fingerprint)?;
        let issuer = self.issuers.get(proof.issuer)?;
        let keys = issuer.keys.current(now);
        let holds = keys.is_some_and(|keys| Arc::ptr_eq(&keys, &proof.keys));
        if holds && proof.term.check(&issuer.expected, now).is_ok() {
            return Some(Shown {
                agent: proof.agent.clone(),
                token: proof.token.clone(),
                fault: None,
            });
        }
        self.seen.forget(fingerprint);
        None
    }

    /// Keeps all keys new until told to stop: a task for each issuer whose keys can change.
    #[must_use]
    pub fn follow(
        self: &Arc<Self>,
        clock: &Arc<dyn Clock>,
        stop: &CancellationToken,
    ) -> Vec<JoinHandle<()>> {
        let places = 0..self.issuers.len();
        places
            .map(|place| {
                tokio::spawn(Arc::clone(self).follow_one(place, Arc::clone(clock), stop.clone()))
            })
            .collect()
    }

    async fn follow_one(
        self: Arc<Self>,
        place: usize,
        clock: Arc<dyn Clock>,
        stop: CancellationToken,
    ) {
        if let Some(Issuer { keys, source: Some(source), .. }) = self.issuers.get(place) {
            keys.follow(source, &*clock, stop).await;
        }
    }
}
