//! Postgres's words for what SQLite says otherwise.

use audit::clean;
use sqlx::QueryBuilder;

use crate::dialect::Dialect;
use crate::listing::Stretch;

impl Dialect for sqlx::Postgres {
    const POSITION: &'static str = "strpos";

    const LOWER_AS: &'static str = r#" COLLATE "C""#;

    /// Postgres knows by its own measure of the tables what is rare.
    const ASIDE: &'static str = "";

    fn push_target(query: &mut QueryBuilder<Self>, target: &str, stretch: Stretch) {
        let target = clean(target).into_owned();
        // A list and no set to join with: the server would weigh it by what it knows of the targets, and
        // of a month that has just begun it knows nothing.
        query.push("r.id = ANY(ARRAY(");
        for (index, union) in ["0", "1"].into_iter().zip(["", "\n    UNION ALL"]) {
            // In the very words of the indexes records_by_first_target and records_by_second_target.
            query.push(union).push("\n    SELECT named.id\n    FROM records AS named");
            query.push("\n    WHERE hashtextextended(named.targets::jsonb ->> ").push(index);
            query.push(", 0) = hashtextextended(").push_bind(target.clone()).push(", 0)");
            push_bounds(query, stretch);
        }
        query.push("\n    UNION ALL\n    SELECT named.id\n    FROM records AS named");
        query.push("\n    WHERE jsonb_array_length(named.targets::jsonb) > 2");
        push_bounds(query, stretch);
        // The others only lead to records that may name the target.
        let list = serde_json::Value::from(vec![target]).to_string();
        query.push("\n))\nAND r.targets::jsonb @> ").push_bind(list).push("::jsonb");
    }
}

fn push_bounds(query: &mut QueryBuilder<sqlx::Postgres>, stretch: Stretch) {
    query.push("\n    AND named.id >= ").push_bind(stretch.first_bytes());
    query.push("\n    AND named.id <= ").push_bind(stretch.last_bytes());
}
