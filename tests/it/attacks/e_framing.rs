//! Section E: where a request ends. Each row hides a second one, which deletes the customer.

use super::case::Then::{Broke, Closed, Continue, Refused, Sent, SentWith, Unread};
use super::case::{Case, Then, get, line, put, raw, write};

/// The permitted write.
const WRITE: Then = SentWith("PUT /v1/customers/{id}", "{\"name\":\"a\"}");
/// The same without a body.
const EMPTY: Then = Sent("PUT /v1/customers/{id}");
const DENIED: Then = Refused(403, "level_too_low");

/// A request that the policy does not grant, for behind another.
const DELETE: &[u8] = b"DELETE /v1/customers/{id} HTTP/1.1\r\nhost: gateway\r\n\
    authorization: Bearer {token}\r\nconnection: close\r\n\r\n";
/// The body of the permitted write, in one chunk.
const CHUNK: &[u8] = b"c\r\n{\"name\":\"a\"}\r\n0\r\n\r\n";
const BODY: &[u8] = b"{\"name\":\"a\"}";

pub(super) fn cases() -> Vec<Case> {
    [two_ways(), lengths(), codings(), lines(), chunks(), bodies(), pipelines(), versions()]
        .concat()
}

/// A request whose headers are these, then an empty line, this body, and the hidden request.
fn hides(number: u8, name: &'static str, headers: &[u8], body: &[u8], then: &[Then]) -> Case {
    put(number, name, &[headers, b"\r\n", body, DELETE].concat(), then)
}

/// hyper goes by the chunks, as it must, and closes the connection behind them: the length, and whatever
/// else was framed by it, is never seen again.
fn two_ways() -> Vec<Case> {
    let chunked = b"transfer-encoding: chunked\r\n" as &[u8];
    let both = |name, headers: &[&[u8]]| hides(63, name, &headers.concat(), CHUNK, &[WRITE]);
    vec![
        both("a length, then chunks", &[b"content-length: 4\r\n", chunked]),
        both("chunks, then a length", &[chunked, b"content-length: 4\r\n"]),
        both("a length of nothing and chunks", &[b"content-length: 0\r\n", chunked]),
        both("a length that holds the second request", &[b"content-length: 200\r\n", chunked]),
        both("chunks and a length that is none", &[chunked, b"content-length: x\r\n"]),
        hides(
            63,
            "a length that is none, then chunks",
            b"content-length: x\r\ntransfer-encoding: chunked\r\n",
            CHUNK,
            &[Unread(400)],
        ),
    ]
}

fn lengths() -> Vec<Case> {
    let none = |name, headers| hides(64, name, headers, BODY, &[Unread(400)]);
    vec![
        none("two lengths", b"content-length: 12\r\ncontent-length: 2\r\n"),
        none("a list of one length", b"content-length: 12, 12\r\n"),
        none("a list of two lengths", b"content-length: 3, 12\r\n"),
        none("with a sign, RUSTSEC-2021-0078", b"content-length: +12\r\n"),
        none("less than nothing", b"content-length: -12\r\n"),
        none("in another base", b"content-length: 0xc\r\n"),
        none("with a fraction", b"content-length: 12.0\r\n"),
        none("empty", b"content-length:\r\n"),
        none("of more than a number holds", b"content-length: 99999999999999999999\r\n"),
        none("behind a space", b"content-length : 12\r\n"),
        // hyper keeps one of two that are equal.
        hides(
            64,
            "one length twice",
            b"content-length: 12\r\ncontent-length: 12\r\n",
            BODY,
            &[WRITE, DENIED],
        ),
        hides(64, "with zeros before it", b"content-length: 0012\r\n", BODY, &[WRITE, DENIED]),
    ]
}

fn codings() -> Vec<Case> {
    let coding = Refused(400, "transfer_encoding");
    let of = |name, headers, then: Then| hides(65, name, headers, CHUNK, &[then]);
    vec![
        of("gzip, chunked", b"transfer-encoding: gzip, chunked\r\n", coding),
        of("two lines", b"transfer-encoding: gzip\r\ntransfer-encoding: chunked\r\n", coding),
        of("identity first", b"transfer-encoding: identity, chunked\r\n", coding),
        of("chunked twice, RUSTSEC-2021-0020", b"transfer-encoding: chunked, chunked\r\n", coding),
        of(
            "chunked on two lines",
            b"transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n",
            coding,
        ),
        of("a comma before it", b"transfer-encoding: ,chunked\r\n", coding),
        of("xchunked", b"transfer-encoding: xchunked\r\n", Unread(400)),
        of("chunked, identity", b"transfer-encoding: chunked, identity\r\n", Unread(400)),
        of("identity alone", b"transfer-encoding: identity\r\n", Unread(400)),
        of("in quotes", b"transfer-encoding: \"chunked\"\r\n", Unread(400)),
        of("a parameter", b"transfer-encoding: chunked;a=b\r\n", Unread(400)),
        of("a space before the colon", b"transfer-encoding : chunked\r\n", Unread(400)),
        of("a vertical tab", b"transfer-encoding: \x0bchunked\r\n", Unread(400)),
        of("a folded line", b"transfer-encoding:\r\n chunked\r\n", Unread(400)),
        // An honest spelling of the same.
        hides(65, "in capitals", b"transfer-encoding: CHUNKED\r\n", CHUNK, &[WRITE, DENIED]),
        hides(
            65,
            "its name with an underscore",
            b"transfer_encoding: chunked\r\n",
            b"",
            &[EMPTY, DENIED],
        ),
    ]
}

