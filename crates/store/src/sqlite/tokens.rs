//! Tokens in SQLite.

use async_trait::async_trait;
use audit::{StoreFailure, clean};
use jiff::Timestamp;
use sqlx::SqlitePool;

use super::Sqlite;
use crate::failure::while_doing;
use crate::row::{TokenCells, revoked_mint, token, token_use};
use crate::{AgentDirectory, RevokedMint, TokenId, TokenRow, TokenUse};

#[async_trait]
impl AgentDirectory for Sqlite {
    async fn issue(&self, token: &TokenRow) -> Result<(), StoreFailure> {
        issue(&self.writer, token).await.map_err(while_doing("issue a token"))
    }

    async fn tokens(&self) -> Result<Vec<TokenRow>, StoreFailure> {
        tokens(&self.readers).await.map_err(while_doing("list the tokens"))
    }

    async fn revoke(&self, id: &str, at: Timestamp) -> Result<Option<TokenRow>, StoreFailure> {
        revoke(&self.writer, id, at).await.map_err(while_doing("revoke a token"))
    }

    async fn annotate(
        &self,
        id: &str,
        note: Option<&str>,
    ) -> Result<Option<TokenRow>, StoreFailure> {
        annotate(&self.writer, id, note).await.map_err(while_doing("change a token's note"))
    }

    async fn retire(
        &self,
        id: &str,
        successor: &TokenId,
        end: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreFailure> {
        let retired = retire(&self.writer, id, successor, end, now).await;
        retired.map_err(while_doing("rotate a token"))
    }

    async fn note_uses(&self, uses: &[TokenUse]) -> Result<(), StoreFailure> {
        note_uses(&self.writer, uses).await.map_err(while_doing("note when tokens were used"))
    }

    async fn uses(&self) -> Result<Vec<TokenUse>, StoreFailure> {
        uses(&self.readers).await.map_err(while_doing("list when tokens were used"))
    }

    async fn revoke_minted(&self, revoked: &RevokedMint) -> Result<(), StoreFailure> {
        revoke_minted(&self.writer, revoked).await.map_err(while_doing("revoke a minted token"))
    }

    async fn revoked_minted(&self) -> Result<Vec<RevokedMint>, StoreFailure> {
        let revoked = revoked_minted(&self.readers).await;
        revoked.map_err(while_doing("list the minted tokens that were revoked"))
    }

    async fn generation(&self) -> Result<i64, StoreFailure> {
        sqlx::query_scalar("SELECT value FROM token_generation")
            .fetch_one(&self.readers)
            .await
            .map_err(while_doing("ask whether tokens have changed"))
    }
}

async fn issue(writer: &SqlitePool, row: &TokenRow) -> Result<(), sqlx::Error> {
    let cells = TokenCells::of(row);
    sqlx::query(
        "INSERT INTO tokens (
            id, agent, fingerprint, note, issued_at, expires_at, revoked_at, addresses, replaced_by
         )
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(&*cells.id)
    .bind(&*cells.agent)
    .bind(cells.fingerprint)
    .bind(cells.note.as_deref())
    .bind(cells.issued_at)
    .bind(cells.expires_at)
    .bind(cells.revoked_at)
    .bind(cells.addresses.as_deref())
    .bind(cells.replaced_by.as_deref())
    .execute(writer)
    .await
    .map(drop)
}

async fn tokens(readers: &SqlitePool) -> Result<Vec<TokenRow>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT
            id, agent, fingerprint, note, issued_at, expires_at, revoked_at, addresses, replaced_by
         FROM tokens
         ORDER BY issued_at, id",
    )
    .fetch_all(readers)
    .await?;
    rows.iter().map(token).collect()
}

async fn revoke(
    writer: &SqlitePool,
    id: &str,
    at: Timestamp,
) -> Result<Option<TokenRow>, sqlx::Error> {
    let id = clean(id);
    sqlx::query(
        "UPDATE tokens
         SET revoked_at = $2
         WHERE id = $1
         AND revoked_at IS NULL",
    )
    .bind(&*id)
    .bind(at.as_microsecond())
    .execute(writer)
    .await?;
    by_id(writer, &id).await
}

async fn by_id(writer: &SqlitePool, id: &str) -> Result<Option<TokenRow>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT
            id, agent, fingerprint, note, issued_at, expires_at, revoked_at, addresses, replaced_by
         FROM tokens
         WHERE id = $1",
    )
    .bind(id)
    .fetch_optional(writer)
    .await?;
    row.as_ref().map(token).transpose()
}

async fn annotate(
    writer: &SqlitePool,
    id: &str,
    note: Option<&str>,
) -> Result<Option<TokenRow>, sqlx::Error> {
    let id = clean(id);
    sqlx::query(
        "UPDATE tokens
         SET note = $2
         WHERE id = $1",
    )
    .bind(&*id)
    .bind(note.map(clean).as_deref())
    .execute(writer)
    .await?;
    by_id(writer, &id).await
}

async fn retire(
    writer: &SqlitePool,
    id: &str,
    successor: &TokenId,
    end: Timestamp,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let updated = sqlx::query(
        "UPDATE tokens
         SET
            replaced_by = $2,
            expires_at = CASE WHEN expires_at <= $3 THEN expires_at ELSE $3 END
         WHERE id = $1
         AND revoked_at IS NULL
         AND replaced_by IS NULL
         AND (expires_at IS NULL OR expires_at > $4)",
    )
    .bind(&*clean(id))
    .bind(&*clean(successor.as_str()))
    .bind(end.as_microsecond())
    .bind(now.as_microsecond())
    .execute(writer)
    .await?;
    Ok(updated.rows_affected() == 1)
}

async fn note_uses(writer: &SqlitePool, uses: &[TokenUse]) -> Result<(), sqlx::Error> {
    let mut all = writer.begin_with("BEGIN IMMEDIATE").await?;
    for used in uses {
        sqlx::query(
            "INSERT INTO token_uses (token, used_at, address)
             VALUES ($1, $2, $3)
             ON CONFLICT (token) DO UPDATE
             SET used_at = excluded.used_at, address = excluded.address
             WHERE token_uses.used_at < excluded.used_at",
        )
        .bind(&*clean(used.token.as_str()))
        .bind(used.at.as_microsecond())
        .bind(&*clean(&used.address))
        .execute(&mut *all)
        .await?;
    }
    all.commit().await
}

async fn uses(readers: &SqlitePool) -> Result<Vec<TokenUse>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT token, used_at, address
         FROM token_uses
         ORDER BY token",
    )
    .fetch_all(readers)
    .await?;
    rows.iter().map(token_use).collect()
}

async fn revoke_minted(writer: &SqlitePool, revoked: &RevokedMint) -> Result<(), sqlx::Error> {
    let mut all = writer.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::query(
        "DELETE FROM revoked_minted_tokens
         WHERE expires_at <= $1",
    )
    .bind(revoked.forgotten().as_microsecond())
    .execute(&mut *all)
    .await?;
    sqlx::query(
        "INSERT INTO revoked_minted_tokens (id, agent, revoked_at, expires_at)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(&*clean(revoked.id.as_str()))
    .bind(&*clean(&revoked.agent))
    .bind(revoked.revoked_at.as_microsecond())
    .bind(revoked.expires_at.as_microsecond())
    .execute(&mut *all)
    .await?;
    all.commit().await
}

async fn revoked_minted(readers: &SqlitePool) -> Result<Vec<RevokedMint>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT id, agent, revoked_at, expires_at
         FROM revoked_minted_tokens
         ORDER BY id",
    )
    .fetch_all(readers)
    .await?;
    rows.iter().map(revoked_mint).collect()
}
