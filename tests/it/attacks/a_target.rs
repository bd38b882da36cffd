//! Section A: the request target. The agent may read customers; each row tries for something else.

use super::case::Then::{Closed, Own, Read, Refused, Unread};
use super::case::{Case, Then, get, line, raw};

const UNKNOWN: Then = Refused(403, "unknown_operation");
/// An escape where only plain characters may stand.
const ESCAPED: Then = Refused(400, "percent_encoding_in_literal");

pub(super) fn cases() -> Vec<Case> {
    [dots(), escapes(), separators(), look_alikes(), forms(), sizes()].concat()
}

fn dots() -> Vec<Case> {
    let dot = Refused(400, "dot_segment");
    vec![
        get(1, "dot segment", b"/v1/customers/../notes/{id}", dot),
        get(1, "dot segments from the root", b"/../v1/notes/{id}", dot),
        get(
            1,
            "dot segments to the key's own token",
            b"/v1/customers/{id}/../../auth/tokens/current",
            dot,
        ),
        get(
            1,
            "dot segment into the gateway's own pages",
            b"/_kustodian/../v1/notes",
            Own(404, "no_such_page"),
        ),
        get(2, "encoded dots", b"/v1/customers/%2e%2e/notes/{id}", dot),
        get(2, "half encoded dots", b"/v1/customers/.%2e/notes/{id}", dot),
        get(2, "other half, in capitals", b"/v1/customers/%2E./notes/{id}", dot),
        get(3, "dots with a parameter", b"/v1/customers/..;/notes/{id}", dot),
        get(3, "dots with a parameter and a value", b"/v1/customers/..;a=b/notes/{id}", dot),
        get(3, "encoded dots with a parameter", b"/v1/customers/%2e%2e;x/notes/{id}", dot),
        get(3, "encoded dots, encoded parameter", b"/v1/customers/%2e%2e%3bx/notes/{id}", dot),
        get(18, "a dot behind a name", b"/v1/customers/{id}.", UNKNOWN),
        get(18, "a file name", b"/v1/customers/{id}.json", UNKNOWN),
        get(24, "a single dot", b"/v1/customers/.", dot),
        get(24, "two dots at the end", b"/v1/customers/..", dot),
        get(24, "three dots", b"/v1/customers/...", UNKNOWN),
        get(24, "dots in a name, CVE-2026-48020", b"/v1/customers../notes/{id}", UNKNOWN),
        get(24, "encoded dots in a name, CVE-2026-48020", b"/v1/customers%2e%2e/notes", ESCAPED),
        get(24, "an encoded dot in a name, CVE-2026-40912", b"/v1%2e/customers", ESCAPED),
        get(
            24,
            "dots within a value that may hold a slash",
            b"/v1/customers/externalId=a%2F..%2F..%2Fnotes",
            dot,
        ),
    ]
}

