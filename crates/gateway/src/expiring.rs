//! Warns of tokens that are about to end: in the log, at the start and then once a day, and for whoever
//! watches the gateway, once a minute.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use store::{TokenId, TokenRow};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::config::TokenSettings;
use crate::gateway::Gateway;

/// From one count to the next.
const MINUTE: Duration = Duration::from_mins(1);

/// From one warning to the next.
const DAILY: Duration = Duration::from_hours(24);

/// The tokens that are good and meant to stay so: none whose place another took. Where that one is good no
/// longer, the old one is the last again.
fn in_force(mut all: Vec<Arc<TokenRow>>, now: Timestamp) -> Vec<Arc<TokenRow>> {
    all.retain(|token| token.revoked_at.is_none() && token.expires_at.is_none_or(|end| end > now));
    let good: HashSet<TokenId> = all.iter().map(|token| token.id.clone()).collect();
    all.retain(|token| token.replaced_by.as_ref().is_none_or(|it| !good.contains(it)));
    all
}

/// Those of them that somebody should be told of, because they end before this instant.
fn expiring(tokens: &[Arc<TokenRow>], before: Timestamp) -> impl Iterator<Item = &Arc<TokenRow>> {
    tokens.iter().filter(move |token| token.expires_at.is_some_and(|end| end < before))
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
    let tokens = in_force(gateway.tokens.all(), now);
    let first = tokens.iter().filter_map(|token| token.expires_at).min();
    let soon = expiring(&tokens, settings.warn_before(now)).count();
    gateway.metrics.expiring(first.map(|end| end.duration_since(now)), soon);
}

fn warn(gateway: &Gateway, settings: &TokenSettings) {
    let now = gateway.clock.now();
    let mut tokens = in_force(gateway.tokens.all(), now);
    tokens.sort_by_key(|token| token.expires_at);
    for token in expiring(&tokens, settings.warn_before(now)) {
        // One that was rotated before cannot be rotated again.
        let command = match &token.replaced_by {
            None => format!("rotate {}", token.id),
            Some(_) => format!("issue {}", token.agent),
        };
        tracing::warn!(
            token.id = %token.id,
            agent.id = token.agent,
            end = token.expires_at.map(|end| format!("{end:.0}")),
            "a token is about to end; `kustodian token {command}` makes another in its place",
        );
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use store::{Addresses, Fingerprint};

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
        let told = |tokens: &[TokenRow]| {
            let all = tokens.iter().cloned().map(Arc::new).collect();
            expiring(&in_force(all, now), before).count()
        };
        assert_eq!(told(&[token(Some(1_001)), token(Some(1_099))]), 2);
        for end in [None, Some(1_000), Some(1_100), Some(2_000)] {
            assert_eq!(told(&[token(end)]), 0, "{end:?}");
        }
        let soon = || token(Some(1_050));
        assert_eq!(told(&[TokenRow { revoked_at: Some(now), ..soon() }]), 0);
        let successor = TokenRow { id: TokenId::new("tok_2".to_owned()), ..token(None) };
        let rotated = TokenRow { replaced_by: Some(successor.id.clone()), ..soon() };
        assert_eq!(told(&[rotated.clone(), successor.clone()]), 0);
        let revoked = TokenRow { revoked_at: Some(now), ..successor };
        assert_eq!(told(&[rotated, revoked]), 1, "what took its place is good no longer");
    }
}
