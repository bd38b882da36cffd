//! How bytes travel: sends all of an attack and takes down every answer until the connection ends.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;
use tokio::time::timeout;

use super::frames::{ACK, Frame, Frames, kind};
use crate::support::answer::{Answer, split_head};

/// The longest that anything under attack may take to answer or to hang up.
const PATIENCE: Duration = Duration::from_secs(20);

/// One answer: its status, and the gateway's code where it is the gateway's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) code: String,
}

impl Seen {
    fn of(answer: &Answer) -> Self {
        Self { status: answer.status, code: answer.code() }
    }

    /// From the head and the body of an answer of HTTP/2.
    fn of_stream(head: &[u8], body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let code = body["code"].as_str().unwrap_or_default().to_owned();
        Self { status: status(head).unwrap_or(0), code }
    }
}

/// The status with which a head of HTTP/2 begins: an entry of the static table, or a literal whose
/// digits are in Huffman's code.
fn status(head: &[u8]) -> Option<u16> {
    let known = [(0x88, 200), (0x89, 204), (0x8c, 400), (0x8d, 404), (0x8e, 500)];
    let [first, length, digits @ ..] = head else { return None };
    if let Some((_, status)) = known.iter().find(|(entry, _)| entry == first) {
        return Some(*status);
    }
    let digits = digits.get(..usize::from(length & 127))?;
    let mut bits = digits.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1));
    let mut status = 0;
    for _ in 0..3 {
        let code = bits.by_ref().take(5).fold(0, |code, bit| code << 1 | u16::from(bit));
        // 0, 1 and 2 have five bits; the others have six, from 011001 on.
        let digit =
            if code < 3 { code } else { (code << 1 | u16::from(bits.next()?)) - 0b01_1001 + 3 };
        status = status * 10 + digit;
    }
    Some(status)
}

/// Sends everything over one connection of HTTP/1.1, and gives the answers in their order.
pub(crate) async fn http1(at: SocketAddr, bytes: Vec<u8>) -> Vec<Seen> {
    let stream = TcpStream::connect(at).await.expect("the address accepts connections");
    let (mut reads, mut writes) = stream.into_split();
    // Whoever hangs up in the middle of an attack has answered it.
    let sending = tokio::spawn(async move {
        let _ = writes.write_all(&bytes).await;
        writes
    });
    let mut read = Vec::new();
    while more(&mut reads, &mut read).await {}
    sending.abort();
    answers(&read)
}

fn answers(mut read: &[u8]) -> Vec<Seen> {
    let mut seen = Vec::new();
    while let Some((head, rest)) = split_head(read) {
        let mut answer = Answer::parse(head);
        let length = answer.header("content-length").parse().unwrap_or(0);
        let (body, rest) = rest.split_at(rest.len().min(length));
        answer.body = body.to_vec();
        seen.push(Seen::of(&answer));
        read = rest;
    }
    seen
}

/// What came of streams of HTTP/2.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    /// Whole answers, in the order in which they ended.
    pub(crate) answers: Vec<Seen>,
    /// Streams that were reset.
    pub(crate) resets: usize,
    /// Whether the other side gave the connection up.
    pub(crate) gone: bool,
}

/// A connection of HTTP/2.
#[derive(Debug)]
pub(crate) struct Http2 {
    reads: OwnedReadHalf,
    writes: tokio::net::tcp::OwnedWriteHalf,
    read: Vec<u8>,
}

impl Http2 {
    pub(crate) async fn connect(at: SocketAddr) -> Self {
        let stream = TcpStream::connect(at).await.expect("the address accepts connections");
        let (reads, writes) = stream.into_split();
        Self { reads, writes, read: Vec::new() }
    }

    /// Sends bytes; false where the other side does not take them any more.
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> bool {
        timeout(PATIENCE, self.writes.write_all(bytes)).await.is_ok_and(|sent| sent.is_ok())
    }

    /// The next frame; none at the end of the connection. Settings are confirmed by the way.
    pub(crate) async fn frame(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = Frame::take(&mut self.read) {
                if frame.kind == kind::SETTINGS && frame.flags & ACK == 0 {
                    self.send(&[0, 0, 0, kind::SETTINGS, ACK, 0, 0, 0, 0]).await;
                }
                return Some(frame);
            }
            if !more(&mut self.reads, &mut self.read).await {
                return None;
            }
        }
    }
}

/// Sends everything over one connection of HTTP/2, and waits until every stream has ended.
pub(crate) async fn http2(at: SocketAddr, frames: &Frames) -> Streams {
    let mut connection = Http2::connect(at).await;
    connection.send(&frames.bytes).await;
    let mut streams = Streams::default();
    let (mut heads, mut bodies) = (Vec::new(), Vec::new());
    while streams.answers.len() + streams.resets < frames.streams() as usize {
        let Some(frame) = connection.frame().await else {
            streams.gone = true;
            break;
        };
        match frame.kind {
            kind::HEADERS => heads.clone_from(&frame.payload),
            kind::DATA => bodies.extend_from_slice(&frame.payload),
            kind::RST_STREAM if frame.stream != 0 => streams.resets += 1,
            kind::GOAWAY => streams.gone = true,
            _ => {}
        }
        if frame.ends() {
            streams.answers.push(Seen::of_stream(&heads, &std::mem::take(&mut bodies)));
        }
    }
    streams
}

/// Reads a piece more; false at the end.
async fn more(reads: &mut OwnedReadHalf, read: &mut Vec<u8>) -> bool {
    // A connection that is reset has ended too.
    timeout(PATIENCE, reads.read_buf(read)).await.expect("an answer in time").unwrap_or(0) > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_from_its_digits() {
        // RFC 7541, appendices C.6.1 and C.6.2.
        assert_eq!(status(&[0x48, 0x82, 0x64, 0x02]), Some(302));
        assert_eq!(status(&[0x48, 0x83, 0x64, 0x0e, 0xff]), Some(307));
        assert_eq!(status(&[0x88, 0]), Some(200));
    }
}
