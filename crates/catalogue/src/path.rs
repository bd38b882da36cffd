//! The path of a request as it came over the wire, split and checked, never changed.
//!
//! This is the only parser of paths. What could mean one thing here and another behind us (dot
//! segments, double encoding, `;`, backslashes) is refused instead of normalised, so that the bytes
//! that were judged are the bytes that are sent.

use std::borrow::Cow;

use crate::template::kind::{is_dots, is_separator};

/// The longest path that is read, in bytes.
const LONGEST: usize = 4096;

/// The most segments that a path may have.
const MOST_SEGMENTS: usize = 64;

/// A checked path, still in its own bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawPath<'p> {
    text: &'p str,
    segments: Vec<RawSegment<'p>>,
    trailing_slash: bool,
}

/// What stands between two slashes of a request's path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawSegment<'p> {
    /// As sent. Never empty.
    pub(crate) raw: &'p str,
    /// Percent-decoded once.
    pub(crate) decoded: Cow<'p, str>,
}

impl<'p> RawPath<'p> {
    /// Splits and checks the path of a request target: everything before its `?`.
    pub fn parse(path: &'p str) -> Result<Self, PathDefect> {
        let rest = path.strip_prefix('/').ok_or(PathDefect::NoLeadingSlash)?;
        if path.len() > LONGEST {
            return Err(PathDefect::TooLong);
        }
        path.bytes().try_for_each(check_byte)?;
        let trailing_slash = rest.ends_with('/');
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let mut segments = Vec::with_capacity(8);
        if !rest.is_empty() || trailing_slash {
            for raw in rest.split('/') {
                segments.push(RawSegment::parse(raw)?);
            }
        }
        if segments.len() > MOST_SEGMENTS {
            return Err(PathDefect::TooManySegments);
        }
        Ok(Self { text: path, segments, trailing_slash })
    }

    /// The path, byte for byte as it came.
    #[must_use]
    pub fn as_str(&self) -> &'p str {
        self.text
    }

    /// Whether it ends with a slash, which only a few operations take.
    #[must_use]
    pub fn has_trailing_slash(&self) -> bool {
        self.trailing_slash
    }

    pub(crate) fn segments(&self) -> &[RawSegment<'p>] {
        &self.segments
    }
}

impl<'p> RawSegment<'p> {
    fn parse(raw: &'p str) -> Result<Self, PathDefect> {
        if raw.is_empty() {
            return Err(PathDefect::EmptySegment);
        }
        let decoded = if raw.contains('%') { Cow::Owned(decode(raw)?) } else { Cow::Borrowed(raw) };
        // A server that cuts `;parameters` off would see the dots that stand before them.
        if decoded.split(';').next().is_some_and(is_dots) {
            return Err(PathDefect::DotSegment);
        }
        if decoded.contains(';') {
            return Err(PathDefect::Semicolon);
        }
        Ok(Self { raw, decoded })
    }

    pub(crate) fn has_escape(&self) -> bool {
        matches!(self.decoded, Cow::Owned(_))
    }

    /// Whether it holds an encoded character that would have ended the segment.
    pub(crate) fn has_encoded_separator(&self) -> bool {
        self.decoded.contains(is_separator)
    }
}

/// Refuses every byte that may not stand in the path of a URI (RFC 3986: `pchar`, `/`).
fn check_byte(byte: u8) -> Result<(), PathDefect> {
    match byte {
        _ if byte.is_ascii_alphanumeric() || b"/-._~%:@!$&'()*+,;=".contains(&byte) => Ok(()),
        b'\\' => Err(PathDefect::Backslash),
        0..=31 | 127 => Err(PathDefect::ControlCharacter),
        128.. => Err(PathDefect::NotAscii),
        _ => Err(PathDefect::IllegalCharacter),
    }
}

/// Decodes percent escapes, once.
fn decode(raw: &str) -> Result<String, PathDefect> {
    let mut decoded = Vec::with_capacity(raw.len());
    let mut bytes = raw.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            decoded.push(escaped(&mut bytes).ok_or(PathDefect::MalformedEscape)?);
        } else {
            decoded.push(byte);
        }
    }
    let decoded = String::from_utf8(decoded).map_err(|_| PathDefect::NotUtf8)?;
    check_decoded(&decoded).map(|()| decoded)
}

