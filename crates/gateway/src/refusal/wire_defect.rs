//! What a request may be refused for before anybody asks what it wants: the ways to say one thing to
//! the gateway and another to whoever is behind it.

use http::StatusCode;

/// A request that is read by HTTP's rules and that nobody honest has a reason to send.
///
/// Shown as a fragment that says what is wrong and what to send instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum WireDefect {
    /// The method is none of the catalogue's.
    #[error(
        "its method is none of GET, POST, PUT, PATCH and DELETE; send one of them, in capitals"
    )]
    Method,
    /// A header or a query key asks for another method.
    #[error("a header or a query key asks for another method; send that method itself")]
    MethodOverride,
    /// There is no host.
    #[error("it names no host; send one Host header")]
    HostMissing,
    /// There are several hosts.
    #[error("it names more than one host; send one Host header, the same as :authority")]
    HostAmbiguous,
    /// The host is no host.
    #[error("its Host header holds more than a host and a port; send those alone")]
    HostIllegal,
    /// A header that stands once stands twice, or is no plain text.
    #[error(
        "a header that may stand once is there more than once, or is not plain text; send one of each, in ASCII"
    )]
    HeaderRepeated,
    /// `Connection` names a header that is then to be forgotten.
    #[error("its Connection header holds more than `close` or `keep-alive`; leave the rest out")]
    Connection,
    /// Another protocol is asked for.
    #[error("it asks for another protocol; speak HTTP/1.1 or HTTP/2 and send no Upgrade header")]
    Upgrade,
    /// Something other than `100-continue` is expected.
    #[error("it expects something other than `100-continue`; leave the Expect header out")]
    Expectation,
    /// The body has a coding besides its chunks.
    #[error("its Transfer-Encoding is not `chunked` alone; send that, or a Content-Length")]
    TransferEncoding,
    /// A body comes with a method that has none.
    #[error("a GET has no body; leave it out, and its Content-Length and Transfer-Encoding too")]
    Body,
    /// The query holds what no query may hold.
    #[error(
        "its query holds a byte outside of ASCII, a control character, or an escape that is no UTF-8; percent-encode text as UTF-8"
    )]
    Query,
    /// The query is longer than anybody needs.
    #[error("its query has more than 100 pairs; send fewer")]
    QueryTooLong,
}

impl WireDefect {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Method,
        Self::MethodOverride,
        Self::HostMissing,
        Self::HostAmbiguous,
        Self::HostIllegal,
        Self::HeaderRepeated,
        Self::Connection,
        Self::Upgrade,
        Self::Expectation,
        Self::TransferEncoding,
        Self::Body,
        Self::Query,
        Self::QueryTooLong,
    ];

    /// A name for programs, which never changes.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Method => "method_not_allowed",
            Self::MethodOverride => "method_override",
            Self::HostMissing => "host_missing",
            Self::HostAmbiguous => "host_ambiguous",
            Self::HostIllegal => "host_illegal",
            Self::HeaderRepeated => "header_repeated",
            Self::Connection => "connection_header",
            Self::Upgrade => "upgrade_refused",
            Self::Expectation => "expectation_failed",
            Self::TransferEncoding => "transfer_encoding",
            Self::Body => "body_not_allowed",
            Self::Query => "illegal_query",
            Self::QueryTooLong => "query_too_long",
        }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Expectation => StatusCode::EXPECTATION_FAILED,
            Self::QueryTooLong => StatusCode::URI_TOO_LONG,
            Self::MethodOverride
            | Self::HostMissing
            | Self::HostAmbiguous
            | Self::HostIllegal
            | Self::HeaderRepeated
            | Self::Connection
            | Self::Upgrade
            | Self::TransferEncoding
            | Self::Body
            | Self::Query => StatusCode::BAD_REQUEST,
        }
    }
}
