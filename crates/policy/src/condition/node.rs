//! A condition that has been checked: the tree that is evaluated.

use std::ops::Range;
use std::slice;
use std::sync::Arc;

use catalogue::Number;
use regex::Regex;

use super::fact::Fact;
use super::kind::Kind;
use super::network::Network;

/// A part of a condition, where it stands, and what is known of its value.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) at: Range<usize>,
    pub(super) kind: Kind,
    pub(super) form: Form,
}

impl Said {
    /// It as a part of a condition.
    pub(super) fn at(self, at: Range<usize>) -> Node {
        Node { at, kind: Kind::Truth, form: Form::Said(self) }
    }
}

/// What a part says.
#[derive(Debug, Clone)]
pub(super) enum Form {
    Truth(bool),
    Number(Number),
    Text(Arc<str>),
    Null,
    /// INVARIANT: only inside of `in`.
    List(Vec<Node>),
    Fact(Fact),
    Path(Arc<str>),
    Query(Arc<str>),
    Body,
    /// What `exists` or `all` is looking at, the outermost as 0, and what the condition calls it.
    Item(usize, Arc<str>),
    Field(Box<Node>, Arc<str>),
    Index(Box<Node>, usize),
    Choice(Box<[Node; 3]>),
    Size(Box<Node>),
    Said(Said),
}

/// A part that is true or false by its form.
#[derive(Debug, Clone)]
pub(super) enum Said {
    /// Whether a field, a key of the query, a value of the path or the body is there.
    Has(Box<Node>),
    Not(Box<Node>),
    And(Vec<Node>),
    Or(Vec<Node>),
    Compare(Comparison, Box<[Node; 2]>),
    In(Box<[Node; 2]>),
    Test(Test, Box<[Node; 2]>),
    Matches(Box<Node>, Regex),
    InNetwork(Box<Node>, Vec<Network>),
    Each(Each, Box<[Node; 2]>),
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Different,
    Less,
    AtMost,
    More,
    AtLeast,
}

/// What is asked of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Test {
    StartsWith,
    EndsWith,
    Contains,
}

/// What is asked of the items of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Each {
    /// `exists`: one of them at least.
    Some,
    /// `all`: every one.
    All,
}

impl Node {
    /// What the part is called in a sentence: the words of the policy, never a value of the request.
    pub(super) fn name(&self) -> String {
        match &self.form {
            Form::Body => "request.body".to_owned(),
            Form::Path(name) => format!("request.path.{name}"),
            Form::Query(name) => format!("request.query.{name}"),
            Form::Field(of, name) if is_name(name) => format!("{}.{name}", of.name()),
            Form::Field(of, name) => format!("{}[{name:?}]", of.name()),
            Form::Index(of, index) => format!("{}[{index}]", of.name()),
            Form::Fact(fact) => {
                let known = Fact::ALL.iter().find(|(_, _, it)| it == fact);
                known.map_or_else(String::new, |(of, name, _)| format!("{of}.{name}"))
            }
            Form::Item(_, name) => name.to_string(),
            Form::Size(of) => format!("the size of {}", of.name()),
            Form::Truth(_)
            | Form::Number(_)
            | Form::Text(_)
            | Form::Null
            | Form::List(_)
            | Form::Choice(_)
            | Form::Said(_) => "a part of it".to_owned(),
        }
    }

    /// The parts that it is made of.
    pub(super) fn parts(&self) -> &[Node] {
        match &self.form {
            Form::Truth(_)
            | Form::Number(_)
            | Form::Text(_)
            | Form::Null
            | Form::Fact(_)
            | Form::Path(_)
            | Form::Query(_)
            | Form::Body
            | Form::Item(..) => &[],
            Form::List(parts) => parts,
            Form::Field(part, _) | Form::Index(part, _) | Form::Size(part) => slice::from_ref(part),
            Form::Choice(parts) => &**parts,
            Form::Said(said) => said.parts(),
        }
    }

    /// Shows it and every part of it, at any depth.
    pub(super) fn each<'n>(&'n self, look: &mut impl FnMut(&'n Node)) {
        look(self);
        for part in self.parts() {
            part.each(look);
        }
    }

    /// Whether it or a part of it, at any depth, is so.
    pub(super) fn any(&self, is_so: &impl Fn(&Form) -> bool) -> bool {
        is_so(&self.form) || self.parts().iter().any(|part| part.any(is_so))
    }
}

impl Said {
    fn parts(&self) -> &[Node] {
        match self {
            Self::And(parts) | Self::Or(parts) => parts,
            Self::Has(part)
            | Self::Not(part)
            | Self::Matches(part, _)
            | Self::InNetwork(part, _) => slice::from_ref(part),
            Self::Compare(_, parts)
            | Self::In(parts)
            | Self::Test(_, parts)
            | Self::Each(_, parts) => &**parts,
        }
    }
}

/// Whether a key may be written behind a dot.
pub(super) fn is_name(key: &str) -> bool {
    let mut bytes = key.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