fn escapes() -> Vec<Case> {
    let (utf8, malformed) = (Refused(400, "not_utf8"), Refused(400, "malformed_escape"));
    let (double, control) = (Refused(400, "double_encoding"), Refused(400, "control_character"));
    let separator = Refused(400, "encoded_separator");
    vec![
        get(4, "encoded slash, CVE-2021-29492", b"/v1/customers%2fnotes", separator),
        get(4, "encoded slash behind dots", b"/v1/customers/..%2fnotes", separator),
        get(4, "encoded slashes around dots", b"/v1/customers%2f..%2fnotes", separator),
        get(
            4,
            "encoded slash in a value that takes none",
            b"/v1/customers/email=a%2fnotes",
            separator,
        ),
        get(5, "dots encoded twice", b"/v1/customers/%252e%252e/notes", double),
        get(5, "slash encoded twice", b"/v1/customers%252fnotes", double),
        get(6, "overlong dot, two bytes", b"/v1/customers/%c0%ae%c0%ae/notes", utf8),
        get(6, "overlong slash, two bytes", b"/v1/customers%c0%afnotes", utf8),
        get(6, "overlong slash, three bytes", b"/v1/customers%e0%80%afnotes", utf8),
        get(7, "an escape of four digits", b"/v1/customers/%u002e%u002e/notes", malformed),
        get(8, "an escape of no digits", b"/v1/customers/%zz", malformed),
        get(8, "an escape at the end", b"/v1/customers/{id}%", malformed),
        get(8, "an escape of one digit", b"/v1/customers/{id}%4", malformed),
        get(9, "an encoded NUL", b"/v1/customers/{id}%00", control),
        get(9, "an encoded NUL cuts a name off", b"/v1/notes%00/customers", control),
        get(9, "a raw NUL", b"/v1/customers/{id}\0", Unread(400)),
        get(10, "an encoded line end and a header", b"/v1/customers/{id}%0d%0aX:%201", control),
        get(10, "an encoded line feed", b"/v1/customers/email=a%0a", control),
        get(10, "an encoded tab", b"/v1/customers/email=a%09", control),
        get(10, "an encoded delete", b"/v1/customers/email=a%7f", control),
        get(10, "an encoded next line, U+0085", b"/v1/customers/email=a%c2%85", control),
        get(22, "a letter encoded", b"/v1/%63ustomers/{id}", ESCAPED),
        get(22, "a digit of an id encoded", b"/v1/customers/%35f1a2b3c4d5e6f708192a3b4", ESCAPED),
        get(
            22,
            "a letter encoded hides a literal, CVE-2026-27587",
            b"/v1/users/%63urrent",
            ESCAPED,
        ),
        get(23, "an encoded question mark", b"/v1/customers/{id}%3fadmin=1", separator),
        get(23, "an encoded hash", b"/v1/customers/{id}%23x", separator),
        get(
            23,
            "an encoded question mark where data may hold one",
            b"/v1/customers/externalId=a%3Fb",
            Read("/v1/customers/externalId=a%3Fb"),
        ),
    ]
}

fn separators() -> Vec<Case> {
    let (backslash, empty) = (Refused(400, "backslash"), Refused(400, "empty_segment"));
    vec![
        get(11, "backslashes", b"/v1/customers\\..\\notes", backslash),
        get(11, "encoded backslashes", b"/v1/customers/%5c..%5cnotes", backslash),
        get(12, "wide dots", b"/v1/customers/%ef%bc%8e%ef%bc%8e/notes", ESCAPED),
        get(12, "a wide slash", b"/v1/customers%ef%bc%8fnotes", ESCAPED),
        get(
            12,
            "a wide slash as data",
            b"/v1/customers/email=a%ef%bc%8fb",
            Read("/v1/customers/email=a%ef%bc%8fb"),
        ),
        get(13, "raw UTF-8", b"/v1/customers/email=ad\xc3\xa9", Refused(400, "not_ascii")),
        get(13, "raw high bytes", b"/v1/customers/\xc0\xae\xc0\xae/notes", Unread(400)),
        get(
            14,
            "a fragment, CVE-2021-32779",
            b"/v1/customers/{id}#/notes",
            Read("/v1/customers/{id}"),
        ),
        get(
            14,
            "a fragment behind another path",
            b"/v1/notes#/v1/customers",
            Refused(403, "not_granted"),
        ),
        get(15, "two slashes at the front, CVE-2021-31920", b"//v1/customers", empty),
        get(15, "two slashes within", b"/v1//customers", empty),
        get(15, "two slashes at the end", b"/v1/customers/{id}//", empty),
        get(16, "a host for a path", b"//evil.example/v1/customers", empty),
        get(17, "a slash at the end", b"/v1/customers/{id}/", empty),
        get(18, "an encoded space behind an id", b"/v1/customers/{id}%20", ESCAPED),
        get(
            18,
            "an encoded tab behind an id",
            b"/v1/customers/{id}%09",
            Refused(400, "control_character"),
        ),
        get(21, "a parameter on a name", b"/v1/customers;a=b/{id}", Refused(400, "semicolon")),
        get(
            21,
            "an encoded parameter on an id",
            b"/v1/customers/{id}%3ba=b",
            Refused(400, "semicolon"),
        ),
        get(31, "no slash at the front", b"v1/customers", Unread(400)).http2(Closed),
        get(31, "a space in the target", b"/v1/customers /{id}", Unread(400)),
        get(31, "a tab in the target", b"/v1/customers\t{id}", Unread(400)),
        get(31, "a carriage return in the target", b"/v1/customers\rX: y", Unread(400)),
        get(31, "a line feed in the target", b"/v1/customers\nX: y", Unread(400)).http2(Closed),
    ]
}

