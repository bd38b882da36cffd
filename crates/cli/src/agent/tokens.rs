//! What the store knows of agents' tokens: which there are, and when each was last used.

use std::collections::HashMap;

use audit::StoreFailure;
use jiff::Timestamp;
use store::{Store, TokenRow, TokenUse};

/// The tokens that were issued, to one agent or to all, with their last uses.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    rows: Vec<TokenRow>,
    uses: HashMap<String, TokenUse>,
}

impl Tokens {
    /// All that the store knows.
    pub(super) async fn read(store: &Store) -> Result<Self, StoreFailure> {
        let rows = store.agents().tokens().await?;
        let uses = store.agents().uses().await?;
        let uses = uses.into_iter().map(|used| (used.token.as_str().to_owned(), used)).collect();
        Ok(Self { rows, uses })
    }

    /// Those of one agent, oldest first.
    pub(super) fn of<'t>(&'t self, agent: &'t str) -> impl Iterator<Item = &'t TokenRow> {
        self.rows.iter().filter(move |row| row.agent == agent)
    }

    /// How many of an agent's tokens work.
    pub(super) fn live(&self, agent: &str, now: Timestamp) -> usize {
        self.of(agent).filter(|row| is_live(row, now)).count()
    }

    /// When a token was last used, and from where; none where it never was.
    pub(super) fn last_use(&self, row: &TokenRow) -> Option<&TokenUse> {
        self.uses.get(row.id.as_str())
    }

    /// When any of an agent's tokens was last used, those too that work no longer.
    pub(super) fn last_use_of(&self, agent: &str) -> Option<&TokenUse> {
        self.of(agent).filter_map(|row| self.last_use(row)).max_by_key(|used| used.at)
    }
}

/// Whether a token works.
pub(super) fn is_live(row: &TokenRow, now: Timestamp) -> bool {
    row.revoked_at.is_none() && row.expires_at.is_none_or(|end| end > now)
}
