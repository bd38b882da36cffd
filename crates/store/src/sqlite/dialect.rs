//! SQLite's words for what Postgres says otherwise.

use audit::clean;
use sqlx::QueryBuilder;

use super::runs;
use crate::dialect::Dialect;
use crate::listing::Stretch;

impl Dialect for sqlx::Sqlite {
    const POSITION: &'static str = "instr";

    const LOWER_AS: &'static str = "";

    /// SQLite takes an expression for no column of an index.
    const ASIDE: &'static str = "+";

    fn push_target(query: &mut QueryBuilder<Self>, target: &str, stretch: Stretch) {
        runs::push_search(query, &clean(target), stretch);
    }
}
