//! Section D: headers, and who one is. The agent makes a permitted read or write and adds to it.

use super::case::Then::{Closed, Read, Refused, Unproven, Unread};
use super::case::{Case, Then, get, header, headers, raw};

const READ: Then = Read("/v1/customers/{id}");
const SEVERAL: Then = Refused(400, "several_authorization_headers");
const UNREADABLE: Then = Unproven("token_malformed");

pub(super) fn cases() -> Vec<Case> {
    [authorizations(), connections(), identities(), hosts(), bytes(), sizes()].concat()
}

fn authorizations() -> Vec<Case> {
    let auth = |number, name, value| header(number, name, b"authorization", value, UNREADABLE);
    let two = |first: &'static [u8], second: &'static [u8]| {
        [(b"authorization" as &[u8], first), (b"authorization", second)]
    };
    vec![
        headers(45, "two tokens", &two(b"Bearer {token}", b"Bearer x"), SEVERAL),
        headers(45, "a token twice", &two(b"Bearer {token}", b"Bearer {token}"), SEVERAL),
        headers(45, "a token and Basic", &two(b"Basic eDp5", b"Bearer {token}"), SEVERAL),
        header(45, "a list", b"authorization", b"Bearer {token}, Bearer x", SEVERAL),
        header(45, "the key in a list", b"authorization", b"Bearer {key}, Bearer x", REAL_KEY),
        headers(45, "a token and the key", &two(b"Bearer {token}", b"Bearer {key}"), REAL_KEY),
        header(45, "the real key", b"authorization", b"Bearer {key}", REAL_KEY),
        header(46, "a scheme in small letters", b"authorization", b"bearer {token}", READ),
        auth(46, "two spaces", b"Bearer  {token}"),
        auth(46, "a tab", b"Bearer\t{token}"),
        auth(46, "no token", b"Bearer"),
        auth(46, "an empty token", b"Bearer "),
        auth(46, "Basic", b"Basic {token}"),
        auth(46, "no scheme", b"{token}"),
        auth(46, "a parameter behind the token", b"Bearer {token};a=b"),
        auth(46, "a quoted token", b"Bearer \"{token}\""),
        auth(47, "not ASCII", b"Bearer {token}\xc3\xa9"),
        auth(47, "SQL, CVE-2026-42208", b"Bearer kst_' OR '1'='1"),
        auth(47, "a whole token and more, CVE-2026-35030", b"Bearer {token}0"),
        auth(47, "one without its end", b"Bearer kst_0123456789abcdefghij"),
        raw(45, "none but in Proxy-Authorization", PROXY, &[Unproven("token_missing")]),
        raw(45, "none but in a trailer", TRAILER, &[Unproven("token_missing")]),
        raw(45, "none but in a cookie", COOKIE, &[Unproven("token_missing")]),
        raw(45, "none but in a folded line", FOLDED, &[Unread(400)]),
        raw(45, "two in letters of two kinds", CASES, &[SEVERAL]),
    ]
}

const REAL_KEY: Then = Unproven("real_key_presented");
const PROXY: &[u8] = b"GET /v1/customers/{id} HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n\
    proxy-authorization: Bearer {token}\r\n\r\n";
const COOKIE: &[u8] = b"GET /v1/customers/{id} HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n\
    cookie: authorization=Bearer {token}\r\n\r\n";
const TRAILER: &[u8] = b"PUT /v1/customers/{id} HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n\
    transfer-encoding: chunked\r\ntrailer: authorization\r\n\r\n\
    2\r\n{}\r\n0\r\nauthorization: Bearer {token}\r\n\r\n";
const CASES: &[u8] = b"GET /v1/customers/{id} HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n\
    AUTHORIZATION: Bearer {token}\r\nauthorization: Bearer {token}\r\n\r\n";
