//! Reads the settings: defaults, then the file, then the environment. What is wrong is said with its
//! place: file, line and column, or the name of the variable.

use std::fs;
use std::path::{Path, PathBuf};

use catalogue::diagnostic::{Code, Diagnostic, Diagnostics};
use catalogue::document::{Document, Span, decode, did_you_mean};
use figment::Figment;
use figment::error::Kind;
use figment::providers::{Env, Format as _, Serialized, Toml};
use figment::value::{Dict, Value};

use super::Config;
use super::issuers::{Mistake, mistakes};
use crate::secret::{KeyFailure, check_mode};

/// Environment variables that set a key begin with this.
const PREFIX: &str = "KUSTODIAN_";

/// The sections of the file, as they stand in variables.
const SECTIONS: [&str; 11] = [
    "LISTEN",
    "KUSTOMER",
    "STORE",
    "POLICIES",
    "TOKENS",
    "CATALOGUE",
    "AUDIT",
    "TRAIL",
    "FORWARD",
    "LIMITS",
    "LOG",
];

/// Reads a configuration. Without a file, only defaults and the environment count.
pub fn read(file: Option<&Path>) -> Result<Config, ConfigFailure> {
    check_variables()?;
    // A variable without `__` names no key: `KUSTODIAN_CONFIG` is the command line's.
    let variables = Env::prefixed(PREFIX).filter(|key| key.as_str().contains("__")).split("__");
    let Some(path) = file else {
        let settings = Figment::new().merge(variables).extract();
        return settings.map_err(|error: figment::Error| wrong_variable(&error));
    };
    let bytes =
        fs::read(path).map_err(|why| ConfigFailure::Unreadable { path: path.to_owned(), why })?;
    let name = path.display().to_string();
    let text = decode(&name, bytes)
        .map_err(|mistake| ConfigFailure::Wrong(without_pictures(Diagnostics(vec![*mistake]))))?;
    let document = Document::parse(&name, &text)
        .map_err(|mistakes| ConfigFailure::Wrong(without_pictures(mistakes)))?;
    check_secrecy(path, &document)?;
    let figment = Figment::new().merge(Toml::string(&text));
    let settings = figment.clone().merge(variables.clone()).extract();
    let settings =
        settings.map_err(|error| all_mistakes(error, &document, &figment, &variables))?;
    check_issuers(&settings, &document)?;
    Ok(settings)
}

/// What is wrong with issuers although each key has the right kind of value; all of it at once.
fn check_issuers(settings: &Config, document: &Document<'_>) -> Result<(), ConfigFailure> {
    for Mistake { issuer, key, message } in mistakes(&settings.issuers) {
        let path = ["issuers".to_owned(), issuer.to_string(), key.to_owned()];
        // Issuers that the file does not have are the environment's.
        let Some((span, is_whole)) = nearest_span(document, &path) else {
            return Err(ConfigFailure::Variable { name: variable(&path[..1]), message });
        };
        let mut found = document.diagnose(&span, message).with_code(Code::InvalidSetting);
        if is_whole {
            found.source_line = picture(&path, found.column);
        }
        document.report(found);
    }
    document.finish().map_err(ConfigFailure::Wrong)
}

/// Where a key stands, or else the innermost table around it; and whether it is the key itself.
fn nearest_span(document: &Document<'_>, path: &[String]) -> Option<(Span, bool)> {
    if let Some(span) = document.span_of(path) {
        return Some((span, true));
    }
    let (_, around) = path.split_last()?;
    nearest_span(document, around).map(|(span, _)| (span, false))
}

/// Every mistake in the file: what is wrong is left out, and the rest is read again. One of the
/// environment is told by itself, once the file is right.
fn all_mistakes(
    first: figment::Error,
    document: &Document<'_>,
    file: &Figment,
    variables: &Env,
) -> ConfigFailure {
    let mut found = Diagnostics::default();
    let Ok(mut settings) = file.extract::<Dict>() else { return why(&first, document) };
    let mut error = first;
    loop {
        match why(&error, document) {
            ConfigFailure::Wrong(mistakes) => found.extend(mistakes),
            other if found.is_empty() => return other,
            ConfigFailure::Unreadable { .. }
            | ConfigFailure::Open(_)
            | ConfigFailure::Variable { .. } => break,
        }
        if !remove(&mut settings, &key_of(&error)) {
            break;
        }
        let rest = Figment::from(Serialized::defaults(&settings)).merge(variables.clone());
        match rest.extract::<Config>() {
            Ok(_) => break,
            Err(next) => error = next,
        }
    }
    found.0.sort_by_key(|mistake| (mistake.line, mistake.column));
    ConfigFailure::Wrong(found)
}

