//! The tables of each database, and how they are brought up to date.
//!
//! The files are compiled in. One that was released is never edited: a change is a new file with the
//! next number, under the same number and name for both databases.

use std::ops::Deref;
use std::pin::Pin;

use sqlx::migrate::{Migrate, MigrateError, Migration, MigrationType, Migrator};
use sqlx::{Acquire, SqlStr};

use crate::OpenFailure;
use crate::failure::one_line;

/// One migration: its number, its name, and its statements.
type File = (i64, &'static str, &'static str);

/// For SQLite.
pub(crate) const SQLITE: &[File] = &[
    (1, "tokens", include_str!("../../../migrations/sqlite/0001_tokens.sql")),
    (2, "trail", include_str!("../../../migrations/sqlite/0002_trail.sql")),
    (3, "token_use", include_str!("../../../migrations/sqlite/0003_token_use.sql")),
];

/// For Postgres.
pub(crate) const POSTGRES: &[File] = &[
    (1, "tokens", include_str!("../../../migrations/postgres/0001_tokens.sql")),
    (2, "trail", include_str!("../../../migrations/postgres/0002_trail.sql")),
    (3, "token_use", include_str!("../../../migrations/postgres/0003_token_use.sql")),
];

/// Applies what is missing. Refuses a store that a newer release has changed, and one whose tables were
/// made by other statements than ours.
///
/// Boxed, because the compiler cannot see through the library's generics that the plain future may move
/// to another thread.
pub(crate) fn migrate<'c, C>(
    files: &'static [File],
    connection: C,
) -> Pin<Box<dyn Future<Output = Result<(), OpenFailure>> + Send + 'c>>
where
    C: Acquire<'c> + Send + 'c,
    <C::Connection as Deref>::Target: Migrate,
{
    let known = files.iter().map(|file| file.0).max().unwrap_or_default();
    Box::pin(async move {
        migrator(files).run(connection).await.map_err(|error| failure(&error, known))
    })
}

/// Whether a store whose newest migration is this one can be used by somebody who may not change it.
pub(crate) fn check(files: &[File], found: Option<i64>) -> Result<(), OpenFailure> {
    let known = files.iter().map(|file| file.0).max().unwrap_or_default();
    match found {
        Some(found) if found == known => Ok(()),
        Some(found) if found > known => Err(OpenFailure::Newer { found, known }),
        Some(_) | None => Err(OpenFailure::Older { known }),
    }
}

fn migrator(files: &[File]) -> Migrator {
    let migration = |file: &File| {
        let (number, name, statements) = *file;
        let statements = SqlStr::from_static(statements);
        Migration::new(number, name.into(), MigrationType::Simple, statements, false)
    };
    Migrator::with_migrations(files.iter().map(migration).collect())
}

fn failure(error: &MigrateError, known: i64) -> OpenFailure {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the enum is not ours and may grow; what is not named here is told in its own words"
    )]
    match error {
        MigrateError::VersionMissing(found) if *found > known => {
            OpenFailure::Newer { found: *found, known }
        }
        MigrateError::VersionMissing(number) | MigrateError::VersionMismatch(number) => {
            OpenFailure::Foreign { number: *number }
        }
        MigrateError::Execute(error) => OpenFailure::Migration { why: one_line(error) },
        MigrateError::ExecuteMigration(error, number) => {
            OpenFailure::Migration { why: format!("migration {number}: {}", one_line(error)) }
        }
        other => OpenFailure::Migration { why: other.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_databases_have_the_same_migrations_in_order() {
        let names = |files: &[File]| files.iter().map(|f| (f.0, f.1)).collect::<Vec<_>>();
        assert_eq!(names(SQLITE), names(POSTGRES));
        let numbers: Vec<_> = SQLITE.iter().map(|file| file.0).collect();
        assert_eq!(numbers, (1..=i64::try_from(SQLITE.len()).unwrap()).collect::<Vec<_>>());
    }

    #[test]
    fn every_migration_file_is_compiled_in() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
        for (engine, files) in [("sqlite", SQLITE), ("postgres", POSTGRES)] {
            let mut found: Vec<_> = std::fs::read_dir(folder.join(engine))
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            found.sort();
            let known: Vec<_> =
                files.iter().map(|(number, name, _)| format!("{number:04}_{name}.sql")).collect();
            assert_eq!(found, known, "{engine}");
        }
    }
}