const FOLDED: &[u8] = b"GET /v1/customers/{id} HTTP/1.1\r\nhost: gateway\r\n\
    accept: a/b\r\n authorization: Bearer {token}\r\n\r\n";

fn connections() -> Vec<Case> {
    let named = Refused(400, "connection_header");
    // Over HTTP/2 there are no headers of the connection.
    let of = |name, value, then| header(50, name, b"connection", value, then).http2(Closed);
    let hop = |name, header_name, then| header(51, name, header_name, b"x", then);
    vec![
        of("names Authorization, CVE-2024-45410", b"authorization", named),
        of("names another, CVE-2025-48865", b"close, x-forwarded-host", named),
        of("names Content-Type", b"close, content-type", named),
        of("is empty", b"", named),
        of("closes twice", b"close, CLOSE", READ),
        hop("Keep-Alive", b"keep-alive", READ).http2(Closed),
        hop("Proxy-Connection", b"proxy-connection", READ).http2(Closed),
        hop("Proxy-Authorization", b"proxy-authorization", READ),
        hop("Trailer", b"trailer", READ),
        header(51, "TE: trailers", b"te", b"trailers", READ),
        header(51, "TE: gzip", b"te", b"gzip", READ).http2(Closed),
        header(72, "Upgrade: websocket", b"upgrade", b"websocket", UPGRADE).http2(Closed),
        header(72, "Upgrade: h2c", b"upgrade", b"h2c", UPGRADE).http2(Closed),
        header(72, "Upgrade: TLS/1.2", b"upgrade", b"TLS/1.2", UPGRADE).http2(Closed),
    ]
}

const UPGRADE: Then = Refused(400, "upgrade_refused");

/// What says who one is, or whence one came, stays here.
fn identities() -> Vec<Case> {
    let of = |number, name: &'static str, value| header(number, name, name.as_bytes(), value, READ);
    vec![
        of(52, "x_forwarded_user", b"admin"),
        of(52, "content_length", b"5"),
        of(52, "x_http_method_override", b"DELETE"),
        of(53, "x-forwarded-for", b"127.0.0.1"),
        of(53, "x-forwarded-host", b"acme.api.kustomerapp.com"),
        of(53, "x-forwarded-proto", b"https"),
        of(53, "x-forwarded-prefix", b"/v1/notes"),
        of(53, "x-forwarded-uri", b"/v1/notes"),
        of(53, "x-forwarded-method", b"DELETE"),
        of(53, "forwarded", b"for=127.0.0.1;host=evil.example"),
        of(53, "x-real-ip", b"127.0.0.1"),
        of(53, "x-original-url", b"/v1/notes"),
        of(53, "x-rewrite-url", b"/v1/notes"),
        of(53, "x-original-method", b"DELETE"),
        of(53, "via", b"1.1 evil"),
        of(54, "x-forwarded-for", b"not an address"),
        of(57, "cookie", b"session=admin"),
        of(60, "x-kustomer-app-token", b"x"),
        of(60, "x-kustomer-app-client-id", b"x"),
        of(60, "x-api-key", b"{key}"),
        of(60, "x-kustomer-tracking-token", b"x"),
        headers(
            60,
            "a role twice, CVE-2026-26308",
            &[(b"x-role", b"user"), (b"x-role", b"admin")],
            READ,
        ),
        of(61, "x-request-id", b"<script>"),
        of(61, "kustodian-request-id", b"0198-forged"),
        of(61, "kustodian-decision", b"permitted"),
        of(62, "user-agent", b"=cmd|' /C calc'!A0 \xe2\x80\xae"),
        of(90, "range", b"bytes=0-9"),
        of(90, "if-none-match", b"*"),
        of(90, "if-match", b"*"),
    ]
}

