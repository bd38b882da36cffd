//! Frames of HTTP/2, written by hand: no library sends what an attacker sends.

use crate::support::world::ID;

/// A frame's type.
pub(crate) mod kind {
    pub(crate) const DATA: u8 = 0;
    pub(crate) const HEADERS: u8 = 1;
    pub(crate) const RST_STREAM: u8 = 3;
    pub(crate) const SETTINGS: u8 = 4;
    pub(crate) const PING: u8 = 6;
    pub(crate) const GOAWAY: u8 = 7;
    pub(crate) const WINDOW_UPDATE: u8 = 8;
    pub(crate) const CONTINUATION: u8 = 9;
}

/// Flags.
pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;
pub(crate) const ACK: u8 = 1;

/// What a client sends, as far as it is written.
#[derive(Debug, Clone)]
pub(crate) struct Frames {
    pub(crate) bytes: Vec<u8>,
    /// The stream that the next request opens.
    next: u32,
    token: String,
}

/// A field of a header block: a name in small letters, and a value.
pub(crate) type Field<'f> = (&'f [u8], Vec<u8>);

impl Frames {
    /// A connection's first words: the preface and empty settings.
    pub(crate) fn start(token: &str) -> Self {
        let bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
        let start = Self { bytes, next: 1, token: token.to_owned() };
        start.frame(kind::SETTINGS, 0, 0, &[])
    }

    /// Any frame.
    pub(crate) fn frame(mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Self {
        let length = u32::try_from(payload.len()).expect("a frame's length").to_be_bytes();
        self.bytes.extend_from_slice(&length[1..]);
        self.bytes.extend_from_slice(&[kind, flags]);
        self.bytes.extend_from_slice(&stream.to_be_bytes());
        self.bytes.extend_from_slice(payload);
        self
    }

    /// Opens a stream with these fields.
    pub(crate) fn headers(mut self, fields: &[Field<'_>], ends: bool) -> Self {
        let stream = self.next;
        self.next += 2;
        let flags = END_HEADERS | if ends { END_STREAM } else { 0 };
        self.frame(kind::HEADERS, flags, stream, &block(fields))
    }

    /// Opens a stream with a permitted read whose fields are changed.
    pub(crate) fn read(self, change: impl FnOnce(&mut Vec<Field<'static>>)) -> Self {
        let mut fields = self.fields(b"GET");
        change(&mut fields);
        self.headers(&fields, true)
    }

    /// Opens a stream with the head of a permitted write whose fields are changed.
    pub(crate) fn write(self, change: impl FnOnce(&mut Vec<Field<'static>>)) -> Self {
        let mut fields = self.fields(b"PUT");
        fields.push((b"content-type", b"application/json".to_vec()));
        change(&mut fields);
        self.headers(&fields, false)
    }

    /// The fields of a request to the customer that the agent may read and change.
    pub(crate) fn fields(&self, method: &[u8]) -> Vec<Field<'static>> {
        vec![
            (b":method", method.to_vec()),
            (b":scheme", b"http".to_vec()),
            (b":authority", b"gateway".to_vec()),
            (b":path", format!("/v1/customers/{ID}").into_bytes()),
            (b"authorization", format!("Bearer {}", self.token).into_bytes()),
        ]
    }

    /// Counts a stream that is opened frame by frame.
    pub(crate) fn opened(mut self) -> Self {
        self.next += 2;
        self
    }

    /// A piece of the body of the stream opened last.
    pub(crate) fn data(self, bytes: &[u8], ends: bool) -> Self {
        let stream = self.last();
        self.frame(kind::DATA, if ends { END_STREAM } else { 0 }, stream, bytes)
    }

    /// Trailers of the stream opened last.
    pub(crate) fn trailers(self, fields: &[Field<'_>]) -> Self {
        let stream = self.last();
        self.frame(kind::HEADERS, END_HEADERS | END_STREAM, stream, &block(fields))
    }

    /// Gives up the stream opened last.
    pub(crate) fn reset(self) -> Self {
        let stream = self.last();
        self.frame(kind::RST_STREAM, 0, stream, &8_u32.to_be_bytes())
    }

    /// The stream opened last.
    pub(crate) fn last(&self) -> u32 {
        self.next.saturating_sub(2)
    }

    /// How many streams were opened.
    pub(crate) fn streams(&self) -> u32 {
        self.next / 2
    }
}

/// A header block of literals that nobody need remember, each byte as it is.
pub(crate) fn block(fields: &[Field<'_>]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0);
        text(&mut block, name);
        text(&mut block, value);
    }
    block
}

/// A text with its length, RFC 7541 section 5.1, without Huffman's code.
fn text(block: &mut Vec<u8>, text: &[u8]) {
    let byte = |number: usize| u8::try_from(number).expect("at most 255");
    if text.len() < 127 {
        block.push(byte(text.len()));
    } else {
        block.push(127);
        let mut rest = text.len() - 127;
        while rest >= 128 {
            block.push(byte(rest % 128 + 128));
            rest /= 128;
        }
        block.push(byte(rest));
    }
    block.extend_from_slice(text);
}

/// A frame that came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

impl Frame {
    /// Takes the first whole frame off what was read.
    pub(crate) fn take(read: &mut Vec<u8>) -> Option<Self> {
        let head: [u8; 9] = read.get(..9)?.try_into().ok()?;
        let [l1, l2, l3, kind, flags, s1, s2, s3, s4] = head;
        let length = u32::from_be_bytes([0, l1, l2, l3]) as usize;
        let payload = read.get(9..9 + length)?.to_vec();
        read.drain(..9 + length);
        let stream = u32::from_be_bytes([s1 & 127, s2, s3, s4]);
        Some(Self { kind, flags, stream, payload })
    }

    /// Whether it is the last of its stream.
    pub(crate) fn ends(&self) -> bool {
        matches!(self.kind, kind::DATA | kind::HEADERS) && self.flags & END_STREAM != 0
    }
}
