//! What kinds of values there are, as far as they are known before there is a request.

/// The kind of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// True or false.
    Truth,
    /// A number, whole or not.
    Number,
    /// A text.
    Text,
    /// `null`.
    Null,
    /// The address that a request came from.
    Address,
    /// A list that the condition writes out, and the kind of its items.
    List(Box<Kind>),
    /// Whatever the body says: known only when there is one.
    Open,
}

impl Kind {
    /// With its article, for sentences.
    pub(super) fn a(&self) -> &'static str {
        match self {
            Self::Truth => "true or false",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::Null => "null",
            Self::Address => "an address",
            Self::List(_) => "a list",
            Self::Open => "whatever the body says",
        }
    }

    /// Whether a value of this kind may stand where one of another is needed.
    pub(super) fn fits(&self, needed: &Self) -> bool {
        *self == Self::Open || self == needed
    }

    /// Whether `==` between the two has a meaning.
    pub(super) fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Address | Self::List(_), _) | (_, Self::Address | Self::List(_)) => false,
            (Self::Open, _) | (_, Self::Open) => true,
            _ => self == other,
        }
    }

    /// Whether `<` between the two has a meaning.
    pub(super) fn orders(&self, other: &Self) -> bool {
        let ordered = |kind: &Self| matches!(kind, Self::Number | Self::Text | Self::Open);
        ordered(self) && ordered(other) && self.equals(other)
    }
}
