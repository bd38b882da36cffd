//! What the two databases say in different words, of all that is asked of the trail.

use sqlx::{Database, QueryBuilder};

use crate::listing::Stretch;

/// The words of one database. Implemented beside each engine.
pub(crate) trait Dialect: Database {
    /// The function that finds one text in another, literally.
    const POSITION: &'static str;

    /// Put behind a text that is given to `lower`, so that it changes A to Z and no other letter:
    /// SQLite knows no more, and both databases must find the same.
    const LOWER_AS: &'static str;

    /// Put before a column that is compared and must not decide how records are found.
    const ASIDE: &'static str;

    /// Adds a condition that holds for the records `r` of a stretch of the trail which name a target.
    fn push_target(query: &mut QueryBuilder<Self>, target: &str, stretch: Stretch);
}
