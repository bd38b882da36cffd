//! Warns of tokens that are about to end: in the log, at the start and then once a day, and for whoever
//! watches the gateway, once a minute.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use store::TokenRow;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::config::TokenSettings;
use crate::gateway::Gateway;

/// From one count to the next.
const MINUTE: Duration = Duration::from_mins(1);

/// From one warning to the next.
const DAILY: Duration = Duration::from_hours(24);

/// Whether somebody should be told that a token is about to end: not where it has ended, was revoked, or
/// another took its place.
#[must_use]
pub fn is_expiring(token: &TokenRow, now: Timestamp, before: Timestamp) -> bool {
    is_in_force(token, now) && token.expires_at.is_some_and(|end| end < before)
}

/// Whether a token is good and meant to stay so.
fn is_in_force(token: &TokenRow, now: Timestamp) -> bool {
    token.revoked_at.is_none()
        && token.replaced_by.is_none()
        && token.expires_at.is_none_or(|end| end > now)
}

/// Warns until told to stop.
pub(crate) async fn run(gateway: Arc<Gateway>, settings: TokenSettings, stop: CancellationToken) {
    let (mut days, mut minutes) = (interval(DAILY), interval(MINUTE));
    days.set_missed_tick_behavior(MissedTickBehavior::Delay);
    minutes.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = days.tick() => warn(&gateway, &settings),
            _ = minutes.tick() => count(&gateway, &settings),
        }
    }
}

fn count(gateway: &Gateway, settings: &TokenSettings) {
    let now = gateway.clock.now();
    let before = settings.warn_before(now);
    let mut tokens = gateway.tokens.all();
    tokens.retain(|token| is_in_force(token, now));
    let first = tokens.iter().filter_map(|token| token.expires_at).min();
    let soon = tokens.iter().filter(|token| is_expiring(token, now, before)).count();
    gateway.metrics.expiring(first.map(|end| end.duration_since(now)), soon);
}

fn warn(gateway: &Gateway, settings: &TokenSettings) {
    let now = gateway.clock.now();
    let before = settings.warn_before(now);
    let mut ending = gateway.tokens.all();
    ending.retain(|token| is_expiring(token, now, before));
    ending.sort_by_key(|token| token.expires_at);
    for token in ending {
        tracing::warn!(
            token.id = %token.id,
            agent.id = token.agent,
            end = token.expires_at.map(|end| format!("{end:.0}")),
            "a token is about to end; `kustodian token rotate {}` makes another in its place",
            token.id
        );
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use store::{Addresses, Fingerprint, TokenId};

    use super::*;

    fn token(end: Option<i64>) -> TokenRow {
        TokenRow {
            id: TokenId::new("tok_1".to_owned()),
            agent: "bot".to_owned(),
            fingerprint: Fingerprint::from_bytes([1; 32]),
            note: None,
            issued_at: Timestamp::UNIX_EPOCH,
            expires_at: end.map(|second| Timestamp::from_second(second).unwrap()),
            revoked_at: None,
            addresses: Addresses::Anywhere,
            replaced_by: None,
        }
    }

    #[test]
    fn only_a_token_that_nobody_has_seen_to_is_warned_of_before_its_end() {
        let now = Timestamp::from_second(1_000).unwrap();
        let before = now + SignedDuration::from_secs(100);
        let expiring = |token: &TokenRow| is_expiring(token, now, before);
        assert!(expiring(&token(Some(1_001))) && expiring(&token(Some(1_099))));
        for end in [None, Some(1_000), Some(1_100), Some(2_000)] {
            assert!(!expiring(&token(end)), "{end:?}");
        }
        let soon = || token(Some(1_050));
        assert!(!expiring(&TokenRow { revoked_at: Some(now), ..soon() }));
        assert!(!expiring(&TokenRow { replaced_by: Some(soon().id), ..soon() }));
    }
}
