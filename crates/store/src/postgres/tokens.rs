//! Tokens in Postgres.

use async_trait::async_trait;
use audit::{StoreFailure, clean};
use jiff::Timestamp;
use sqlx::{Connection as _, PgConnection};

use super::{CALL, Postgres, within_time};
use crate::row::{TokenCells, revoked_mint, token, token_use};
use crate::{AgentDirectory, RevokedMint, TokenId, TokenRow, TokenUse};

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

    async fn annotate(
        &self,
        id: &str,
        note: Option<&str>,
    ) -> Result<Option<TokenRow>, StoreFailure> {
        let doing = "change a token's note";
        let connection = self.connection(doing).await?;
        within_time(CALL, connection, doing, async |connection| {
            annotate(connection, id, note).await
        })
        .await
    }

    async fn retire(
        &self,
        id: &str,
        successor: &TokenId,
        end: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreFailure> {
        let doing = "rotate a token";
        let connection = self.connection(doing).await?;
        within_time(CALL, connection, doing, async |connection| {
            retire(connection, id, successor, end, now).await
        })
        .await
    }

    async fn note_uses(&self, uses: &[TokenUse]) -> Result<(), StoreFailure> {
        let doing = "note when tokens were used";
        let connection = self.connection(doing).await?;
        within_time(CALL, connection, doing, async |connection| note_uses(connection, uses).await)
            .await
    }

    async fn uses(&self) -> Result<Vec<TokenUse>, StoreFailure> {
        let doing = "list when tokens were used";
        within_time(CALL, self.connection(doing).await?, doing, uses).await
    }

    async fn revoke_minted(&self, revoked: &RevokedMint) -> Result<(), StoreFailure> {
        let doing = "revoke a minted token";
        let connection = self.connection(doing).await?;
        within_time(CALL, connection, doing, async |connection| {
            revoke_minted(connection, revoked).await
        })
        .await
    }

    async fn revoked_minted(&self) -> Result<Vec<RevokedMint>, StoreFailure> {
        let doing = "list the minted tokens that were revoked";
        within_time(CALL, self.connection(doing).await?, doing, revoked_minted).await
    }

    async fn generation(&self) -> Result<i64, StoreFailure> {
        let doing = "ask whether tokens have changed";
        within_time(CALL, self.connection(doing).await?, doing, generation).await
    }
}

async fn issue(connection: &mut PgConnection, row: &TokenRow) -> Result<(), sqlx::Error> {
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
    .execute(connection)
    .await
    .map(drop)
}

async fn tokens(connection: &mut PgConnection) -> Result<Vec<TokenRow>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT
            id, agent, fingerprint, note, issued_at, expires_at, revoked_at, addresses, replaced_by
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
    by_id(connection, &id).await
}

async fn by_id(connection: &mut PgConnection, id: &str) -> Result<Option<TokenRow>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT
            id, agent, fingerprint, note, issued_at, expires_at, revoked_at, addresses, replaced_by
         FROM tokens
         WHERE id = $1",
    )
    .bind(id)
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(token).transpose()
}

async fn generation(connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT value FROM token_generation").fetch_one(connection).await
}

async fn annotate(
    connection: &mut PgConnection,
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
    .execute(&mut *connection)
    .await?;
    by_id(connection, &id).await
}

async fn retire(
    connection: &mut PgConnection,
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
    .execute(connection)
    .await?;
    Ok(updated.rows_affected() == 1)
}

/// In one order of tokens, so that gateways that do this at once wait for each other and no more.
async fn note_uses(connection: &mut PgConnection, uses: &[TokenUse]) -> Result<(), sqlx::Error> {
    let tokens: Vec<_> = uses.iter().map(|used| clean(used.token.as_str()).into_owned()).collect();
    let instants: Vec<_> = uses.iter().map(|used| used.at.as_microsecond()).collect();
    let addresses: Vec<_> = uses.iter().map(|used| clean(&used.address).into_owned()).collect();
    sqlx::query(
        "INSERT INTO token_uses (token, used_at, address)
         SELECT DISTINCT ON (token) token, used_at, address
         FROM UNNEST($1::TEXT[], $2::BIGINT[], $3::TEXT[]) AS used (token, used_at, address)
         ORDER BY token, used_at DESC
         ON CONFLICT (token) DO UPDATE
         SET used_at = excluded.used_at, address = excluded.address
         WHERE token_uses.used_at < excluded.used_at",
    )
    .bind(tokens)
    .bind(instants)
    .bind(addresses)
    .execute(connection)
    .await
    .map(drop)
}

async fn uses(connection: &mut PgConnection) -> Result<Vec<TokenUse>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT token, used_at, address
         FROM token_uses
         ORDER BY token COLLATE \"C\"",
    )
    .fetch_all(connection)
    .await?;
    rows.iter().map(token_use).collect()
}

async fn revoke_minted(
    connection: &mut PgConnection,
    revoked: &RevokedMint,
) -> Result<(), sqlx::Error> {
    let mut all = connection.begin().await?;
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

async fn revoked_minted(connection: &mut PgConnection) -> Result<Vec<RevokedMint>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT id, agent, revoked_at, expires_at
         FROM revoked_minted_tokens
         ORDER BY id COLLATE \"C\"",
    )
    .fetch_all(connection)
    .await?;
    rows.iter().map(revoked_mint).collect()
}