/// hyper takes a bare line feed for a line's end, as RFC 9112 lets it; nothing stands before it that
/// could read it otherwise, and what goes to Kustomer is written anew.
fn lines() -> Vec<Case> {
    let read = Sent("GET /v1/customers/{id}");
    vec![
        raw(67, "bare line feeds", b"GET /v1/customers/{id} HTTP/1.1\nhost: gateway\nconnection: close\nauthorization: Bearer {token}\n\n", &[read]),
        raw(67, "an empty line before", b"\r\nGET /v1/customers/{id} HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\r\n", &[read]),
        raw(67, "bare carriage returns", b"GET /v1/customers/{id} HTTP/1.1\rhost: gateway\r\r\n\r\n", &[Unread(400)]),
        raw(67, "a head that ends in a bare line feed hides a request", &[b"GET /v1/customers/{id} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {token}\r\n\n" as &[u8], DELETE].concat(), &[read, DENIED]),
    ]
}

fn chunks() -> Vec<Case> {
    let of = |name, body: &[u8], then: &[Then]| {
        hides(68, name, b"transfer-encoding: chunked\r\n", body, then)
    };
    let broke = &[Broke("PUT /v1/customers/{id}")];
    vec![
        of("an extension", b"c;a=b\r\n{\"name\":\"a\"}\r\n0\r\n\r\n", &[WRITE, DENIED]),
        of(
            "an extension with a line end in quotes",
            b"c;a=\"\r\n{\"name\":\"a\"}\r\n0\r\n\r\n",
            &[WRITE, DENIED],
        ),
        of("an extension of the last", b"c\r\n{\"name\":\"a\"}\r\n0;a=b\r\n\r\n", &[WRITE, DENIED]),
        of("an extension ended by a line feed", b"c;\n{\"name\":\"a\"}\r\n0\r\n\r\n", broke),
        of("a size ended by a line feed", b"c\n{\"name\":\"a\"}\r\n0\r\n\r\n", broke),
        of(
            "a size of more than a number holds, RUSTSEC-2021-0079",
            b"f0000000000000003\r\nabc\r\n0\r\n\r\n",
            broke,
        ),
        of("a size with a sign", b"+c\r\n{\"name\":\"a\"}\r\n0\r\n\r\n", broke),
        of("a size with its base", b"0xc\r\n{\"name\":\"a\"}\r\n0\r\n\r\n", broke),
        of("more bytes than its size", b"2\r\n{\"name\":\"a\"}\r\n0\r\n\r\n", broke),
        of("no size", b"\r\n{\"name\":\"a\"}\r\n0\r\n\r\n", broke),
        of(
            "a trailer",
            b"c\r\n{\"name\":\"a\"}\r\n0\r\nauthorization: Bearer x\r\n\r\n",
            &[WRITE, DENIED],
        ),
        of(
            "a trailer of framing",
            b"c\r\n{\"name\":\"a\"}\r\n0\r\ncontent-length: 99\r\n\r\n",
            &[WRITE, DENIED],
        ),
        of(
            "an override in a trailer",
            b"c\r\n{\"name\":\"a\"}\r\n0\r\nx-http-method-override: DELETE\r\n\r\n",
            &[WRITE, DENIED],
        ),
    ]
}