/// Leaves a key out, named from the root; whether it was there.
fn remove(settings: &mut Dict, key: &[String]) -> bool {
    let Some((first, rest)) = key.split_first() else { return false };
    if rest.is_empty() {
        return settings.remove(first).is_some();
    }
    match settings.get_mut(first) {
        Some(Value::Dict(_, inner)) => remove(inner, rest),
        // An item of a list is shown by the key of its list.
        Some(_) => settings.remove(first).is_some(),
        None => false,
    }
}

/// A variable that was meant to set a key, but with one underscore too few, would be ignored.
fn check_variables() -> Result<(), ConfigFailure> {
    for (name, _) in std::env::vars_os() {
        let Some(key) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else { continue };
        let Some((section, rest)) = key.split_once('_') else { continue };
        // Kubernetes sets NAME_PORT and NAME_SERVICE_... for each of its services.
        let of_a_service = rest.starts_with("PORT") || rest.starts_with("SERVICE_");
        if SECTIONS.contains(&section) && !rest.starts_with('_') && !of_a_service {
            return Err(ConfigFailure::Variable {
                name: format!("{PREFIX}{key}"),
                message: format!("names no key; did you mean {PREFIX}{section}__{rest}?"),
            });
        }
    }
    Ok(())
}

/// A file with a secret in it must not be open to others.
fn check_secrecy(path: &Path, document: &Document<'_>) -> Result<(), ConfigFailure> {
    let key = ["kustomer".to_owned(), "api_key".to_owned()];
    if document.span_of(&key).is_none() {
        return Ok(());
    }
    check_mode(path).map_err(ConfigFailure::Open)
}

/// Tells a mistake in the file from one in the environment.
fn why(error: &figment::Error, document: &Document<'_>) -> ConfigFailure {
    let key = key_of(error);
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the environment"
    )]
    let from_environment = std::env::var(variable(&key)).is_ok();
    let path = path_of(error);
    match document.span_of(&path).or_else(|| document.span_of(&key)) {
        Some(span) if !from_environment => {
            let is_unknown = matches!(error.kind, Kind::UnknownField(..));
            let code = if is_unknown { Code::UnknownKey } else { Code::InvalidSetting };
            let mut found = document.diagnose(&span, message(error, &key)).with_code(code);
            found.source_line = picture(&key, found.column);
            let help = "config/kustodian.toml explains this key; the value is not shown, because it may \
                        be a secret";
            let found = found.with_help(help).with_help_if(suggestion(error));
            ConfigFailure::Wrong(Diagnostics(vec![found]))
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
    let mut key = path_of(error);
    // An item of a list is shown by the key of its list.
    key.retain(|part| part.parse::<usize>().is_err());
    key
}

/// The same, with the number of each item of a list.
fn path_of(error: &figment::Error) -> Vec<String> {
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
            format!("`{name}` must be {}", in_words(expected))
        }
        Kind::UnknownVariant(_, expected) => {
            format!("`{name}` must be one of {}", expected.join(", "))
        }
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

/// What was expected, in the words of the file instead of the program's.
fn in_words(expected: &str) -> &str {
    match expected {
        "u32" | "a nonzero u32" => "a whole number above zero",
        "a sequence" | "sequence" => "a list, in brackets",
        "a boolean" | "boolean" => "true or false",
        text if text.starts_with("struct ") => "a table",
        text => text,
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

/// A line with the key and no value: any line of this file may hold a secret, also where it is
/// misspelt.
fn picture(key: &[String], column: u32) -> String {
    let indent = usize::try_from(column.saturating_sub(1)).unwrap_or(0);
    format!("{}{} = ...", " ".repeat(indent), key.last().map_or("", String::as_str))
}

/// The same mistakes without the lines they were found in.
fn without_pictures(mistakes: Diagnostics) -> Diagnostics {
    let without = |mut mistake: Diagnostic| {
        // Blanks, so that the column is still right.
        mistake.source_line = " ".repeat(usize::try_from(mistake.column).unwrap_or(1));
        mistake.end_column = None;
        mistake.also = None;
        let help = mistake.code.help();
        mistake.with_help(format!("{help}; the line is not shown, because it may hold a secret"))
    };
    Diagnostics(mistakes.0.into_iter().map(without).collect())
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
    /// The file holds the real key, and others can read it.
    #[error(
        "the configuration holds `kustomer.api_key`; better put the key into a file of its own and set `kustomer.api_key_file`"
    )]
    Open(#[source] KeyFailure),
    /// There is a mistake in a variable.
    #[error("environment variable {name}: {message}")]
    Variable {
        /// Its name.
        name: String,
        /// What is wrong.
        message: String,
    },
}
