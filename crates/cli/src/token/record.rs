//! Puts on record what is done to tokens. It comes first: no token exists that the trail does not know.

use super::issue::networks;
use audit::{Event, Scribe, StoreFailure};
use gateway::clock::{Clock as _, Ids, SystemClock};
use gateway::mint::Mint;
use jiff::Timestamp;
use store::{RevokedMint, Store, TokenRow};

/// Appends the event, in a chain of its own; it is durable when this returns.
pub(super) async fn record(store: &Store, event: Event) -> Result<(), StoreFailure> {
    let now = SystemClock.now();
    Scribe::note(store.audit_sink(), event.record(Ids::default().record(now), now)).await
}

pub(super) fn issued(row: &TokenRow) -> Event {
    let (token, agent) = names(row);
    let from = networks(&row.addresses);
    Event::TokenIssued { token, agent, expires: row.expires_at, from }
}

pub(super) fn not_issued(row: &TokenRow) -> Event {
    let (token, agent) = names(row);
    Event::TokenNotIssued { token, agent }
}

pub(super) fn revoked(row: &TokenRow) -> Event {
    let (token, agent) = names(row);
    Event::TokenRevoked { token, agent }
}

pub(super) fn minted(mint: &Mint) -> Event {
    let only = mint.only.as_ref().map(|only| only.items().map(str::to_owned).collect());
    Event::TokenMinted {
        token: mint.id.to_string(),
        agent: mint.agent.clone(),
        expires: mint.expires_at,
        only,
        from: networks(&mint.addresses),
    }
}

/// Of a token that is known by its names alone.
pub(super) fn revoked_mint(mint: &RevokedMint) -> Event {
    Event::TokenRevoked { token: mint.id.to_string(), agent: mint.agent.clone() }
}

pub(super) fn rotated(row: &TokenRow, successor: &TokenRow, ends: Timestamp) -> Event {
    let (token, agent) = names(row);
    Event::TokenRotated { token, agent, successor: successor.id.to_string(), ends }
}

fn names(row: &TokenRow) -> (String, String) {
    (row.id.to_string(), row.agent.clone())
}
