//! Postgres's words for what SQLite says otherwise.

use audit::{Filter, clean};
use sqlx::QueryBuilder;

use crate::dialect::Dialect;

impl Dialect for sqlx::Postgres {
    const POSITION: &'static str = "strpos";

    const LOWER_AS: &'static str = r#" COLLATE "C""#;

    fn push_target(query: &mut QueryBuilder<Self>, target: &str, _: &Filter) {
        let list = serde_json::Value::from(vec![clean(target).into_owned()]);
        // In the very words of the index records_by_target.
        query.push("r.targets::jsonb @> ").push_bind(list.to_string()).push("::jsonb");
    }
}
