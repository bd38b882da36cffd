//! How an SQL library's error becomes a [`StoreFailure`].

use audit::StoreFailure;

/// The failure of one thing that a store was doing; for `map_err`.
pub(crate) fn while_doing(doing: &'static str) -> impl FnOnce(sqlx::Error) -> StoreFailure {
    move |error| StoreFailure { doing, why: one_line(&error), unclear: false }
}

/// The failure of an append to a chain that is not where its writer left it: an earlier commit whose
/// answer was lost was done after all, or the writer was taken for dead.
pub(crate) fn moved_on(doing: &'static str) -> StoreFailure {
    let why = "the chain is not where its writer left it".to_owned();
    StoreFailure { doing, why, unclear: true }
}

/// The error's text, without line breaks.
///
/// Of a database's own errors this is the message; the detail, which may quote what was being stored,
/// is left out.
pub(crate) fn one_line(error: &sqlx::Error) -> String {
    let text = match error.as_database_error() {
        Some(said) => said.message().to_owned(),
        None => error.to_string(),
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A cell that holds what this program would not have written.
pub(crate) fn unreadable(column: &'static str, expected: &'static str) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: column.to_owned(), source: expected.into() }
}
