//! Tokens in Postgres.

use async_trait::async_trait;
use audit::{StoreFailure, clean};
use jiff::Timestamp;
use sqlx::PgConnection;

use super::{CALL, Postgres, within_time};
use crate::row::{TokenCells, token};
use crate::{AgentDirectory, TokenRow};

#[async_trait]
impl AgentDirectory for Postgres {
    async fn issue(&self, token: &TokenRow) -> Result<(), StoreFailure> {
        let doing = "issue a token";
        let connection = self.connection(doing).await?;
        within_time(CALL, connection, doing, async |connection| issue(connection, token).await)
            .await
    }

    async fn tokens(&self) -> Result<Vec<TokenRow>, StoreFailure> {
        let doing = "list the tokens";
        within_time(CALL, self.connection(doing).await?, doing, tokens).await
    }

    async fn revoke(&self, id: &str, at: Timestamp) -> Result<Option<TokenRow>, StoreFailure> {
        let doing = "revoke a token";
        let connection = self.connection(doing).await?;
        within_time(CALL, connection, doing, async |connection| revoke(connection, id, at).await)
            .await
    }

    async fn generation(&self) -> Result<i64, StoreFailure> {
        let doing = "ask whether tokens have changed";
        within_time(CALL, self.connection(doing).await?, doing, generation).await
    }
}

async fn issue(connection: &mut PgConnection, row: &TokenRow) -> Result<(), sqlx::Error> {
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
    .execute(connection)
    .await
    .map(drop)
}

async fn tokens(connection: &mut PgConnection) -> Result<Vec<TokenRow>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT id, agent, fingerprint, note, issued_at, expires_at, revoked_at
         FROM tokens
         ORDER BY issued_at, id COLLATE \"C\"",
    )
    .fetch_all(connection)
    .await?;
    rows.iter().map(token).collect()
}

async fn revoke(
    connection: &mut PgConnection,
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
    .execute(&mut *connection)
    .await?;
    let row = sqlx::query(
        "SELECT id, agent, fingerprint, note, issued_at, expires_at, revoked_at
         FROM tokens
         WHERE id = $1",
    )
    .bind(&*id)
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(token).transpose()
}

async fn generation(connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT value FROM token_generation").fetch_one(connection).await
}
