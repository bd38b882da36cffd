//! The kinds of values that a path parameter takes.

use std::str::FromStr;

/// How many ids one path may list.
pub(crate) const MOST_IDS: usize = 100;

/// Which values a parameter takes. A value outside of its kind is another operation, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ParameterKind {
    /// `id`: the id of one record, 24 hexadecimal digits or a UUID.
    Id,
    /// `ids`: one to 100 ids with `,` or `%2C` between them.
    Ids,
    /// `id-list`: two to 100 ids with `,` or `%2C` between them.
    IdList,
    /// `klass`: the name of a klass, letters, digits, `_` and `-`, never shaped like an id.
    Klass,
    /// `word`: 1 to 128 of letters, digits, `_`, `.` and `-`; no `.` at either end.
    Word,
    /// `key`: any text without `/`, `?`, `#` and control characters, behind a prefix such as `email=`.
    Key,
    /// `key-with-slash`: a key that may also hold an encoded `/`, `?` or `#`.
    KeyWithSlash,
}

impl ParameterKind {
    /// All kinds.
    pub const ALL: [Self; 7] =
        [Self::Id, Self::Ids, Self::IdList, Self::Klass, Self::Word, Self::Key, Self::KeyWithSlash];

    /// The word used in the catalogue's files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Ids => "ids",
            Self::IdList => "id-list",
            Self::Klass => "klass",
            Self::Word => "word",
            Self::Key => "key",
            Self::KeyWithSlash => "key-with-slash",
        }
    }

    /// Whether a value, percent-decoded, is of this kind.
    #[must_use]
    pub fn accepts(self, value: &str) -> bool {
        match self {
            Self::Id => is_id(value),
            Self::Ids => (1..=MOST_IDS).contains(&count_ids(value)),
            Self::IdList => (2..=MOST_IDS).contains(&count_ids(value)),
            Self::Klass => is_klass(value),
            Self::Word => is_word(value),
            Self::Key => {
                !value.is_empty() && !value.contains(|c| is_separator(c) || c.is_control())
            }
            Self::KeyWithSlash => is_key_with_slash(value),
        }
    }

    /// Whether some value is of both kinds.
    pub(crate) fn overlaps(self, other: Self) -> bool {
        use ParameterKind::{Id, IdList, Ids, Key, KeyWithSlash, Klass, Word};
        let one_way = |one, other| match one {
            Key | KeyWithSlash => true,
            Word => matches!(other, Id | Ids | Klass),
            Ids => matches!(other, Id | IdList),
            Id | IdList | Klass => false,
        };
        self == other || one_way(self, other) || one_way(other, self)
    }

    /// Whether the escapes of a raw value may stand in a value of this kind: any in a key, an encoded
    /// comma in a list, else none.
    pub(crate) fn permits_escapes_of(self, raw: &str) -> bool {
        match self {
            Self::Key | Self::KeyWithSlash => true,
            Self::Ids | Self::IdList => raw.split('%').skip(1).all(is_comma_escape),
            Self::Id | Self::Klass | Self::Word => !raw.contains('%'),
        }
    }

    /// A made-up value; keys take one that suits their name.
    pub(crate) fn example(self, name: &str) -> &'static str {
        match self {
            Self::Id => "5f1a2b3c4d5e6f708192a3b4",
            Self::Ids | Self::IdList => "5f1a2b3c4d5e6f708192a3b4,5f1a2b3c4d5e6f708192a3b5",
            Self::Klass => "order",
            Self::Word => "example",
            Self::Key | Self::KeyWithSlash => match name {
                "email" => "ada@example.com",
                "phone" => "+15550100",
                _ => "A-1001",
            },
        }
    }
}

impl FromStr for ParameterKind {
    type Err = UnknownKind;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or(UnknownKind)
    }
}

/// The word names no kind of parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected one of id, ids, id-list, klass, word, key, key-with-slash")]
pub struct UnknownKind;

