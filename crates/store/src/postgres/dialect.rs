//! Postgres's words for what SQLite says otherwise.

use crate::dialect::Dialect;

impl Dialect for sqlx::Postgres {
    const POSITION: &'static str = "strpos";

    const LOWER_AS: &'static str = r#" COLLATE "C""#;

    // As JSON's own text: a text taken out of its JSON could not hold a NUL, and the search would
    // fail at the first record that has one.
    const HAS_TARGET: &'static str = "EXISTS (SELECT 1 \
        FROM json_array_elements(r.targets::json) AS target (value) \
        WHERE target.value::text = ";

    fn target(target: &str) -> String {
        serde_json::Value::from(target).to_string()
    }
}
