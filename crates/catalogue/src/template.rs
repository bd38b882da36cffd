//! Path templates: `/v1/customers/{id}`, and the kinds of values that their parameters take.

pub(crate) mod kind;
mod read;

use std::fmt::{self, Write};
use std::sync::Arc;

pub use kind::ParameterKind;

/// A path with places for values. Only loading makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Without the kinds of the parameters.
    pub(crate) text: String,
    pub(crate) segments: Vec<Segment>,
    pub(crate) parameters: Vec<Parameter>,
}

/// A named place of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    pub(crate) name: Arc<str>,
    pub(crate) kind: ParameterKind,
    /// What stands before the value in its segment, such as `email=`; often nothing.
    pub(crate) prefix: Arc<str>,
}

/// What stands between two slashes of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Segment {
    /// Matches itself, byte for byte.
    Literal(Arc<str>),
    /// Matches a value, behind the parameter's prefix.
    Parameter(Parameter),
}

impl Parameter {
    /// The name, unique within its template.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Which values it takes.
    #[must_use]
    pub fn kind(&self) -> ParameterKind {
        self.kind
    }

    /// What stands before the value in its segment, such as `email=`; often nothing.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }
}

impl Template {
    /// The template without the kinds of its parameters: `/v1/customers/{id}`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The parameters, from left to right.
    #[must_use]
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// A path with the given values, percent-encoded where a path needs it.
    #[must_use]
    pub fn fill(&self, mut value: impl FnMut(&Parameter) -> String) -> String {
        let mut path = String::new();
        for segment in &self.segments {
            path.push('/');
            match segment {
                Segment::Literal(text) => path.push_str(text),
                Segment::Parameter(parameter) => {
                    path.push_str(&parameter.prefix);
                    encode_into(&mut path, &value(parameter));
                }
            }
        }
        path
    }

    /// A path that matches, with made-up values.
    #[must_use]
    pub fn example(&self) -> String {
        self.fill(|parameter| parameter.kind.example(&parameter.name).to_owned())
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

/// Percent-encodes what may not stand in a segment as it is, and `;`, which the gateway refuses.
fn encode_into(path: &mut String, value: &str) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,=:@".contains(&byte) {
            path.push(char::from(byte));
        } else {
            // Writing to a `String` cannot fail.
            let _ = write!(path, "%{byte:02X}");
        }
    }
}
