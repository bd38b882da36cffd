//! Why a caller could not prove who it is. Operators read this; the caller is only told "401".

mod jwt;

use std::fmt;

pub use jwt::JwtFault;

/// What was wrong with the token that came with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unproven {
    /// There was no `Authorization` header.
    Missing,
    /// The header held no Kustodian token: another scheme, another shape, or a wrong checksum.
    Malformed,
    /// The token has the right shape, but was never issued.
    Unknown,
    /// The token's term has ended.
    Expired,
    /// The token was revoked.
    Revoked,
    /// The organisation's own Kustomer key was presented instead of a token.
    RealKey,
    /// The token is valid, but no policy speaks of its agent.
    NoPolicy,
    /// The token may only come from other addresses.
    AddressOutside,
    /// The agent is bound to a client certificate, and none came with the connection.
    CertificateMissing,
    /// The agent is bound to a client certificate, and another one came with the connection.
    CertificateWrong,
    /// The token is a signed one, and proves nothing.
    Jwt(JwtFault),
}

impl Unproven {
    /// Those that are about no signed token.
    const PLAIN: [Self; 10] = [
        Self::Missing,
        Self::Malformed,
        Self::Unknown,
        Self::Expired,
        Self::Revoked,
        Self::RealKey,
        Self::NoPolicy,
        Self::AddressOutside,
        Self::CertificateMissing,
        Self::CertificateWrong,
    ];

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::PLAIN.into_iter().chain(JwtFault::ALL.into_iter().map(Self::Jwt))
    }

    /// The stable code in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "token_missing",
            Self::Malformed => "token_malformed",
            Self::Unknown => "token_unknown",
            Self::Expired => "token_expired",
            Self::Revoked => "token_revoked",
            Self::RealKey => "real_key_presented",
            Self::NoPolicy => "agent_without_policy",
            Self::AddressOutside => "address_outside",
            Self::CertificateMissing => "certificate_missing",
            Self::CertificateWrong => "certificate_wrong",
            Self::Jwt(fault) => fault.code(),
        }
    }
}

impl From<JwtFault> for Unproven {
    fn from(fault: JwtFault) -> Self {
        Self::Jwt(fault)
    }
}

impl fmt::Display for Unproven {
    /// The end of a sentence that begins "... was refused: ".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "it presented no token",
            Self::Malformed => "what it presented is not a Kustodian token",
            Self::Unknown => "its token is not known here",
            Self::Expired => "its token has expired",
            Self::Revoked => "its token was revoked",
            Self::RealKey => {
                "it presented the organisation's own Kustomer key, which no agent should have"
            }
            Self::NoPolicy => "its token is valid, but no policy speaks of it",
            Self::AddressOutside => "its token is not valid from that address",
            Self::CertificateMissing => {
                "its token is valid only with its client certificate, and it showed none"
            }
            Self::CertificateWrong => {
                "its token is valid only with its client certificate, and it showed another"
            }
            Self::Jwt(fault) => return fault.fmt(f),
        })
    }
}
