//! What a row of the tables says: what is sent, and what must come of it.

use super::frames::Frames;
use crate::support::world::ID;

/// One attack.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// Which kind of attack it is, by its number in docs/security.md.
    pub(crate) number: u8,
    pub(crate) name: &'static str,
    pub(crate) sends: Sends,
    /// Over HTTP/1.1, one for each answer.
    pub(crate) then: Vec<Then>,
    /// Over HTTP/2, where that differs.
    over_http2: Option<Vec<Then>>,
}

/// What is sent. `{id}` stands for a customer's id, `{token}` for the agent's token, and `{key}` for the
/// real key.
#[derive(Debug, Clone)]
pub(crate) enum Sends {
    /// A method, a target, further headers and a body, over HTTP/1.1 and over HTTP/2.
    Request {
        method: &'static [u8],
        target: Vec<u8>,
        headers: Vec<(&'static [u8], &'static [u8])>,
        body: &'static [u8],
    },
    /// Every byte of it, over HTTP/1.1.
    Bytes(Vec<u8>),
    /// Every frame of it, over HTTP/2.
    Frames(fn(Frames) -> Frames),
}

/// What must come of one request: for the agent, for Kustomer, on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// The gateway refuses with this status and code, Kustomer sees nothing, one record has the code.
    Refused(u16, &'static str),
    /// The same without a body, as HEAD has it.
    Mute(u16, &'static str),
    /// The same with 401; the record alone knows this reason.
    Unproven(&'static str),
    /// The policy permits the read: Kustomer sees a GET of exactly this, one record says so.
    Read(&'static str),
    /// The policy permits the write: Kustomer sees exactly this body, one record says so.
    Wrote(&'static str),
    /// The body of the write does not come: its refusal is on record, and Kustomer sees nothing.
    Broke,
    /// The same over HTTP/2, where the stream is closed without an answer.
    Torn,
    /// It is told to go on with its body.
    Continue,
    /// HTTP itself refuses it, with this status or a word less: there is no request to put on record.
    Unread(u16),
    /// The same by closing the connection, or over HTTP/2 the stream, without an answer.
    Closed,
    /// It is about the gateway's own pages, with this status and code: nothing is put on record.
    Own(u16, &'static str),
}

impl Then {
    /// What Kustomer must see whole: the first line, and the body.
    pub(crate) fn sent(self, words: Words<'_>) -> Option<(String, String)> {
        let line = |line: &str| format!("{} HTTP/1.1", words.fill_text(line));
        match self {
            Self::Read(target) => Some((line(&format!("GET {target}")), String::new())),
            Self::Wrote(body) => Some((line("PUT /v1/customers/{id}"), body.to_owned())),
            Self::Broke
            | Self::Torn
            | Self::Refused(..)
            | Self::Mute(..)
            | Self::Unproven(_)
            | Self::Continue
            | Self::Unread(_)
            | Self::Closed
            | Self::Own(..) => None,
        }
    }
}

impl Case {
    fn new(number: u8, name: &'static str, sends: Sends, then: &[Then]) -> Self {
        Self { number, name, sends, then: then.to_vec(), over_http2: None }
    }

    /// The target, where the row is made of one.
    pub(crate) fn target(&self) -> Option<&[u8]> {
        let Sends::Request { target, .. } = &self.sends else { return None };
        Some(target)
    }

    /// The names of the headers that it adds to an honest request.
    pub(crate) fn adds(&self) -> Vec<String> {
        let Sends::Request { headers, .. } = &self.sends else { return Vec::new() };
        headers.iter().map(|(name, _)| String::from_utf8_lossy(name).into_owned()).collect()
    }

    /// What must come of it over HTTP/2, where that differs.
    pub(super) fn http2(self, then: Then) -> Self {
        Self { over_http2: Some(vec![then]), ..self }
    }

    /// What must come of it over HTTP/2. What HTTP/1.1 cannot read, HTTP/2 cannot either.
    pub(crate) fn then_http2(&self) -> Vec<Then> {
        let same = |then: &Then| if matches!(then, Then::Unread(_)) { Then::Closed } else { *then };
        self.over_http2.clone().unwrap_or_else(|| self.then.iter().map(same).collect())
    }
}

/// A row that asks for a target by GET.
pub(super) fn get(number: u8, name: &'static str, target: &[u8], then: Then) -> Case {
    line(number, name, b"GET", target, then)
}

/// A row that asks for a target by any method.
pub(super) fn line(
    number: u8,
    name: &'static str,
    method: &'static [u8],
    target: &[u8],
    then: Then,
) -> Case {
    let target = target.to_vec();
    let sends = Sends::Request { method, target, headers: Vec::new(), body: b"" };
    Case::new(number, name, sends, &[then])
}

/// A row that makes a permitted read with one more header.
pub(super) fn header(
    number: u8,
    title: &'static str,
    name: &'static [u8],
    value: &'static [u8],
    then: Then,
) -> Case {
    headers(number, title, &[(name, value)], then)
}

/// A row that makes a permitted read with more headers.
pub(super) fn headers(
    number: u8,
    name: &'static str,
    headers: &[(&'static [u8], &'static [u8])],
    then: Then,
) -> Case {
    let (target, headers) = (b"/v1/customers/{id}".to_vec(), headers.to_vec());
    Case::new(number, name, Sends::Request { method: b"GET", target, headers, body: b"" }, &[then])
}

/// A row that makes a permitted write with more headers; its body is framed as it should be.
pub(super) fn write(
    number: u8,
    name: &'static str,
    headers: &[(&'static [u8], &'static [u8])],
    body: &'static str,
    then: Then,
) -> Case {
    let target = b"/v1/customers/{id}".to_vec();
    let (headers, body) = (headers.to_vec(), body.as_bytes());
    Case::new(number, name, Sends::Request { method: b"PUT", target, headers, body }, &[then])
}

/// A row that sends these bytes and nothing else.
pub(super) fn raw(number: u8, name: &'static str, bytes: &[u8], then: &[Then]) -> Case {
    Case::new(number, name, Sends::Bytes(bytes.to_vec()), then)
}

/// A row that begins as a permitted read; its other headers, and what follows them, are the row's.
pub(super) fn read(number: u8, name: &'static str, rest: &[u8], then: &[Then]) -> Case {
    raw(number, name, &[READ, rest].concat(), then)
}

/// A row that begins as a permitted write; its other headers, and what follows them, are the row's.
pub(super) fn put(number: u8, name: &'static str, rest: &[u8], then: &[Then]) -> Case {
    raw(number, name, &[PUT, rest].concat(), then)
}

/// A row of HTTP/2 alone.
pub(super) fn frames(
    number: u8,
    name: &'static str,
    frames: fn(Frames) -> Frames,
    then: Then,
) -> Case {
    Case::new(number, name, Sends::Frames(frames), &[then])
}

/// How a permitted read begins.
pub(super) const READ: &[u8] = b"GET /v1/customers/{id} HTTP/1.1\r\nhost: gateway\r\n\
    authorization: Bearer {token}\r\n";

/// How a permitted write begins.
const PUT: &[u8] = b"PUT /v1/customers/{id} HTTP/1.1\r\nhost: gateway\r\n\
    authorization: Bearer {token}\r\ncontent-type: application/json\r\n";

/// What the words in braces stand for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words<'w> {
    pub(crate) token: &'w str,
    pub(crate) key: &'w str,
}

impl Words<'_> {
    /// The bytes with every word in braces replaced.
    pub(crate) fn fill(self, bytes: &[u8]) -> Vec<u8> {
        let words: [(&[u8], &str); 3] =
            [(b"{id}", ID), (b"{token}", self.token), (b"{key}", self.key)];
        let mut filled = Vec::with_capacity(bytes.len() + 64);
        let mut rest = bytes;
        while let [first, behind @ ..] = rest {
            if let Some((word, text)) = words.iter().find(|(word, _)| rest.starts_with(word)) {
                filled.extend_from_slice(text.as_bytes());
                rest = &rest[word.len()..];
            } else {
                filled.push(*first);
                rest = behind;
            }
        }
        filled
    }

    /// The words in braces again, for people to read.
    pub(crate) fn hide(self, text: &str) -> String {
        text.replace(ID, "{id}").replace(self.token, "{token}").replace(self.key, "{key}")
    }

    /// The same for text.
    pub(crate) fn fill_text(self, text: &str) -> String {
        String::from_utf8_lossy(&self.fill(text.as_bytes())).into_owned()
    }
}

impl Sends {
    /// The bytes for HTTP/1.1; none where the row is of HTTP/2 alone.
    pub(crate) fn http1(&self, words: Words<'_>) -> Option<Vec<u8>> {
        let bytes = match self {
            Self::Frames(_) => return None,
            Self::Bytes(bytes) => bytes.clone(),
            Self::Request { method, target, headers, body } => {
                let mut bytes = [method, b" " as &[u8], target].concat();
                bytes.extend_from_slice(b" HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n");
                if !headers.iter().any(|(name, _)| *name == b"authorization") {
                    bytes.extend_from_slice(b"authorization: Bearer {token}\r\n");
                }
                for (name, value) in headers {
                    bytes.extend_from_slice(&[name, b": " as &[u8], value, b"\r\n"].concat());
                }
                if !body.is_empty() {
                    let length = format!("content-length: {}\r\n", body.len());
                    bytes.extend_from_slice(length.as_bytes());
                }
                [&bytes, b"\r\n" as &[u8], body].concat()
            }
        };
        Some(words.fill(&bytes))
    }

    /// The bytes for HTTP/2; none where the row is of HTTP/1.1 alone.
    pub(crate) fn http2(&self, words: Words<'_>) -> Option<Frames> {
        let start = Frames::start(words.token);
        match self {
            Self::Bytes(_) => None,
            Self::Frames(frames) => Some(frames(start)),
            Self::Request { method, target, headers, body } => {
                let target = words.fill(target);
                let mut fields: Vec<(&[u8], Vec<u8>)> = vec![
                    (b":method", method.to_vec()),
                    (b":scheme", b"http".to_vec()),
                    (b":authority", b"gateway".to_vec()),
                    (b":path", target),
                ];
                if !headers.iter().any(|(name, _)| *name == b"authorization") {
                    fields.push((b"authorization", words.fill(b"Bearer {token}")));
                }
                let more = headers.iter().map(|(name, value)| (*name, words.fill(value)));
                fields.extend(more);
                let frames = start.headers(&fields, body.is_empty());
                Some(if body.is_empty() { frames } else { frames.data(body, true) })
            }
        }
    }
}
