//! What the two databases say in different words, of all that is asked of the trail.

use audit::Filter;
use sqlx::{Database, QueryBuilder};

/// The words of one database. Implemented beside each engine.
pub(crate) trait Dialect: Database {
    /// The function that finds one text in another, literally.
    const POSITION: &'static str;

    /// Put behind a text that is given to `lower`, so that it changes A to Z and no other letter:
    /// SQLite knows no more, and both databases must find the same.
    const LOWER_AS: &'static str;

    /// Adds a condition that holds for a record `r` which names a target. The filter may tell in which
    /// stretch of the trail to look.
    fn push_target(query: &mut QueryBuilder<Self>, target: &str, filter: &Filter);
}
