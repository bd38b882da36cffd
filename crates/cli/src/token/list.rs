//! Lists tokens, and what state each is in.

use std::collections::HashMap;
use std::io::Write;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use store::{RevokedMint, Store, TokenId, TokenRow, TokenUse};

use super::ListArgs;
use super::issue::networks;
use crate::failure::{Answer, Verdict};
use crate::output::{BAD, CAUTION, Cell, GOOD, Table, json_line};
use crate::time::local;

/// Lists all tokens as they are at `now`.
pub(super) async fn list(
    args: &ListArgs,
    store: &Store,
    now: Timestamp,
    out: &mut dyn Write,
) -> Answer {
    let rows = store.agents().tokens().await?;
    let uses = store.agents().uses().await?;
    let uses: Uses<'_> = uses.iter().map(|used| (used.token.as_str(), used)).collect();
    // One that has ended is refused for that.
    let mut revoked = store.agents().revoked_minted().await?;
    revoked.retain(|minted| minted.expires_at > now);
    if args.json {
        for row in &rows {
            json_line(out, &json(row, &uses, now))?;
        }
        for minted in &revoked {
            json_line(out, &json_of_minted(minted))?;
        }
    } else if rows.is_empty() && revoked.is_empty() {
        writeln!(out, "there are no tokens yet; `kustodian token issue AGENT` makes one")?;
    } else {
        table(&rows, &revoked, &uses, now).write(out)?;
    }
    Ok(Verdict::Yes)
}

/// When tokens were last used, by their ids.
type Uses<'u> = HashMap<&'u str, &'u TokenUse>;

const HEADINGS: [&str; 9] =
    ["id", "agent", "state", "issued", "expires", "revoked", "last used", "only from", "note"];

fn table(rows: &[TokenRow], revoked: &[RevokedMint], uses: &Uses<'_>, now: Timestamp) -> Table {
    let zone = TimeZone::system();
    let at = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), |at| local(at, &zone));
    let mut table = Table::with_headings(HEADINGS);
    for row in rows {
        let last = uses.get(row.id.as_str());
        let last = last.map(|last| format!("{} by {}", local(last.at, &zone), last.address));
        let only = row.addresses.networks().map(|_| row.addresses.to_string());
        table.push([
            Cell::from(&row.id),
            Cell::from(&row.agent),
            state_cell(State::of(row, now)),
            at(Some(row.issued_at)).into(),
            at(row.expires_at).into(),
            at(row.revoked_at).into(),
            last.unwrap_or_else(|| "-".to_owned()).into(),
            only.unwrap_or_else(|| "-".to_owned()).into(),
            row.note.as_deref().unwrap_or_default().into(),
        ]);
    }
    for minted in revoked {
        let nothing = || Cell::from("-");
        table.push([
            Cell::from(&minted.id),
            Cell::from(&minted.agent),
            state_cell(State::Revoked),
            nothing(),
            at(Some(minted.expires_at)).into(),
            at(Some(minted.revoked_at)).into(),
            nothing(),
            nothing(),
            "minted".into(),
        ]);
    }
    table
}

fn json(row: &TokenRow, uses: &Uses<'_>, now: Timestamp) -> Value {
    let last = uses.get(row.id.as_str());
    json!({
        "id": row.id.as_str(),
        "agent": row.agent,
        "kind": "issued",
        "state": State::of(row, now).word(),
        "issued_at": row.issued_at,
        "expires_at": row.expires_at,
        "revoked_at": row.revoked_at,
        "replaced_by": row.replaced_by.as_ref().map(TokenId::as_str),
        "last_used_at": last.map(|last| last.at),
        "last_used_by": last.map(|last| last.address.as_str()),
        "only_from": networks(&row.addresses),
        "note": row.note,
    })
}

/// The same members, as far as they are kept of a minted token.
fn json_of_minted(minted: &RevokedMint) -> Value {
    let nothing = Value::Null;
    json!({
        "id": minted.id.as_str(),
        "agent": minted.agent,
        "kind": "minted",
        "state": State::Revoked.word(),
        "issued_at": nothing,
        "expires_at": minted.expires_at,
        "revoked_at": minted.revoked_at,
        "replaced_by": nothing,
        "last_used_at": nothing,
        "last_used_by": nothing,
        "only_from": nothing,
        "note": nothing,
    })
}

/// Whether a token is any good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Active,
    Expired,
    Revoked,
}

impl State {
    pub(super) fn of(row: &TokenRow, now: Timestamp) -> Self {
        if row.revoked_at.is_some() {
            Self::Revoked
        } else if row.expires_at.is_some_and(|end| end <= now) {
            Self::Expired
        } else {
            Self::Active
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

fn state_cell(state: State) -> Cell {
    let style = match state {
        State::Active => GOOD,
        State::Expired => CAUTION,
        State::Revoked => BAD,
    };
    Cell::new(state.word(), style)
}