fn look_alikes() -> Vec<Case> {
    vec![
        get(19, "other case", b"/V1/Customers", UNKNOWN),
        get(19, "other case of one segment", b"/v1/customers/BULK", UNKNOWN),
        get(20, "a longer name", b"/v1/customers-export", UNKNOWN),
        get(20, "a longer name without a mark", b"/v1/customersX", UNKNOWN),
        get(
            20,
            "a permitted path goes on",
            b"/v1/customers/{id}/notes",
            Refused(403, "not_granted"),
        ),
        get(25, "a literal is no id", b"/v1/customers/search", UNKNOWN),
        get(25, "a literal of another method is no id", b"/v1/customers/bulk", UNKNOWN),
        line(
            25,
            "an update of `bulk` is not an update of one",
            b"PUT",
            b"/v1/customers/bulk",
            Refused(403, "level_too_low"),
        ),
        line(
            25,
            "a delete of `bulk`",
            b"DELETE",
            b"/v1/customers/bulk?ids={id}",
            Refused(403, "level_too_low"),
        ),
        get(25, "a prefix is no id", b"/v1/customers/email=", UNKNOWN),
        get(25, "an unknown prefix is no id", b"/v1/customers/name=x", UNKNOWN),
        get(
            25,
            "the key's own description",
            b"/v1/auth/tokens/current",
            Refused(403, "not_granted"),
        ),
        line(
            25,
            "the key's own end",
            b"DELETE",
            b"/v1/auth/tokens/current",
            Refused(403, "not_granted"),
        ),
    ]
}

fn forms() -> Vec<Case> {
    let form = Refused(400, "target_form");
    let method = Refused(405, "method_not_allowed");
    vec![
        // Over HTTP/2 these are the value of `:path`, which is then no path.
        get(26, "absolute form, another host", b"http://evil.example/v1/customers", form)
            .http2(Closed),
        get(26, "absolute form, the real host", b"https://acme.api.kustomerapp.com/v1/notes", form)
            .http2(Closed),
        get(26, "absolute form, the gateway's own page", b"http://gateway/_kustodian/access", form)
            .http2(Closed),
        get(27, "absolute form with a user", b"http://a:b@gateway/v1/customers", form)
            .http2(Closed),
        get(28, "authority form", b"evil.example:443", form).http2(Closed),
        line(29, "OPTIONS *", b"OPTIONS", b"*", method),
        get(29, "GET *", b"*", Refused(400, "no_leading_slash")),
        get(29, "nothing but a query", b"?a=b", Unread(400))
            .http2(Refused(403, "unknown_operation")),
        raw(29, "no target", b"GET HTTP/1.1\r\nhost: gateway\r\n\r\n", &[Unread(400)]),
        raw(
            29,
            "two targets",
            b"GET /v1/customers /v1/notes HTTP/1.1\r\nhost: gateway\r\n\r\n",
            &[Unread(400)],
        ),
    ]
}

fn sizes() -> Vec<Case> {
    let long = [b"/v1/customers/email=" as &[u8], &[b'a'; 4096]].concat();
    let longest = [b"/v1/customers/email=" as &[u8], &b"a".repeat(70_000)].concat();
    let pairs = [b"/v1/customers?" as &[u8], &b"a=b&".repeat(101)].concat();
    vec![
        get(30, "a path of more than 4 KiB", &long, Refused(414, "path_too_long")),
        get(30, "a path of 70 kB", &longest, Unread(431)),
        get(30, "65 segments", &b"/a".repeat(65), Refused(414, "too_many_segments")),
        get(30, "102 pairs", &pairs, Refused(414, "query_too_long")),
    ]
}
