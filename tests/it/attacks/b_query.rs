//! Section B: the query. It goes up as it came, or not at all.

use super::case::Then::{Read, Refused};
use super::case::{Case, get, line};

pub(super) fn cases() -> Vec<Case> {
    [spellings(), smuggled()].concat()
}

/// What has one meaning goes up byte for byte, GHSA-r8x2.
fn spellings() -> Vec<Case> {
    let (query, long) = (Refused(400, "illegal_query"), Refused(414, "query_too_long"));
    vec![
        get(
            32,
            "one key twice",
            b"/v1/customers?page=1&page=2",
            Read("/v1/customers?page=1&page=2"),
        ),
        get(
            32,
            "keys of a list",
            b"/v1/customers?a[]=1&a[0]=2",
            Read("/v1/customers?a[]=1&a[0]=2"),
        ),
        get(33, "a semicolon is data", b"/v1/customers?a=1;b=2", Read("/v1/customers?a=1;b=2")),
        get(
            34,
            "a name that is encoded",
            b"/v1/customers?%70age=1",
            Read("/v1/customers?%70age=1"),
        ),
        get(
            34,
            "spaces of both kinds",
            b"/v1/customers?a=b+c%20d",
            Read("/v1/customers?a=b+c%20d"),
        ),
        get(36, "an empty query", b"/v1/customers?", Read("/v1/customers?")),
        get(36, "empty pairs", b"/v1/customers?&&", Read("/v1/customers?&&")),
        get(36, "a value without a name", b"/v1/customers?=x", Read("/v1/customers?=x")),
        get(
            38,
            "marks that libraries encode",
            b"/v1/customers?a={}|^`'\\",
            Read("/v1/customers?a={}|^`'\\"),
        ),
        get(
            38,
            "dots and slashes are data",
            b"/v1/customers?a=/../..//%2e%2e%2f",
            Read("/v1/customers?a=/../..//%2e%2e%2f"),
        ),
        get(
            38,
            "escapes in small and capital letters",
            b"/v1/customers?a=%2f%2F",
            Read("/v1/customers?a=%2f%2F"),
        ),
        get(38, "a second question mark", b"/v1/customers?a=?b", Read("/v1/customers?a=?b")),
        get(37, "an encoded NUL", b"/v1/customers?a=%00", query),
        get(37, "an encoded line end", b"/v1/customers?a=%0d%0aX:1", query),
        get(37, "an encoded escape character in a name", b"/v1/customers?%1ba=1", query),
        get(37, "bytes that are no UTF-8", b"/v1/customers?a=%ff%fe", query),
        get(37, "an overlong dot", b"/v1/customers?a=%c0%ae", query),
        get(37, "raw UTF-8", b"/v1/customers?a=\xc3\xa9", query),
        get(37, "a broken escape", b"/v1/customers?a=%zz", query),
        get(30, "101 empty pairs", &[b"/v1/customers?" as &[u8], &[b'&'; 101]].concat(), long),
    ]
}

fn smuggled() -> Vec<Case> {
    let (method, key) = (Refused(400, "method_override"), Refused(400, "credential_in_target"));
    vec![
        line(35, "another method", b"PUT", b"/v1/customers/{id}?_method=DELETE", method),
        line(
            35,
            "another method, name encoded",
            b"PUT",
            b"/v1/customers/{id}?%5Fmethod=DELETE",
            method,
        ),
        line(
            35,
            "another method, name encoded twice",
            b"PUT",
            b"/v1/customers/{id}?%255Fmethod=DELETE",
            method,
        ),
        line(
            35,
            "another method, in capitals",
            b"PUT",
            b"/v1/customers/{id}?_METHOD=DELETE",
            method,
        ),
        line(
            33,
            "another method behind a semicolon",
            b"PUT",
            b"/v1/customers/{id}?a=b;_method=DELETE",
            method,
        ),
        get(35, "an API key", b"/v1/customers?api_key=x", key),
        get(35, "an access token", b"/v1/customers?access_token=x", key),
        get(35, "an API key, name encoded", b"/v1/customers?%61pi_key=x", key),
        get(35, "the agent's own token", b"/v1/customers?q={token}", key),
        get(35, "the real key", b"/v1/customers?q={key}", key),
        get(35, "the agent's own token in the path", b"/v1/customers/email={token}", key),
        get(
            34,
            "a key that only looks like one of ours",
            b"/v1/customers?my_method=DELETE",
            Read("/v1/customers?my_method=DELETE"),
        ),
    ]
}
