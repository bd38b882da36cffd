//! The cells of a token.

use std::borrow::Cow;

use audit::clean;

use super::Cells;
use crate::{Addresses, Fingerprint, RevokedMint, TokenId, TokenRow, TokenUse};

/// A row of `tokens`, to be written.
pub(crate) struct TokenCells<'a> {
    pub(crate) id: Cow<'a, str>,
    pub(crate) agent: Cow<'a, str>,
    pub(crate) fingerprint: &'a [u8],
    pub(crate) note: Option<Cow<'a, str>>,
    pub(crate) issued_at: i64,
    pub(crate) expires_at: Option<i64>,
    pub(crate) revoked_at: Option<i64>,
    pub(crate) addresses: Option<String>,
    pub(crate) replaced_by: Option<Cow<'a, str>>,
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
            addresses: token.addresses.kept(),
            replaced_by: token.replaced_by.as_ref().map(|id| clean(id.as_str())),
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
        addresses: Addresses::from_kept(row.text_if_any("addresses")?.as_deref()),
        replaced_by: row.text_if_any("replaced_by")?.map(TokenId::new),
    })
}

/// Reads a row of `token_uses`.
pub(crate) fn token_use(row: &impl Cells) -> Result<TokenUse, sqlx::Error> {
    Ok(TokenUse {
        token: TokenId::new(row.text("token")?),
        at: row.instant("used_at")?,
        address: row.text("address")?,
    })
}

/// Reads a row of `revoked_minted_tokens`.
pub(crate) fn revoked_mint(row: &impl Cells) -> Result<RevokedMint, sqlx::Error> {
    Ok(RevokedMint {
        id: TokenId::new(row.text("id")?),
        agent: row.text("agent")?,
        revoked_at: row.instant("revoked_at")?,
        expires_at: row.instant("expires_at")?,
    })
}
