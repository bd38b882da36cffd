//! Reads the settings: defaults, then the file, then the environment. What is wrong is said with its
//! place: file, line and column, or the name of the variable.

use std::fs;
use std::path::{Path, PathBuf};

use catalogue::diagnostic::{Diagnostic, Diagnostics};
use catalogue::document::{Document, did_you_mean};
use figment::Figment;
use figment::error::Kind;
use figment::providers::{Env, Format as _, Toml};

use super::Config;

/// Environment variables that set a key begin with this.
const PREFIX: &str = "KUSTODIAN_";

/// Keys whose values may be secrets: a mistake in such a line is reported without showing it.
const SECRET_KEYS: [&str; 2] = ["api_key", "url"];

/// Reads a configuration. Without a file, only defaults and the environment count.
pub fn read(file: Option<&Path>) -> Result<Config, ConfigFailure> {
    // A variable without `__` names no key: `KUSTODIAN_CONFIG` is the command line's.
    let variables = Env::prefixed(PREFIX).filter(|key| key.as_str().contains("__")).split("__");
    let Some(path) = file else {
        let settings = Figment::new().merge(variables).extract();
        return settings.map_err(|error: figment::Error| wrong_variable(&error));
    };
    let text = fs::read_to_string(path)
        .map_err(|why| ConfigFailure::Unreadable { path: path.to_owned(), why })?;
    let name = path.display().to_string();
    let document = Document::parse(&name, &text)
        .map_err(|mistakes| ConfigFailure::Wrong(without_secrets(mistakes)))?;
    let settings = Figment::new().merge(Toml::string(&text)).merge(variables).extract();
    settings.map_err(|error| why(&error, &document))
}

/// Tells a mistake in the file from one in the environment.
fn why(error: &figment::Error, document: &Document<'_>) -> ConfigFailure {
    let key = key_of(error);
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the environment"
    )]
    let from_environment = std::env::var(variable(&key)).is_ok();
    match document.span_of(&key) {
        Some(span) if !from_environment => {
            let found = document.diagnose(&span, message(error, &key));
            let found = found.with_help_if(suggestion(error));
            ConfigFailure::Wrong(without_secrets(Diagnostics(vec![found])))
        }
        Some(_) | None => wrong_variable(error),
    }
}

fn wrong_variable(error: &figment::Error) -> ConfigFailure {
    let key = key_of(error);
    let mut message = message(error, &key);
    if let Some(help) = suggestion(error) {
        message = format!("{message} ({help})");
    }
    ConfigFailure::Variable { name: variable(&key), message }
}

/// The key that a mistake is about, from the root.
fn key_of(error: &figment::Error) -> Vec<String> {
    let mut key = error.path.clone();
    if let Kind::UnknownField(name, _) = &error.kind {
        // Whether the path ends in the unknown key itself depends on who noticed it.
        if key.last() != Some(name) {
            key.push(name.clone());
        }
    }
    key
}

fn variable(key: &[String]) -> String {
    format!("{PREFIX}{}", key.join("__").to_uppercase())
}

/// What is wrong, without the value: it could be a secret.
fn message(error: &figment::Error, key: &[String]) -> String {
    let name = key.join(".");
    match &error.kind {
        Kind::UnknownField(..) => format!("unknown key `{name}`"),
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => {
            format!("`{name}` must be {expected}")
        }
        Kind::UnknownVariant(_, expected) => {
            format!("`{name}` must be one of {}", expected.join(", "))
        }
        Kind::Message(why) if !is_secret(key) => format!("`{name}`: {why}"),
        Kind::Message(_)
        | Kind::InvalidLength(..)
        | Kind::MissingField(_)
        | Kind::DuplicateField(_)
        | Kind::ISizeOutOfRange(_)
        | Kind::USizeOutOfRange(_)
        | Kind::Unsupported(_)
        | Kind::UnsupportedKey(..) => format!("`{name}` has a value that cannot be used"),
    }
}

fn suggestion(error: &figment::Error) -> Option<String> {
    match &error.kind {
        Kind::UnknownField(word, known) | Kind::UnknownVariant(word, known) => {
            did_you_mean(word, known.iter().copied())
                .or_else(|| Some(format!("known here: {}", known.join(", "))))
        }
        Kind::Message(_)
        | Kind::InvalidType(..)
        | Kind::InvalidValue(..)
        | Kind::InvalidLength(..)
        | Kind::MissingField(_)
        | Kind::DuplicateField(_)
        | Kind::ISizeOutOfRange(_)
        | Kind::USizeOutOfRange(_)
        | Kind::Unsupported(_)
        | Kind::UnsupportedKey(..) => None,
    }
}

fn is_secret(key: &[String]) -> bool {
    key.last().is_some_and(|name| SECRET_KEYS.contains(&name.as_str()))
}

/// Blanks the picture of every line that may hold a secret.
fn without_secrets(mistakes: Diagnostics) -> Diagnostics {
    Diagnostics(mistakes.0.into_iter().map(veil).collect())
}

fn veil(mut mistake: Diagnostic) -> Diagnostic {
    let key = mistake.source_line.split('=').next().unwrap_or_default().trim();
    let name = key.rsplit('.').next().unwrap_or(key).trim_matches(['"', '\'']);
    if SECRET_KEYS.contains(&name) {
        mistake.source_line = format!("{key} = (not shown, because it may be a secret)");
        mistake.end_column = None;
    }
    mistake
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigFailure {
    /// The file is not there or not ours to read.
    #[error("cannot read the configuration `{}`", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        why: std::io::Error,
    },
    /// There are mistakes in the file.
    #[error("{0}")]
    Wrong(Diagnostics),
    /// There is a mistake in a variable.
    #[error("environment variable {name}: {message}")]
    Variable {
        /// Its name.
        name: String,
        /// What is wrong.
        message: String,
    },
}
