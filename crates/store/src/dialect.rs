//! What the two databases say in different words, of all that is asked of the trail.

use sqlx::Database;

/// The words of one database. Implemented beside each engine.
pub(crate) trait Dialect: Database {
    /// The function that finds one text in another, literally.
    const POSITION: &'static str;

    /// Put behind a text that is given to `lower`, so that it changes A to Z and no other letter:
    /// SQLite knows no more, and both databases must find the same.
    const LOWER_AS: &'static str;

    /// Holds for a record that has a target; the target and a closing bracket must follow.
    const HAS_TARGET: &'static str;

    /// A target as [`Self::HAS_TARGET`] compares it.
    fn target(target: &str) -> String;
}