fn escaped(bytes: &mut std::str::Bytes<'_>) -> Option<u8> {
    let high = char::from(bytes.next()?).to_digit(16)?;
    let low = char::from(bytes.next()?).to_digit(16)?;
    u8::try_from(high * 16 + low).ok()
}

fn check_decoded(decoded: &str) -> Result<(), PathDefect> {
    if decoded.contains(char::is_control) {
        return Err(PathDefect::ControlCharacter);
    }
    if decoded.contains('\\') {
        return Err(PathDefect::Backslash);
    }
    let is_hex = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_hexdigit);
    for behind in decoded.split('%').skip(1) {
        if is_hex(behind.as_bytes().first()) && is_hex(behind.as_bytes().get(1)) {
            return Err(PathDefect::DoubleEncoding);
        }
    }
    Ok(())
}

/// Why a path is refused before anything is looked up: it could be read in two ways.
///
/// Shown as a fragment that says what is wrong and what to send instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum PathDefect {
    /// It does not begin with `/`.
    #[error("the path does not begin with `/`; send the path and query alone")]
    NoLeadingSlash,
    /// It is longer than 4096 bytes.
    #[error("the path is longer than 4096 bytes; shorten it")]
    TooLong,
    /// It has more than 64 segments.
    #[error("the path has more than 64 segments; shorten it")]
    TooManySegments,
    /// It lists more than 100 ids.
    #[error("the path lists more than 100 ids; ask for fewer at a time")]
    TooManyIds,
    /// It holds a byte outside of ASCII.
    #[error("the path holds a byte outside of ASCII; percent-encode it")]
    NotAscii,
    /// It holds an ASCII character that no URI path may hold.
    #[error("the path holds a character that no path may hold as it is; percent-encode it")]
    IllegalCharacter,
    /// It holds a control character, raw or encoded.
    #[error("the path holds a control character, raw or encoded; leave it out")]
    ControlCharacter,
    /// It holds a backslash, raw or encoded.
    #[error("the path holds a backslash, raw or encoded; leave it out")]
    Backslash,
    /// It holds a `;`, raw or encoded.
    #[error("the path holds a `;`, raw or encoded; leave it out")]
    Semicolon,
    /// It holds two slashes in a row, or ends with a slash that the operation does not take.
    #[error("the path has an empty segment; write single slashes, and none at the end")]
    EmptySegment,
    /// It holds a `.` or `..` segment, raw or encoded.
    #[error("the path has a `.` or `..` segment, raw or encoded; send the path that it stands for")]
    DotSegment,
    /// A `%` is not followed by two hexadecimal digits.
    #[error(
        "the path has a `%` without two hexadecimal digits behind it; write a bare `%` as `%25`"
    )]
    MalformedEscape,
    /// Decoding it once leaves something that could be decoded again.
    #[error("the path is percent-encoded twice; encode each value once")]
    DoubleEncoding,
    /// Its escapes decode to bytes that are no UTF-8.
    #[error("the path's escapes are not UTF-8; encode text as UTF-8")]
    NotUtf8,
    /// An encoded `/`, `?` or `#` stands where none is taken.
    #[error(
        "the path has an encoded `/`, `?` or `#` where none is allowed; only an external id may hold one"
    )]
    EncodedSeparator,
    /// An escape stands outside of a value that may hold one.
    #[error(
        "the path is percent-encoded where only plain characters are allowed; write the characters themselves"
    )]
    PercentEncodingInLiteral,
}

impl PathDefect {
    /// A name for programs, which never changes.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NoLeadingSlash => "no_leading_slash",
            Self::TooLong => "path_too_long",
            Self::TooManySegments => "too_many_segments",
            Self::TooManyIds => "too_many_ids",
            Self::NotAscii => "not_ascii",
            Self::IllegalCharacter => "illegal_character",
            Self::ControlCharacter => "control_character",
            Self::Backslash => "backslash",
            Self::Semicolon => "semicolon",
            Self::EmptySegment => "empty_segment",
            Self::DotSegment => "dot_segment",
            Self::MalformedEscape => "malformed_escape",
            Self::DoubleEncoding => "double_encoding",
            Self::NotUtf8 => "not_utf8",
            Self::EncodedSeparator => "encoded_separator",
            Self::PercentEncodingInLiteral => "percent_encoding_in_literal",
        }
    }
}