/// How many ids a list holds; none where one of its items is no id.
pub(crate) fn count_ids(value: &str) -> usize {
    let mut count = 0;
    for item in value.split(',') {
        if !is_id(item) {
            return 0;
        }
        count += 1;
    }
    count
}

fn is_id(value: &str) -> bool {
    match value.len() {
        24 => value.bytes().all(|byte| byte.is_ascii_hexdigit()),
        36 => value.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        }),
        _ => false,
    }
}

fn is_klass(value: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (1..=128).contains(&value.len()) && value.bytes().all(fits) && !is_id(value)
}

fn is_word(value: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    (1..=128).contains(&value.len())
        && value.bytes().all(fits)
        && !value.starts_with('.')
        && !value.ends_with('.')
}

/// An encoded `/` splits the value; no part of it may then be a dot segment, for a server behind us
/// that decodes too early would follow it.
fn is_key_with_slash(value: &str) -> bool {
    !value.is_empty() && !value.contains(char::is_control) && !has_dot_part(value)
}

/// Whether a part between slashes is `.` or `..`.
pub(crate) fn has_dot_part(value: &str) -> bool {
    value.split('/').any(is_dots)
}

pub(crate) fn is_dots(part: &str) -> bool {
    matches!(part, "." | "..")
}

/// Whether it would end a segment, or the path, if it were not encoded.
pub(crate) fn is_separator(c: char) -> bool {
    matches!(c, '/' | '?' | '#')
}

fn is_comma_escape(behind_percent: &str) -> bool {
    behind_percent.starts_with("2C") || behind_percent.starts_with("2c")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "5f1a2b3c4d5e6f708192a3b4";
    const UUID: &str = "0190a2b3-c4d5-7e6f-8091-a2b3c4d5e6f7";

    /// Values that between them touch each pair of kinds.
    const VALUES: [&str; 8] = [
        ID,
        UUID,
        "5f1a2b3c4d5e6f708192a3b4,5f1a2b3c4d5e6f708192a3b4",
        "order_item",
        "v1.2",
        "ada@example.com",
        "a/b",
        "",
    ];

    #[test]
    fn each_kind_takes_its_own_values_alone() {
        let taken = |kind: ParameterKind| VALUES.map(|value| kind.accepts(value));
        let (t, f) = (true, false);
        assert_eq!(taken(ParameterKind::Id), [t, t, f, f, f, f, f, f]);
        assert_eq!(taken(ParameterKind::Ids), [t, t, t, f, f, f, f, f]);
        assert_eq!(taken(ParameterKind::IdList), [f, f, t, f, f, f, f, f]);
        assert_eq!(taken(ParameterKind::Klass), [f, f, f, t, f, f, f, f]);
        assert_eq!(taken(ParameterKind::Word), [t, t, f, t, t, f, f, f]);
        assert_eq!(taken(ParameterKind::Key), [t, t, t, t, t, t, f, f]);
        assert_eq!(taken(ParameterKind::KeyWithSlash), [t, t, t, t, t, t, t, f]);
    }

    #[test]
    fn kinds_overlap_exactly_where_a_value_is_of_both() {
        for one in ParameterKind::ALL {
            for other in ParameterKind::ALL {
                let meet = VALUES.iter().any(|value| one.accepts(value) && other.accepts(value));
                assert_eq!(one.overlaps(other), meet, "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn nearly_ids_are_no_ids() {
        for value in [
            "5f1a2b3c4d5e6f708192a3b",
            "5f1a2b3c4d5e6f708192a3b4a",
            "5f1a2b3c4d5e6f708192a3bg",
            "0190a2b3-c4d5-7e6f-8091-a2b3c4d5e6f",
            "0190a2b3c-4d5-7e6f-8091-a2b3c4d5e6f7",
            "0190a2b3_c4d5_7e6f_8091_a2b3c4d5e6f7",
        ] {
            assert!(!ParameterKind::Id.accepts(value), "{value}");
        }
    }

    #[test]
    fn every_kind_is_read_from_its_own_word() {
        for kind in ParameterKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
    }
}
