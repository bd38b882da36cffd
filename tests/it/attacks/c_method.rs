//! Section C: the method. Five are known; none is another in disguise.

use super::case::Then::{Closed, Mute, Refused, Unread};
use super::case::{Case, frames, header, headers, line, write};

pub(super) fn cases() -> Vec<Case> {
    let method = Refused(405, "method_not_allowed");
    let disguise = Refused(400, "method_override");
    vec![
        // Over HTTP/2 a CONNECT has no `:path`.
        line(39, "CONNECT", b"CONNECT", b"evil.example:443", method).http2(Closed),
        line(39, "CONNECT to a path", b"CONNECT", b"/v1/customers/{id}", method).http2(Closed),
        frames(
            39,
            "CONNECT in the form of HTTP/2",
            |to| {
                to.read(|fields| {
                    fields.retain(|(name, _)| *name != b":path" && *name != b":scheme");
                    fields[0].1 = b"CONNECT".to_vec();
                })
            },
            method,
        ),
        frames(
            39,
            "CONNECT to another protocol",
            |to| {
                to.read(|fields| {
                    fields[0].1 = b"CONNECT".to_vec();
                    fields.insert(1, (b":protocol", b"websocket".to_vec()));
                })
            },
            Closed,
        ),
        line(40, "TRACE", b"TRACE", b"/v1/customers/{id}", method),
        line(40, "TRACK", b"TRACK", b"/v1/customers/{id}", method),
        line(41, "a word", b"FOO", b"/v1/customers/{id}", method),
        line(41, "small letters", b"get", b"/v1/customers/{id}", method),
        line(41, "mixed letters", b"Delete", b"/v1/customers/{id}", method),
        line(41, "a mark within, CVE-2023-27491", b"GE!T", b"/v1/customers/{id}", method),
        line(41, "a space within", b"GET GET", b"/v1/customers/{id}", Unread(400)),
        line(41, "a line end within", b"GET\r\n", b"/v1/customers/{id}", Unread(400)),
        line(41, "a NUL within", b"GET\0", b"/v1/customers/{id}", Unread(400)),
        line(41, "no method", b"", b"/v1/customers/{id}", Unread(400)),
        line(41, "a method of the preface of HTTP/2", b"PRI", b"/v1/customers/{id}", method),
        line(42, "HEAD", b"HEAD", b"/v1/customers/{id}", Mute(405, "method_not_allowed")),
        line(43, "OPTIONS", b"OPTIONS", b"/v1/customers/{id}", method),
        headers(
            43,
            "a preflight on a read",
            &[(b"origin", b"https://evil.example"), (b"access-control-request-method", b"DELETE")],
            super::case::Then::Read("/v1/customers/{id}"),
        ),
        header(44, "X-HTTP-Method-Override", b"x-http-method-override", b"DELETE", disguise),
        header(44, "X-HTTP-Method", b"x-http-method", b"DELETE", disguise),
        header(44, "X-Method-Override", b"x-method-override", b"DELETE", disguise),
        header(44, "an override by the same method", b"x-http-method-override", b"GET", disguise),
        write(
            44,
            "an override of a write",
            &[(b"x-http-method-override", b"DELETE")],
            "{}",
            disguise,
        ),
    ]
}
