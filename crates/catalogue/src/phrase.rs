//! How sentences speak of an operation: "update customer {id}", "updated ...", "updating ...".

mod legible;
mod verb;

use std::fmt::Write;

use crate::{Asked, Template};

pub use legible::legible;
pub(crate) use verb::Verb;

/// A verb and what it is done to, with places for the values of the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    verb: Verb,
    /// What follows the verb, with the blank before it.
    rest: Vec<Piece>,
}

/// A stretch of a phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// The value of this parameter of the path.
    Value(String),
}

impl Phrase {
    /// The bare form with values: `update customer 5f1a...`. Values come from the request, so they
    /// are made [`legible()`] first.
    #[must_use]
    pub fn bare(&self, asked: &Asked) -> String {
        self.filled(&self.verb.bare, asked)
    }

    /// The past form with values: `updated customer 5f1a...`.
    #[must_use]
    pub fn past(&self, asked: &Asked) -> String {
        self.filled(&self.verb.past, asked)
    }

    /// The gerund with values: `updating customer 5f1a...`.
    #[must_use]
    pub fn gerund(&self, asked: &Asked) -> String {
        self.filled(&self.verb.gerund, asked)
    }

    /// The bare form without values: `update customer {id}`.
    #[must_use]
    pub fn bare_text(&self) -> String {
        self.unfilled(&self.verb.bare)
    }

    /// The past form without values: `updated customer {id}`.
    #[must_use]
    pub fn past_text(&self) -> String {
        self.unfilled(&self.verb.past)
    }

    /// The gerund without values: `updating customer {id}`.
    #[must_use]
    pub fn gerund_text(&self) -> String {
        self.unfilled(&self.verb.gerund)
    }

    /// Reads a phrase whose values are parameters of `template`.
    pub(crate) fn read(text: &str, template: &Template) -> Result<Self, PhraseFault> {
        if text.trim() != text || text.contains("  ") || text.ends_with('.') {
            return Err(PhraseFault::Shape);
        }
        let (verb, _) = text.split_once(' ').unwrap_or((text, ""));
        let conjugated = Verb::conjugate(verb).ok_or_else(|| PhraseFault::Verb(verb.to_owned()))?;
        let rest = text.strip_prefix(verb).unwrap_or_default();
        let pieces = read_pieces(rest)?;
        for piece in &pieces {
            if let Piece::Value(name) = piece
                && !template.parameters().iter().any(|parameter| parameter.name() == name)
            {
                return Err(PhraseFault::NoSuchParameter(name.clone()));
            }
        }
        Ok(Self { verb: conjugated, rest: pieces })
    }

    fn filled(&self, verb: &str, asked: &Asked) -> String {
        let mut sentence = verb.to_owned();
        for piece in &self.rest {
            match piece {
                Piece::Text(text) => sentence.push_str(text),
                Piece::Value(name) => {
                    let value = asked.values().find(|(asked_name, _)| asked_name == name);
                    sentence.push_str(&legible(value.map_or("", |(_, value)| value)));
                }
            }
        }
        sentence
    }

    fn unfilled(&self, verb: &str) -> String {
        let mut sentence = verb.to_owned();
        for piece in &self.rest {
            // Writing to a `String` cannot fail.
            let _ = match piece {
                Piece::Text(text) => write!(sentence, "{text}"),
                Piece::Value(name) => write!(sentence, "{{{name}}}"),
            };
        }
        sentence
    }
}

/// Why a text is no phrase.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PhraseFault {
    /// It is not a fragment of a sentence.
    #[error("a phrase has single blanks between its words and no full stop")]
    Shape,
    /// A brace is open, or closed without having been opened.
    #[error("a `{{` and its `}}` do not pair up")]
    Braces,
    /// The path has no such parameter.
    #[error("the path has no parameter `{0}`")]
    NoSuchParameter(String),
    /// The first word is no verb whose forms are known.
    #[error("the forms of the verb `{0}` are not known")]
    Verb(String),
}

fn read_pieces(mut text: &str) -> Result<Vec<Piece>, PhraseFault> {
    let mut pieces = Vec::new();
    while let Some((before, from)) = text.split_once('{') {
        let (name, after) = from.split_once('}').ok_or(PhraseFault::Braces)?;
        pieces.push(read_text(before)?);
        pieces.push(Piece::Value(name.to_owned()));
        text = after;
    }
    pieces.push(read_text(text)?);
    pieces.retain(|piece| *piece != Piece::Text(String::new()));
    Ok(pieces)
}

fn read_text(text: &str) -> Result<Piece, PhraseFault> {
    if text.contains('}') {
        return Err(PhraseFault::Braces);
    }
    Ok(Piece::Text(text.to_owned()))
}
