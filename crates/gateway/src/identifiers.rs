//! What records and the log say in the place of a person's address, number or name.
//!
//! Kustomer's customers can be asked for by `email=ada@example.com` in the path. Whoever reads the
//! trail need not know who was asked for; often it is enough to recognise somebody, or to see that it
//! was the same person twice. What is written is settled here, once for path, targets and sentences.

mod mask;
mod segment;

use std::borrow::Cow;

use catalogue::{Identified, ParameterKind, Unknown};

use crate::audit_key::{AuditKey, IdentifierKey, hex};
use mask::masked;
use segment::Segment;

/// Bytes of a hash that are kept: enough that no two people of one organisation share one.
const KEPT: usize = 12;

/// What stands before a hash.
const HASH: &str = "hmac:";

/// Words behind which anything is a person's, even what looks like an id of Kustomer's.
const OF_PERSONS: [&str; 3] = ["email", "phone", "externalid"];

/// How identifiers are spoken of. The key of a hash cannot be printed.
#[derive(Debug)]
pub struct Identifiers(Form);

#[derive(Debug)]
enum Form {
    Clear,
    Masked,
    Hashed(IdentifierKey),
}

impl Identifiers {
    /// As they are.
    #[must_use]
    pub fn clear() -> Self {
        Self(Form::Clear)
    }

    /// With a little of each left: `a***@example.com`, `***21`.
    #[must_use]
    pub fn masked() -> Self {
        Self(Form::Masked)
    }

    /// By their hash, which nobody without the key can work out.
    #[must_use]
    pub fn hashed(key: &AuditKey) -> Self {
        Self(Form::Hashed(key.identifiers()))
    }

    /// A path as it came, without a query, with every identifier in it spoken of as it must be.
    ///
    /// Nothing is known of the path: it may name no operation, or be readable in two ways. So
    /// whatever stands behind a `=` is taken for an identifier, however it is encoded, and so is what
    /// has the form of an e-mail address or a telephone number.
    #[must_use]
    pub fn path(&self, path: &str) -> String {
        let segments: Vec<Cow<'_, str>> = path.split('/').map(|raw| self.segment(raw)).collect();
        segments.join("/")
    }

    /// What a request asks, with every identifier in it spoken of as it must be. Whatever is made of
    /// it, sentence or target, then says nothing else.
    #[must_use]
    pub fn asked(&self, identified: Identified) -> Identified {
        match identified {
            Identified::Known(asked) => {
                Identified::Known(asked.with_keys_as(|word, value| self.form(word, value)))
            }
            Identified::Unknown(unknown) => {
                let path = self.path(&unknown.path);
                Identified::Unknown(Unknown { path, ..unknown })
            }
        }
    }

    /// A target that somebody looks for, such as `email=ada@example.com`, as records have it: without
    /// escapes, and an id in small letters. A form that was copied from a record is taken as it is.
    #[must_use]
    pub fn target(&self, target: &str) -> String {
        let target = segment::decoded(target).unwrap_or(Cow::Borrowed(target));
        match target.split_once('=') {
            Some((word, value)) if !self.is_form(value) => {
                format!("{word}={}", self.form(word, value))
            }
            Some(_) => target.into_owned(),
            None => target.to_ascii_lowercase(),
        }
    }

    fn segment<'p>(&self, raw: &'p str) -> Cow<'p, str> {
        if matches!(self.0, Form::Clear) {
            return Cow::Borrowed(raw);
        }
        match Segment::read(raw) {
            Segment::Plain => Cow::Borrowed(raw),
            Segment::Identifier(value) => Cow::Owned(self.form("", &value)),
            Segment::Unreadable => Cow::Borrowed(mask::NOTHING),
            Segment::Key { word, value } => {
                let form = self.form(segment::last_word(&word), &value);
                Cow::Owned(format!("{}={form}", segment::shown(&word)))
            }
        }
    }

    /// What stands for a value behind a word such as `email`. The value is decoded.
    fn form(&self, word: &str, value: &str) -> String {
        let word = word.to_ascii_lowercase();
        let is_id = !OF_PERSONS.contains(&&*word) && ParameterKind::Ids.accepts(value);
        match &self.0 {
            Form::Clear => value.to_owned(),
            Form::Masked | Form::Hashed(_) if is_id => value.to_owned(),
            Form::Masked => masked(&word, &normalised(&word, value)),
            Form::Hashed(key) => {
                let hash = key.hash(&normalised(&word, value));
                format!("{HASH}{}", hex(hash.get(..KEPT).unwrap_or_default()))
            }
        }
    }

    /// Whether a value is one of the forms that records have.
    fn is_form(&self, value: &str) -> bool {
        match &self.0 {
            Form::Clear => true,
            Form::Masked => value.contains(mask::NOTHING),
            Form::Hashed(_) => value.starts_with(HASH),
        }
    }
}

/// A value in the one way of writing it: addresses are the same in small letters and in large ones.
fn normalised<'v>(word: &str, value: &'v str) -> Cow<'v, str> {
    if word == "email" || word.is_empty() { value.to_lowercase().into() } else { value.into() }
}

#[cfg(test)]
mod tests;
