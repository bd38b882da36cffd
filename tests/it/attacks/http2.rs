//! What only HTTP/2 can say: pseudo headers, names and values that HTTP/1.1 has no bytes for.

use super::case::Then::{Closed, Read, Refused, Torn, Wrote};
use super::case::{Case, Then, frames};
use super::frames::{END_HEADERS, END_STREAM, Field, Frames, block, kind};

const READ: Then = Read("/v1/customers/{id}");
const WRITE: Then = Wrote("{\"name\":\"a\"}");

pub(super) fn cases() -> Vec<Case> {
    [pseudo(), names_and_values(), hosts(), bodies(), heads()].concat()
}

/// Adds a field behind the others.
fn add(to: Frames, name: &'static [u8], value: &[u8]) -> Frames {
    to.read(|fields| fields.push((name, value.to_vec())))
}

/// Puts a field before the others.
fn lead(to: Frames, name: &'static [u8], value: &[u8]) -> Frames {
    to.read(|fields| fields.insert(0, (name, value.to_vec())))
}

/// Changes the value of a field, by its place: method, scheme, authority, path, authorization.
fn set(to: Frames, place: usize, value: &[u8]) -> Frames {
    to.read(|fields: &mut Vec<Field<'static>>| value.clone_into(&mut fields[place].1))
}

fn without(to: Frames, place: usize) -> Frames {
    to.read(|fields| drop(fields.remove(place)))
}

fn pseudo() -> Vec<Case> {
    vec![
        frames(73, "an honest read", |to| to.read(|_| ()), READ),
        frames(73, ":path without a slash", |to| set(to, 3, b"v1/customers"), Closed),
        frames(73, ":path that is a URL", |to| set(to, 3, b"http://evil.example/v1"), Closed),
        frames(73, ":path that is empty", |to| set(to, 3, b""), Closed),
        frames(73, ":path with a space", |to| set(to, 3, b"/v1/customers /x"), Closed),
        frames(73, ":path with a line end", |to| set(to, 3, b"/v1\r\nx: y"), Closed),
        frames(73, "no :path", |to| without(to, 3), Closed),
        frames(73, "two of :path", |to| lead(to, b":path", b"/v1/notes"), Closed),
        frames(73, "no :method", |to| without(to, 0), Closed),
        frames(73, "two of :method", |to| lead(to, b":method", b"DELETE"), Closed),
        frames(73, ":method with a space", |to| set(to, 0, b"GET /v1/notes HTTP/1.1"), Closed),
        frames(73, ":method with a line end", |to| set(to, 0, b"GET\r\nx: y"), Closed),
        frames(73, "no :scheme", |to| without(to, 1), Closed),
        frames(73, "two of :scheme", |to| lead(to, b":scheme", b"https"), Closed),
        frames(73, "a :scheme that is a path", |to| set(to, 1, b"http://evil/"), Closed),
        frames(73, "a :scheme that nobody knows", |to| set(to, 1, b"file"), READ),
        frames(73, "two of :authority", |to| lead(to, b":authority", b"evil.example"), Closed),
        frames(73, ":authority with a path", |to| set(to, 2, b"gateway/v1/notes"), Closed),
        frames(73, ":authority with a line end", |to| set(to, 2, b"gateway\r\nx: y"), Closed),
        frames(73, "a pseudo header behind others", |to| add(to, b":path", b"/v1/notes"), Closed),
        frames(73, "a pseudo header of nobody's", |to| lead(to, b":x", b"y"), Closed),
        frames(73, "a status in a request", |to| lead(to, b":status", b"200"), Closed),
    ]
}

fn names_and_values() -> Vec<Case> {
    vec![
        frames(73, "a name in capitals", |to| add(to, b"Accept", b"a/b"), Closed),
        frames(73, "Authorization in capitals", |to| add(to, b"Authorization", b"x"), Closed),
        frames(73, "an empty name", |to| add(to, b"", b"x"), Closed),
        frames(73, "a colon in a name", |to| add(to, b"x:y", b"x"), Closed),
        frames(73, "a line end in a name", |to| add(to, b"x\r\ny", b"x"), Closed),
        frames(73, "a line end in a value", |to| add(to, b"accept", b"a/b\r\nx-y: z"), Closed),
        frames(73, "a line feed in a value", |to| add(to, b"accept", b"a/b\nx-y: z"), Closed),
        frames(73, "a NUL in a value", |to| add(to, b"accept", b"a\0b"), Closed),
        frames(73, "Connection", |to| add(to, b"connection", b"close"), Closed),
        frames(73, "Keep-Alive", |to| add(to, b"keep-alive", b"x"), Closed),
        frames(73, "Proxy-Connection", |to| add(to, b"proxy-connection", b"x"), Closed),
        frames(73, "Upgrade", |to| add(to, b"upgrade", b"h2c"), Closed),
        frames(73, "Transfer-Encoding", |to| add(to, b"transfer-encoding", b"chunked"), Closed),
        frames(73, "TE: gzip", |to| add(to, b"te", b"gzip"), Closed),
        frames(
            73,
            "a cookie in crumbs",
            |to| {
                to.read(|fields| {
                    fields.push((b"cookie", b"a=b".to_vec()));
                    fields.push((b"cookie", b"c=d".to_vec()));
                })
            },
            READ,
        ),
    ]
}

fn hosts() -> Vec<Case> {
    let (two, illegal) = (Refused(400, "host_ambiguous"), Refused(400, "host_illegal"));
    let both = |to: Frames| {
        to.read(|fields| {
            fields.push((b"host", b"gateway".to_vec()));
            fields.push((b"host", b"evil.example".to_vec()));
        })
    };
    let instead = |to: Frames| {
        to.read(|fields| {
            fields.remove(2);
            fields.push((b"host", b"gateway".to_vec()));
        })
    };
    vec![
        frames(55, "another than :authority", |to| add(to, b"host", b"evil.example"), two),
        frames(55, "two beside :authority", both, two),
        frames(55, "a user in :authority", |to| set(to, 2, b"gateway@evil.example"), illegal),
        frames(55, "no :authority", |to| without(to, 2), Refused(400, "host_missing")),
        frames(56, "in place of :authority", instead, READ),
        frames(56, "the same in capitals", |to| add(to, b"host", b"GATEWAY"), READ),
    ]
}

/// A write whose head says these lengths of its body.
fn with_lengths(to: Frames, lengths: &[&[u8]]) -> Frames {
    let lengths = lengths.iter().map(|length| (b"content-length" as &[u8], length.to_vec()));
    to.write(|fields| fields.extend(lengths)).data(BODY, true)
}

/// A write whose body has these trailers.
fn with_trailer(to: Frames, name: &'static [u8], value: &[u8]) -> Frames {
    to.write(|_| ()).data(BODY, false).trailers(&[(name, value.to_vec())])
}

fn bodies() -> Vec<Case> {
    let get = |to: Frames| {
        let fields = to.fields(b"GET");
        to.headers(&fields, false).data(b"{}", true)
    };
    let authorization = |to| with_trailer(to, b"authorization", b"Bearer x");
    vec![
        frames(73, "an honest write", |to| to.write(|_| ()).data(BODY, true), WRITE),
        // The head is a request; that its body is another only shows when it has come.
        frames(64, "a length of less than the body", |to| with_lengths(to, &[b"2"]), Torn),
        frames(64, "a length of more than the body", |to| with_lengths(to, &[b"99"]), Torn),
        frames(64, "two lengths", |to| with_lengths(to, &[b"12", b"2"]), Closed),
        frames(64, "one length twice", |to| with_lengths(to, &[b"12", b"12"]), REPEATED),
        frames(70, "a GET with a body", get, Refused(400, "body_not_allowed")),
        frames(69, "Authorization in a trailer", authorization, WRITE),
        frames(69, "a path in a trailer", |to| with_trailer(to, b":path", b"/v1/notes"), WRITE),
    ]
}

/// Heads in other frames than the usual.
fn heads() -> Vec<Case> {
    vec![
        frames(73, "a head in two pieces", in_two_pieces, READ),
        frames(73, "another frame within a head", interrupted, Closed),
        frames(73, "a head that is no HPACK", |to| head(to, WHOLE, 1, &[0xff; 16]), Closed),
        frames(73, "a stream of the other side's", of_the_other_side, Closed),
    ]
}

fn head(to: Frames, flags: u8, stream: u32, block: &[u8]) -> Frames {
    to.opened().frame(kind::HEADERS, flags, stream, block)
}

fn in_two_pieces(to: Frames) -> Frames {
    let block = block(&to.fields(b"GET"));
    let (first, second) = block.split_at(block.len() / 2);
    head(to, END_STREAM, 1, first).frame(kind::CONTINUATION, END_HEADERS, 1, second)
}

fn interrupted(to: Frames) -> Frames {
    let block = block(&to.fields(b"GET"));
    head(to, END_STREAM, 1, &block).frame(kind::PING, 0, 0, &[0; 8])
}

fn of_the_other_side(to: Frames) -> Frames {
    let block = block(&to.fields(b"GET"));
    head(to, WHOLE, 2, &block)
}

const REPEATED: Then = Refused(400, "header_repeated");
/// The flags of a head that is a whole request.
const WHOLE: u8 = END_STREAM | END_HEADERS;
const BODY: &[u8] = b"{\"name\":\"a\"}";
