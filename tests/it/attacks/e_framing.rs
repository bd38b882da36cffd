//! Section E: where a request ends. Most rows hide a second one, which deletes the customer.

use super::case::Then::{Broke, Closed, Continue, Read, Refused, Unproven, Unread, Wrote};
use super::case::{Case, READ, Then, get, line, put, raw, read, write};

const OK: Then = Read("/v1/customers/{id}");
const WRITE: Then = Wrote("{\"name\":\"a\"}");
const DENIED: Then = Refused(403, "level_too_low");

/// What is hidden: the policy does not grant it.
const DELETE: &[u8] = b"DELETE /v1/customers/{id} HTTP/1.1\r\nhost: gateway\r\n\
    authorization: Bearer {token}\r\nconnection: close\r\n\r\n";
/// The body of the permitted write, in one chunk.
const CHUNK: &[u8] = b"c\r\n{\"name\":\"a\"}\r\n0\r\n\r\n";
/// The same by its length.
const BODY: &[u8] = b"{\"name\":\"a\"}";

pub(super) fn cases() -> Vec<Case> {
    [two_ways(), lengths(), codings(), lines(), chunks(), bodies(), pipelines(), versions()]
        .concat()
}

/// A write with these headers and this body, and the hidden request behind it.
fn hides(number: u8, name: &'static str, headers: &[u8], body: &[u8], then: &[Then]) -> Case {
    put(number, name, &[headers, b"\r\n", body, DELETE].concat(), then)
}

/// hyper goes by the chunks, as it must, and closes the connection behind them. Kustomer gets the body
/// framed anew, so whatever the length would have hidden is never seen again.
fn two_ways() -> Vec<Case> {
    let both = |name, headers, then: Then| hides(63, name, headers, CHUNK, &[then]);
    vec![
        both("length, chunks", b"content-length: 4\r\ntransfer-encoding: chunked\r\n", WRITE),
        both("chunks, length", b"transfer-encoding: chunked\r\ncontent-length: 4\r\n", WRITE),
        both("length 0, chunks", b"content-length: 0\r\ntransfer-encoding: chunked\r\n", WRITE),
        both("long length", b"content-length: 200\r\ntransfer-encoding: chunked\r\n", WRITE),
        both("chunks, no number", b"transfer-encoding: chunked\r\ncontent-length: x\r\n", WRITE),
        both("no number", b"content-length: x\r\ntransfer-encoding: chunked\r\n", Unread(400)),
    ]
}

fn lengths() -> Vec<Case> {
    let none = |name, headers| hides(64, name, headers, BODY, &[Unread(400)]);
    let same = |name, headers| hides(64, name, headers, BODY, &[WRITE, DENIED]);
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
        // hyper keeps one of two that are equal; both ends of the body are the same.
        same("one length twice", b"content-length: 12\r\ncontent-length: 12\r\n"),
        same("with zeros before it", b"content-length: 0012\r\n"),
    ]
}

fn codings() -> Vec<Case> {
    let of = |name, headers: &[u8], then: Then| {
        hides(65, name, &[b"transfer-encoding:", headers, b"\r\n"].concat(), CHUNK, &[then])
    };
    let coding = Refused(400, "transfer_encoding");
    vec![
        of("gzip, chunked", b" gzip, chunked", coding),
        of("two lines", b" gzip\r\ntransfer-encoding: chunked", coding),
        of("identity first", b" identity, chunked", coding),
        of("chunked twice, RUSTSEC-2021-0020", b" chunked, chunked", coding),
        of("chunked on two lines", b" chunked\r\ntransfer-encoding: chunked", coding),
        of("a comma before it", b" ,chunked", coding),
        of("xchunked", b" xchunked", Unread(400)),
        of("chunked, identity", b" chunked, identity", Unread(400)),
        of("identity alone", b" identity", Unread(400)),
        of("in quotes", b" \"chunked\"", Unread(400)),
        of("a parameter", b" chunked;a=b", Unread(400)),
        of("a vertical tab", b" \x0bchunked", Unread(400)),
        of("a folded line", b"\r\n chunked", Unread(400)),
        hides(
            65,
            "a space before the colon",
            b"transfer-encoding : chunked\r\n",
            b"",
            &[Unread(400)],
        ),
        hides(65, "in capitals", b"transfer-encoding: CHUNKED\r\n", CHUNK, &[WRITE, DENIED]),
        hides(65, "an underscore", b"transfer_encoding: chunked\r\n", b"", &[Wrote(""), DENIED]),
    ]
}

