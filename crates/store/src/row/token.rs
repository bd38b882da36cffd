//! The cells of a token.

use std::borrow::Cow;

use audit::clean;

use super::Cells;
use crate::{Fingerprint, TokenId, TokenRow};

/// A row of `tokens`, to be written.
pub(crate) struct TokenCells<'a> {
    pub(crate) id: Cow<'a, str>,
    pub(crate) agent: Cow<'a, str>,
    pub(crate) fingerprint: &'a [u8],
    pub(crate) note: Option<Cow<'a, str>>,
    pub(crate) issued_at: i64,
    pub(crate) expires_at: Option<i64>,
    pub(crate) revoked_at: Option<i64>,
}

impl<'a> TokenCells<'a> {
    pub(crate) fn of(token: &'a TokenRow) -> Self {
        Self {
            id: clean(token.id.as_str()),
            agent: clean(&token.agent),
            fingerprint: token.fingerprint.as_bytes(),
            note: token.note.as_deref().map(clean),
            issued_at: token.issued_at.as_microsecond(),
            expires_at: token.expires_at.map(jiff::Timestamp::as_microsecond),
            revoked_at: token.revoked_at.map(jiff::Timestamp::as_microsecond),
        }
    }
}

/// Reads a row of `tokens`.
pub(crate) fn token(row: &impl Cells) -> Result<TokenRow, sqlx::Error> {
    Ok(TokenRow {
        id: TokenId::new(row.text("id")?),
        agent: row.text("agent")?,
        fingerprint: Fingerprint::from_bytes(row.exact_bytes("fingerprint")?),
        note: row.text_if_any("note")?,
        issued_at: row.instant("issued_at")?,
        expires_at: row.instant_if_any("expires_at")?,
        revoked_at: row.instant_if_any("revoked_at")?,
    })
}