fn bodies() -> Vec<Case> {
    let body = Refused(400, "body_not_allowed");
    let expect = Refused(417, "expectation_failed");
    let go = |name, value, then: &[Then]| {
        let headers = [
            b"connection: close\r\ncontent-length: 12\r\nexpect: " as &[u8],
            value,
            b"\r\n\r\n",
            BODY,
        ];
        put(75, name, &headers.concat(), then)
    };
    vec![
        raw(70, "a GET with a body", b"GET /v1/customers/{id} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {token}\r\ncontent-length: 2\r\n\r\n{}", &[body]),
        raw(70, "a GET with chunks", b"GET /v1/customers/{id} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {token}\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", &[body]),
        raw(70, "a GET with a body that is a request", &[b"GET /v1/customers/{id} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {token}\r\ncontent-length: 200\r\n\r\n" as &[u8], DELETE].concat(), &[body]),
        line(70, "a DELETE that is not granted", b"DELETE", b"/v1/customers/{id}", DENIED),
        go("100-continue", b"100-continue", &[Continue, WRITE]),
        go("in capitals", b"100-CONTINUE", &[Continue, WRITE]),
        go("something else", b"200-ok", &[expect]),
        go("something more", b"100-continue, x", &[expect]),
        go("nothing", b"", &[expect]),
        raw(75, "100-continue of what is denied", b"DELETE /v1/customers/{id} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {token}\r\ncontent-length: 12\r\nexpect: 100-continue\r\n\r\n", &[DENIED]),
        put(77, "half a body", b"content-length: 12\r\n\r\n{\"name", &[Broke("PUT /v1/customers/{id}")]),
        put(77, "half a chunk", b"transfer-encoding: chunked\r\n\r\nc\r\n{\"name", &[Broke("PUT /v1/customers/{id}")]),
        write(69, "two content types", &[(b"content-type", b"text/plain"), (b"content-type", b"application/json")], "{}", Refused(400, "header_repeated")),
        write(69, "an honest write", &[(b"content-type", b"application/json")], "{\"name\":\"a\"}", WRITE),
    ]
}

/// What stands behind a request is a request of its own, or nothing.
fn pipelines() -> Vec<Case> {
    let read =
        b"GET /v1/customers/{id} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {token}\r\n\r\n"
            as &[u8];
    let without =
        b"GET /v1/customers/{id} HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n\r\n" as &[u8];
    let denied = b"PUT /v1/notes/{id} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {token}\r\ncontent-length: 200\r\n\r\n" as &[u8];
    let upgrade = b"GET /v1/customers/{id} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {token}\r\nupgrade: h2c\r\n\r\n" as &[u8];
    let ok = Sent("GET /v1/customers/{id}");
    vec![
        raw(71, "a denied request behind a permitted one", &[read, DELETE].concat(), &[ok, DENIED]),
        raw(
            71,
            "a request without a token behind one with it",
            &[read, without].concat(),
            &[ok, Then::Unproven("token_missing")],
        ),
        raw(
            71,
            "a refused request's unread body is a request, CVE-2025-4366",
            &[denied, read].concat(),
            &[Refused(403, "not_granted")],
        ),
        raw(
            71,
            "bytes behind a request that are none",
            &[read, b"\0\0\0"].concat(),
            &[ok, Unread(400)],
        ),
        raw(
            72,
            "a request behind an upgrade, CVE-2026-2833",
            &[upgrade, DELETE].concat(),
            &[Refused(400, "upgrade_refused")],
        ),
        raw(
            72,
            "the preface of HTTP/2 behind a request",
            &[read, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"].concat(),
            &[ok, Closed],
        ),
    ]
}

fn versions() -> Vec<Case> {
    let chunked = b"PUT /v1/customers/{id} HTTP/1.0\r\nhost: gateway\r\nauthorization: Bearer {token}\r\ntransfer-encoding: chunked\r\n\r\n" as &[u8];
    vec![
        raw(66, "chunks over HTTP/1.0, CVE-2026-2835", &[chunked, CHUNK, DELETE].concat(), &[Unread(400)]),
        raw(66, "HTTP/1.0 without a host", b"GET /v1/customers/{id} HTTP/1.0\r\nauthorization: Bearer {token}\r\n\r\n", &[Sent("GET /v1/customers/{id}")]),
        raw(66, "HTTP/1.0 with a body that ends with the connection", b"PUT /v1/customers/{id} HTTP/1.0\r\nauthorization: Bearer {token}\r\n\r\n{\"name\":\"a\"}", &[EMPTY]),
        raw(66, "HTTP/0.9", b"GET /v1/customers/{id}\r\n\r\n", &[Unread(400)]),
        raw(66, "HTTP/2.0 in words", b"GET /v1/customers/{id} HTTP/2.0\r\nhost: gateway\r\n\r\n", &[Unread(400)]),
        raw(66, "HTTP/1.2", b"GET /v1/customers/{id} HTTP/1.2\r\nhost: gateway\r\n\r\n", &[Unread(400)]),
        raw(66, "another protocol", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", &[Unread(400)]),
        get(66, "no version but in the target", b"/v1/customers HTTP/1.1", Unread(400)),
    ]
}