/// hyper takes a bare line feed for a line's end, as RFC 9112 lets it. Nothing stands before it that
/// could read it otherwise, and what goes to Kustomer is written anew.
fn lines() -> Vec<Case> {
    let bare = b"GET /v1/customers/{id} HTTP/1.1\nhost: gateway\nconnection: close\n\
        authorization: Bearer {token}\n\n";
    let behind = [b"\r\n" as &[u8], READ, b"connection: close\r\n\r\n"].concat();
    let returns = b"GET /v1/customers/{id} HTTP/1.1\rhost: gateway\r\r\n\r\n";
    vec![
        raw(67, "bare line feeds", bare, &[OK]),
        raw(67, "an empty line before", &behind, &[OK]),
        raw(67, "bare carriage returns", returns, &[Unread(400)]),
        read(67, "a head that ends in a line feed", &[b"\n", DELETE].concat(), &[OK, DENIED]),
    ]
}

fn chunks() -> Vec<Case> {
    let of = |name, body: &[u8], then: &[Then]| {
        hides(68, name, b"transfer-encoding: chunked\r\n", body, then)
    };
    let end = |name, end: &[u8]| of(name, &[b"c\r\n", BODY, end].concat(), &[WRITE, DENIED]);
    let begin =
        |name, begin: &[u8], then| of(name, &[begin, BODY, b"\r\n0\r\n\r\n"].concat(), then);
    vec![
        begin("an extension", b"c;a=b\r\n", &[WRITE, DENIED]),
        begin("a line end in an extension's quotes", b"c;a=\"\r\n", &[WRITE, DENIED]),
        begin("an extension ended by a line feed", b"c;\n", &[Broke]),
        begin("a size ended by a line feed", b"c\n", &[Broke]),
        begin("an endless size, RUSTSEC-2021-0079", b"f000000000000000c\r\n", &[Broke]),
        begin("a size with a sign", b"+c\r\n", &[Broke]),
        begin("a size with its base", b"0xc\r\n", &[Broke]),
        begin("a size of less than its bytes", b"2\r\n", &[Broke]),
        begin("no size", b"\r\n", &[Broke]),
        end("an extension of the last", b"\r\n0;a=b\r\n\r\n"),
        end("Authorization in a trailer", b"\r\n0\r\nauthorization: Bearer x\r\n\r\n"),
        end("framing in a trailer", b"\r\n0\r\ncontent-length: 99\r\n\r\n"),
        end("an override in a trailer", b"\r\n0\r\nx-http-method-override: DELETE\r\n\r\n"),
    ]
}

fn bodies() -> Vec<Case> {
    let none = Refused(400, "body_not_allowed");
    let types: [(&[u8], &[u8]); 2] =
        [(b"content-type", b"text/plain"), (b"content-type", b"application/json")];
    let hidden = [b"content-length: 200\r\n\r\n" as &[u8], DELETE].concat();
    let waits = b"DELETE /v1/customers/{id} HTTP/1.1\r\nhost: gateway\r\nauthorization: \
        Bearer {token}\r\ncontent-length: 12\r\nexpect: 100-continue\r\n\r\n";
    vec![
        read(70, "a GET with a body", b"content-length: 2\r\n\r\n{}", &[none]),
        read(70, "a GET with chunks", b"transfer-encoding: chunked\r\n\r\n0\r\n\r\n", &[none]),
        read(70, "a GET with a request for a body", &hidden, &[none]),
        read(70, "a GET with no bytes", b"content-length: 0\r\nconnection: close\r\n\r\n", &[OK]),
        line(70, "a DELETE that is not granted", b"DELETE", b"/v1/customers/{id}", DENIED),
        expects("100-continue", b"100-continue", &[Continue, WRITE]),
        expects("in capitals", b"100-CONTINUE", &[Continue, WRITE]),
        expects("something else", b"200-ok", &[Refused(417, "expectation_failed")]),
        expects("something more", b"100-continue, x", &[Refused(417, "expectation_failed")]),
        expects("nothing", b"", &[Refused(417, "expectation_failed")]),
        raw(75, "100-continue of what is denied", waits, &[DENIED]),
        put(77, "half a body", b"content-length: 12\r\n\r\n{\"name", &[Broke]),
        put(77, "half a chunk", b"transfer-encoding: chunked\r\n\r\nc\r\n{\"name", &[Broke]),
        write(69, "two content types", &types, "{}", Refused(400, "header_repeated")),
        write(69, "an honest write", &types[1..], "{\"name\":\"a\"}", WRITE),
    ]
}

