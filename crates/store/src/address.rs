//! Reading a store's URL. Nothing here repeats the URL in an error: it may hold a password.

use std::path::PathBuf;
use std::str::FromStr as _;

use sqlx::postgres::PgConnectOptions;

use crate::OpenFailure;
use crate::failure::one_line;

/// Where a store is.
pub(crate) enum Address {
    /// A file.
    Sqlite(PathBuf),
    /// A database on a server.
    Postgres(Box<PgConnectOptions>),
}

impl Address {
    /// Reads `sqlite://FILE` or `postgres://...`.
    pub(crate) fn parse(url: &str) -> Result<Self, OpenFailure> {
        let (scheme, rest) = url.split_once("://").ok_or(OpenFailure::NoScheme)?;
        match scheme {
            "sqlite" => file(rest).map(Self::Sqlite),
            "postgres" | "postgresql" => {
                check_postgres(rest)?;
                let options = PgConnectOptions::from_str(url)
                    .map_err(|error| OpenFailure::PostgresUrl { why: wrong(&error) })?;
                Ok(Self::Postgres(Box::new(options)))
            }
            _ => Err(OpenFailure::UnknownScheme { scheme: printable(scheme) }),
        }
    }
}

/// What a Postgres URL may say behind its `?`.
const PARAMETERS: [&str; 8] =
    ["application_name", "host", "options", "port", "sslcert", "sslkey", "sslmode", "sslrootcert"];

/// Refuses what the library would not understand: it would go on, and log what it met.
fn check_postgres(rest: &str) -> Result<(), OpenFailure> {
    let (location, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    if location.split_once('/').is_some_and(|(_, database)| database.contains('@')) {
        let why = "there is an `@` behind a `/`; write a `/` in the password as %2F".to_owned();
        return Err(OpenFailure::PostgresUrl { why });
    }
    let names = parameters.split('&').filter(|parameter| !parameter.is_empty());
    let names = names.map(|parameter| parameter.split('=').next().unwrap_or_default());
    for name in names {
        if !PARAMETERS.contains(&name) {
            let known = PARAMETERS.join(", ");
            let why = format!("a parameter is not known; known are {known}");
            return Err(OpenFailure::PostgresUrl { why });
        }
    }
    Ok(())
}

/// What the library says is wrong, without the words in which it wraps it.
fn wrong(error: &sqlx::Error) -> String {
    one_line(error).trim_start_matches("error with configuration: ").to_owned()
}

/// Takes the rest of the URL as a path, letter for letter.
fn file(path: &str) -> Result<PathBuf, OpenFailure> {
    if path.is_empty() {
        return Err(OpenFailure::NoPath);
    }
    if path == ":memory:" {
        return Err(OpenFailure::InMemory);
    }
    if path.contains('?') {
        return Err(OpenFailure::Parameters);
    }
    Ok(PathBuf::from(path))
}

/// The scheme, if it looks like one; a URL that is mixed up may have a password in its place.
fn printable(scheme: &str) -> String {
    let looks_like_one = scheme.len() <= 16 && scheme.bytes().all(|b| b.is_ascii_lowercase());
    if looks_like_one { scheme.to_owned() } else { "...".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(url: &str, with: &str) {
        let Err(failure) = Address::parse(url) else {
            panic!("`{url}` was accepted");
        };
        let text = failure.to_string();
        assert!(text.contains(with), "expected `{with}` in: {text}");
        assert!(!text.contains("hunter2"), "the password is told: {text}");
    }

    #[track_caller]
    fn is_file(url: &str, path: &str) {
        let Ok(Address::Sqlite(found)) = Address::parse(url) else {
            panic!("`{url}` is no file");
        };
        assert_eq!(found, PathBuf::from(path));
    }

    #[test]
    fn a_file_is_taken_letter_for_letter() {
        is_file("sqlite://kustodian.db", "kustodian.db");
        is_file("sqlite:///var/lib/kustodian/k.db", "/var/lib/kustodian/k.db");
        is_file("sqlite://a b%20c.db", "a b%20c.db");
    }

    #[test]
    fn each_wrong_url_is_refused_with_how_to_mend_it() {
        refused("kustodian.db", "write sqlite://FILE or postgres://");
        refused("sqlite:kustodian.db", "write sqlite://FILE or postgres://");
        refused("mysql://root:hunter2@db/x", "`mysql`");
        refused("root:hunter2@://db", "`...`");
        refused("sqlite://", "sqlite://kustodian.db");
        refused("sqlite://:memory:", "in memory");
        refused("sqlite://k.db?mode=ro", "parameters");
        refused("postgres://me:hunter2@host:notaport/db", "postgres://USER:PASSWORD@HOST/DATABASE");
        refused("postgres://me@host/db?passwort=hunter2", "a parameter is not known");
        refused("postgres://me:2024/hunter2@host/db", "%2F");
        refused(
            "postgres://me:hunter2@host/db?sslmode=maybe",
            "read: unknown value \"maybe\" for `ssl_mode`",
        );
    }

    #[test]
    fn both_spellings_of_postgres_are_understood() {
        for scheme in ["postgres", "postgresql"] {
            let url = format!("{scheme}://me@127.0.0.1/db");
            assert!(matches!(Address::parse(&url), Ok(Address::Postgres(_))));
        }
    }
}
