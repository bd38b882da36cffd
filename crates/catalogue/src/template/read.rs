//! Reads a template as it stands in the catalogue's files: `/v1/users/{ids:id-list}`.

use std::sync::Arc;

use super::{Parameter, ParameterKind, Segment, Template};

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TemplateFault {
    /// It does not begin with a slash, or ends with one.
    #[error("a path begins with `/` and does not end with one")]
    Slashes,
    /// A segment is empty or a dot segment.
    #[error("`{0}` is no segment of a path")]
    Segment(String),
    /// A literal holds more than letters, digits, `_`, `.` and `-`.
    #[error("`{0}` is neither a plain word nor a `{{parameter}}`")]
    Literal(String),
    /// A prefix is not letters, digits and a final `=`.
    #[error("`{0}` must be letters or digits and end with `=` to stand before a parameter")]
    Prefix(String),
    /// A parameter's name is not letters, digits and `_`.
    #[error("`{0}` is no name for a parameter")]
    Name(String),
    /// Two parameters have one name.
    #[error("two parameters are called `{0}`")]
    TwiceNamed(String),
    /// The kind is none of the known ones.
    #[error(
        "`{0}` is no kind of parameter; expected one of id, ids, id-list, klass, word, key, key-with-slash"
    )]
    Kind(String),
    /// A key takes nearly any text, so it needs something before it to be told apart.
    #[error("the key `{0}` needs a prefix such as `email=` before it")]
    BareKey(String),
}

impl Template {
    pub(crate) fn read(text: &str) -> Result<Self, TemplateFault> {
        let Some(rest) = text.strip_prefix('/').filter(|rest| !rest.ends_with('/')) else {
            return Err(TemplateFault::Slashes);
        };
        let segments = rest.split('/').map(read_segment).collect::<Result<Vec<_>, _>>()?;
        let mut template = Self { text: String::new(), segments, parameters: Vec::new() };
        for segment in &template.segments {
            template.text.push('/');
            match segment {
                Segment::Literal(literal) => template.text.push_str(literal),
                Segment::Parameter(parameter) => {
                    let Parameter { name, prefix, .. } = parameter;
                    if template.parameters.iter().any(|other| other.name == *name) {
                        return Err(TemplateFault::TwiceNamed(name.to_string()));
                    }
                    template.text.extend([&**prefix, "{", name, "}"]);
                    template.parameters.push(parameter.clone());
                }
            }
        }
        Ok(template)
    }
}

fn read_segment(text: &str) -> Result<Segment, TemplateFault> {
    if matches!(text, "" | "." | "..") {
        return Err(TemplateFault::Segment(text.to_owned()));
    }
    let Some((prefix, parameter)) = text.split_once('{') else {
        return read_literal(text);
    };
    let Some(parameter) = parameter.strip_suffix('}') else {
        return Err(TemplateFault::Literal(text.to_owned()));
    };
    read_parameter(prefix, parameter).map(Segment::Parameter)
}

fn read_literal(text: &str) -> Result<Segment, TemplateFault> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    if !text.bytes().all(fits) {
        return Err(TemplateFault::Literal(text.to_owned()));
    }
    Ok(Segment::Literal(text.into()))
}

fn read_parameter(prefix: &str, parameter: &str) -> Result<Parameter, TemplateFault> {
    let (name, kind) = parameter.split_once(':').unwrap_or((parameter, "id"));
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if name.is_empty() || !name.bytes().all(fits) {
        return Err(TemplateFault::Name(name.to_owned()));
    }
    let kind: ParameterKind = kind.parse().map_err(|_| TemplateFault::Kind(kind.to_owned()))?;
    let word = prefix.strip_suffix('=').unwrap_or_default();
    if !prefix.is_empty() && (word.is_empty() || !word.bytes().all(fits)) {
        return Err(TemplateFault::Prefix(prefix.to_owned()));
    }
    if prefix.is_empty() && matches!(kind, ParameterKind::Key | ParameterKind::KeyWithSlash) {
        return Err(TemplateFault::BareKey(name.to_owned()));
    }
    Ok(Parameter { name: Arc::from(name), kind, prefix: prefix.into() })
}
