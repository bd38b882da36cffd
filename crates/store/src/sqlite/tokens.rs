//! Tokens in SQLite.

use async_trait::async_trait;
use audit::{StoreFailure, clean};
use jiff::Timestamp;
use sqlx::SqlitePool;

use super::Sqlite;
use crate::failure::while_doing;
use crate::row::{TokenCells, token};
use crate::{AgentDirectory, TokenRow};

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
        "INSERT INTO tokens (id, agent, fingerprint, note, issued_at, expires_at, revoked_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&*cells.id)
    .bind(&*cells.agent)
    .bind(cells.fingerprint)
    .bind(cells.note.as_deref())
    .bind(cells.issued_at)
    .bind(cells.expires_at)
    .bind(cells.revoked_at)
    .execute(writer)
    .await
    .map(drop)
}

async fn tokens(readers: &SqlitePool) -> Result<Vec<TokenRow>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT id, agent, fingerprint, note, issued_at, expires_at, revoked_at
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
    let row = sqlx::query(
        "SELECT id, agent, fingerprint, note, issued_at, expires_at, revoked_at
         FROM tokens
         WHERE id = $1",
    )
    .bind(&*id)
    .fetch_optional(writer)
    .await?;
    row.as_ref().map(token).transpose()
}