fn expects(name: &'static str, value: &[u8], then: &[Then]) -> Case {
    let headers = b"connection: close\r\ncontent-length: 12\r\nexpect: ";
    put(75, name, &[headers, value, b"\r\n\r\n", BODY].concat(), then)
}

/// What stands behind a request is a request of its own, or nothing.
fn pipelines() -> Vec<Case> {
    let behind = |number, name, rest: &[u8], then: &[Then]| {
        read(number, name, &[b"\r\n", rest].concat(), then)
    };
    let without = b"GET /v1/customers/{id} HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n\r\n";
    let notes =
        b"PUT /v1/notes/{id} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {token}\r\n\
        content-length: 200\r\n\r\n";
    let (missing, denied) = (Unproven("token_missing"), Refused(403, "not_granted"));
    let upgrade = [b"upgrade: h2c\r\n\r\n" as &[u8], DELETE].concat();
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    vec![
        behind(71, "a denied request behind a permitted one", DELETE, &[OK, DENIED]),
        behind(71, "one without a token behind one with it", without, &[OK, missing]),
        behind(71, "bytes that are no request", b"\0\0\0", &[OK, Unread(400)]),
        raw(71, "a request in an unread body, CVE-2025-4366", &[notes, DELETE].concat(), &[denied]),
        read(72, "behind an upgrade, CVE-2026-2833", &upgrade, &[Refused(400, "upgrade_refused")]),
        behind(72, "the preface of HTTP/2 behind a request", preface, &[OK, Closed]),
    ]
}

fn versions() -> Vec<Case> {
    let put = b"PUT /v1/customers/{id} HTTP/1.0\r\nauthorization: Bearer {token}\r\n";
    let chunked = [put as &[u8], b"transfer-encoding: chunked\r\n\r\n", CHUNK, DELETE].concat();
    let endless = [put as &[u8], b"\r\n", BODY].concat();
    let hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n";
    let of = |name, line: &[u8]| {
        raw(66, name, &[line, b"\r\nhost: gateway\r\n\r\n"].concat(), &[Unread(400)])
    };
    let old = b"GET /v1/customers/{id} HTTP/1.0\r\nauthorization: Bearer {token}\r\n\r\n";
    vec![
        raw(66, "chunks over HTTP/1.0, CVE-2026-2835", &chunked, &[Unread(400)]),
        raw(66, "HTTP/1.0 without a host", old, &[OK]),
        raw(66, "HTTP/1.0, a body without an end", &endless, &[Wrote("")]),
        raw(66, "HTTP/0.9", b"GET /v1/customers/{id}\r\n\r\n", &[Unread(400)]),
        of("HTTP/2.0 in words", b"GET /v1/customers/{id} HTTP/2.0"),
        of("HTTP/1.2", b"GET /v1/customers/{id} HTTP/1.2"),
        of("a version in small letters", b"GET /v1/customers/{id} http/1.1"),
        raw(66, "another protocol", hello, &[Unread(400)]),
        get(66, "a version in the target", b"/v1/customers HTTP/1.1", Unread(400)),
    ]
}
