//! Lists tokens, and what state each is in.

use std::io::Write;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use store::{Store, TokenRow};

use super::ListArgs;
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
    if args.json {
        for row in &rows {
            json_line(out, &json(row, now))?;
        }
    } else if rows.is_empty() {
        writeln!(out, "there are no tokens yet; `kustodian token issue AGENT` makes one")?;
    } else {
        table(&rows, now).write(out)?;
    }
    Ok(Verdict::Yes)
}

fn table(rows: &[TokenRow], now: Timestamp) -> Table {
    let zone = TimeZone::system();
    let at = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), |at| local(at, &zone));
    let mut table =
        Table::with_headings(["id", "agent", "state", "issued", "expires", "revoked", "note"]);
    for row in rows {
        table.push([
            Cell::from(&row.id),
            Cell::from(&row.agent),
            state_cell(State::of(row, now)),
            at(Some(row.issued_at)).into(),
            at(row.expires_at).into(),
            at(row.revoked_at).into(),
            row.note.as_deref().unwrap_or_default().into(),
        ]);
    }
    table
}

fn json(row: &TokenRow, now: Timestamp) -> Value {
    json!({
        "id": row.id.as_str(),
        "agent": row.agent,
        "state": State::of(row, now).word(),
        "issued_at": row.issued_at,
        "expires_at": row.expires_at,
        "revoked_at": row.revoked_at,
        "note": row.note,
    })
}

/// Whether a token is any good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Active,
    Expired,
    Revoked,
}

impl State {
    fn of(row: &TokenRow, now: Timestamp) -> Self {
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
