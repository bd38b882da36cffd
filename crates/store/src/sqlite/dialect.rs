//! SQLite's words for what Postgres says otherwise.

use audit::{Filter, clean};
use sqlx::QueryBuilder;

use super::runs;
use crate::dialect::Dialect;

impl Dialect for sqlx::Sqlite {
    const POSITION: &'static str = "instr";

    const LOWER_AS: &'static str = "";

    fn push_target(query: &mut QueryBuilder<Self>, target: &str, filter: &Filter) {
        runs::push_search(query, &clean(target), filter);
    }
}
