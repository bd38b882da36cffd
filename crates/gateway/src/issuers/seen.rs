//! Tokens that were proven good a moment ago, so that the next request need not check the signature again.
//!
//! What is kept of a token is its SHA-256. It is good for as long as the keys are the very ones it was
//! checked with, which a fetch replaces every few minutes, and its time is looked at again each time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use store::Fingerprint;

use super::key_set::KeySet;
use crate::jwt::Term;

/// The most tokens that are kept. An agent shows one for minutes.
const MOST: usize = 4096;

/// Tokens that were proven good.
#[derive(Debug, Default)]
pub(super) struct Seen(Mutex<HashMap<Fingerprint, Arc<Proof>>>);

/// What a good token showed.
#[derive(Debug)]
pub(super) struct Proof {
    /// Which of the issuers it is of.
    pub(super) issuer: usize,
    /// The keys it was checked with.
    pub(super) keys: Arc<KeySet>,
    pub(super) term: Term,
    pub(super) agent: String,
    pub(super) token: String,
}

impl Seen {
    pub(super) fn find(&self, fingerprint: &Fingerprint) -> Option<Arc<Proof>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(fingerprint).cloned()
    }

    /// Keeps a proof. Only good tokens come here, so nobody fills it who has none; when it is full all the
    /// same, it begins anew.
    pub(super) fn keep(&self, fingerprint: Fingerprint, proof: Proof) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MOST {
            seen.clear();
        }
        seen.insert(fingerprint, Arc::new(proof));
    }

    pub(super) fn forget(&self, fingerprint: &Fingerprint) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(fingerprint);
    }
}