fn hosts() -> Vec<Case> {
    let (two, illegal) = (Refused(400, "host_ambiguous"), Refused(400, "host_illegal"));
    let host = |name, hosts: &[u8], then| raw(55, name, &[GET, hosts, REST].concat(), &[then]);
    vec![
        host("none", b"", Refused(400, "host_missing")),
        host("two", b"host: gateway\r\nhost: evil.example\r\n", two),
        host("one twice", b"host: gateway\r\nhost: gateway\r\n", two),
        host("a list", b"host: gateway, evil.example\r\n", illegal),
        host("a user", b"host: gateway@evil.example\r\n", illegal),
        host("a path", b"host: gateway/v1/notes\r\n", illegal),
        host("a space", b"host: gateway evil\r\n", illegal),
        host("a hash", b"host: gateway#@evil\r\n", illegal),
        host("empty", b"host:\r\n", illegal),
        host("not ASCII", b"host: gatew\xc3\xa4y\r\n", illegal),
        host("a space before the colon", b"host : gateway\r\n", Unread(400)),
        raw(56, "another case", &[GET, b"host: GateWay\r\n", REST].concat(), &[READ]),
        raw(56, "a dot at its end", &[GET, b"host: gateway.\r\n", REST].concat(), &[READ]),
        raw(56, "a port", &[GET, b"host: gateway:1\r\n", REST].concat(), &[READ]),
        raw(
            56,
            "another host, CVE-2026-49468",
            &[GET, b"host: evil.example\r\n", REST].concat(),
            &[READ],
        ),
    ]
}

const GET: &[u8] = b"GET /v1/customers/{id} HTTP/1.1\r\nconnection: close\r\n";
const REST: &[u8] = b"authorization: Bearer {token}\r\n\r\n";

fn bytes() -> Vec<Case> {
    let of = |name, value, then| header(58, name, b"x-odd", value, then);
    let line =
        |name, lines: &[u8]| raw(58, name, &[GET, HOST, lines, REST].concat(), &[Unread(400)]);
    vec![
        of("NUL", b"a\0b", Unread(400)),
        of("a carriage return", b"a\rauthorization: x", Unread(400)),
        // hyper takes a line feed for the end of a line; what follows is a header like any other.
        of("a line feed", b"a\nx-http-method-override: DELETE", OVERRIDE).http2(Closed),
        of("a line end and a header", b"a\r\nx-http-method-override: DELETE", OVERRIDE)
            .http2(Closed),
        of("delete", b"a\x7fb", Unread(400)),
        of("bytes outside of ASCII stay here", b"\xff\xfe", READ),
        line("a folded line", b"x-odd: a\r\n b\r\n"),
        line("a folded line by a tab", b"x-odd: a\r\n\tb\r\n"),
        line("a space in a name", b"x odd: a\r\n"),
        line("a space before the colon", b"x-odd : a\r\n"),
        line("no name", b": a\r\n"),
        line("no colon", b"x-odd\r\n"),
        line("a name outside of ASCII", b"x-\xc3\xa9: a\r\n"),
        line("a NUL in a name", b"x\0odd: a\r\n"),
        raw(
            58,
            "the first header is folded",
            b"GET /v1/customers/{id} HTTP/1.1\r\n x: y\r\nhost: gateway\r\n\r\n",
            &[Unread(400)],
        ),
    ]
}

const HOST: &[u8] = b"host: gateway\r\n";
const OVERRIDE: Then = Refused(400, "method_override");

fn sizes() -> Vec<Case> {
    let many = b"x-many: 1\r\n".repeat(110);
    let huge = [b"x-huge: " as &[u8], &b"a".repeat(600_000), b"\r\n"].concat();
    let raw =
        |name, lines: &[u8]| raw(59, name, &[GET, HOST, lines, REST].concat(), &[Unread(431)]);
    vec![
        raw("110 headers", &many),
        raw("a head of 600 kB", &huge),
        get(
            59,
            "a name of 70 kB in the target",
            &[b"/v1/" as &[u8], &b"a".repeat(70_000)].concat(),
            Unread(431),
        ),
    ]
}
