//! SQLite's words for what Postgres says otherwise.

use crate::dialect::Dialect;

impl Dialect for sqlx::Sqlite {
    const POSITION: &'static str = "instr";

    const LOWER_AS: &'static str = "";

    const HAS_TARGET: &'static str =
        "EXISTS (SELECT 1 FROM json_each(r.targets) AS target WHERE target.value = ";

    fn target(target: &str) -> String {
        target.to_owned()
    }
}
