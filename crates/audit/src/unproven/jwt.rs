//! What was wrong with a signed token. Operators read this; the caller is only told "401".

use std::fmt;

/// Why a JSON web token proved nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JwtFault {
    /// It cannot be read in one way only: no three parts of base64url, or no strict JSON in them.
    Malformed,
    /// It has more characters than any token needs.
    TooLong,
    /// It is not signed, and says so.
    Unsigned,
    /// It is signed in a way that its issuer's settings, or its key, do not allow.
    Algorithm,
    /// It brings its own key, or says where to get one.
    KeyInHeader,
    /// Its header asks for what is never done: extensions, compression, a token inside.
    Header,
    /// It is a token for another purpose.
    Type,
    /// Nobody here trusts who issued it.
    UnknownIssuer,
    /// It does not say which key it is signed with.
    KeyIdMissing,
    /// Its issuer has no such key.
    UnknownKey,
    /// No key of its issuer's is known, or they have been known for too long.
    KeysUnavailable,
    /// Its signature is another's.
    Signature,
    /// A claim that must be a text, a list of texts or a time is something else.
    ClaimMalformed,
    /// It is meant for somebody else.
    Audience,
    /// It has no end.
    ExpiryMissing,
    /// Its time is over.
    Expired,
    /// Its time has not come.
    NotYetValid,
    /// It was issued in the future.
    IssuedInFuture,
    /// It is good for longer than its issuer's settings allow.
    LivesTooLong,
    /// A claim that the settings require is not there, or is another.
    ClaimRefused,
    /// It names nobody whom the settings or the policies know.
    NamesNoAgent,
}

impl JwtFault {
    /// All of them.
    pub const ALL: [Self; 21] = [
        Self::Malformed,
        Self::TooLong,
        Self::Unsigned,
        Self::Algorithm,
        Self::KeyInHeader,
        Self::Header,
        Self::Type,
        Self::UnknownIssuer,
        Self::KeyIdMissing,
        Self::UnknownKey,
        Self::KeysUnavailable,
        Self::Signature,
        Self::ClaimMalformed,
        Self::Audience,
        Self::ExpiryMissing,
        Self::Expired,
        Self::NotYetValid,
        Self::IssuedInFuture,
        Self::LivesTooLong,
        Self::ClaimRefused,
        Self::NamesNoAgent,
    ];

    /// The stable code in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "jwt_malformed",
            Self::TooLong => "jwt_too_long",
            Self::Unsigned => "jwt_unsigned",
            Self::Algorithm => "jwt_algorithm_refused",
            Self::KeyInHeader => "jwt_key_in_header",
            Self::Header => "jwt_header_refused",
            Self::Type => "jwt_wrong_type",
            Self::UnknownIssuer => "jwt_unknown_issuer",
            Self::KeyIdMissing => "jwt_key_id_missing",
            Self::UnknownKey => "jwt_unknown_key",
            Self::KeysUnavailable => "jwt_keys_unavailable",
            Self::Signature => "jwt_bad_signature",
            Self::ClaimMalformed => "jwt_claim_malformed",
            Self::Audience => "jwt_wrong_audience",
            Self::ExpiryMissing => "jwt_without_expiry",
            Self::Expired => "jwt_expired",
            Self::NotYetValid => "jwt_not_yet_valid",
            Self::IssuedInFuture => "jwt_issued_in_future",
            Self::LivesTooLong => "jwt_lives_too_long",
            Self::ClaimRefused => "jwt_claim_refused",
            Self::NamesNoAgent => "jwt_names_no_agent",
        }
    }
}

impl fmt::Display for JwtFault {
    /// The end of a sentence that begins "... was refused: ".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "its signed token cannot be read with certainty",
            Self::TooLong => "its signed token is longer than any token need be",
            Self::Unsigned => "its token says that it is not signed",
            Self::Algorithm => "its token is signed in a way that is not allowed for its issuer",
            Self::KeyInHeader => "its token brings a key of its own, or says where to get one",
            Self::Header => "its token's header asks for what is never done here",
            Self::Type => "its signed token is one for another purpose",
            Self::UnknownIssuer => "its token was signed by somebody who is not trusted here",
            Self::KeyIdMissing => "its token does not say which key it was signed with",
            Self::UnknownKey => "its token's issuer has no key of the name that the token gives",
            Self::KeysUnavailable => "the keys of its token's issuer are not known at present",
            Self::Signature => "its token's signature is wrong",
            Self::ClaimMalformed => "a claim of its signed token is of the wrong kind",
            Self::Audience => "its signed token is meant for somebody else",
            Self::ExpiryMissing => "its signed token has no end",
            Self::Expired => "its signed token has expired",
            Self::NotYetValid => "its signed token is not valid yet",
            Self::IssuedInFuture => "its signed token was issued in the future",
            Self::LivesTooLong => "its signed token is good for longer than is allowed",
            Self::ClaimRefused => {
                "its signed token lacks a required claim, or has another value in it"
            }
            Self::NamesNoAgent => "its signed token names no agent that is known here",
        })
    }
}
