//! The upstream: answers every request with the same customer, from memory and as cheaply as it can,
//! so that the machine's time is left to whoever stands before it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::process::{announce, wait_for_the_end};

/// How much is read at once.
const PIECE: usize = 16 * 1024;
/// How large the answer's body is: about what one customer takes.
const BODY: usize = 900;

/// Serves until its parent is gone. One thread is enough for more than anybody asks of it.
pub(crate) fn run() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
    runtime.expect("a runtime").block_on(async {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await;
        let listener = listener.expect("a port");
        announce(listener.local_addr().expect("an address"));
        let serving = tokio::spawn(serve(listener));
        let _ = tokio::task::spawn_blocking(wait_for_the_end).await;
        serving.abort();
    });
}

async fn serve(listener: TcpListener) {
    let answer: Arc<[u8]> = answer().into_bytes().into();
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        let answer = Arc::clone(&answer);
        tokio::spawn(async move { converse(stream, &answer).await });
    }
}

/// Answers one request after the other until the other side is gone.
async fn converse(mut stream: TcpStream, answer: &[u8]) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut read = Vec::with_capacity(PIECE);
    loop {
        match request_length(&read) {
            Some(length) => {
                read.drain(..length);
                stream.write_all(answer).await?;
            }
            None if stream.read_buf(&mut read).await? == 0 => return Ok(()),
            None => {}
        }
    }
}

/// How many bytes the first request takes; none while it is not all there.
fn request_length(read: &[u8]) -> Option<usize> {
    let head = read.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let length = head + body_length(&read[..head]);
    (read.len() >= length).then_some(length)
}

/// What `Content-Length` says; a request without it has no body.
fn body_length(head: &[u8]) -> usize {
    const NAME: &[u8] = b"content-length:";
    let mut lines = head.split(|byte| *byte == b'\n');
    let line = lines
        .find(|line| line.get(..NAME.len()).is_some_and(|name| name.eq_ignore_ascii_case(NAME)));
    line.and_then(|line| std::str::from_utf8(&line[NAME.len()..]).ok())
        .and_then(|length| length.trim().parse().ok())
        .unwrap_or(0)
}

fn answer() -> String {
    let start =
        r#"{"data":{"type":"customer","id":"5f1a2b3c4d5e6f7a8b9c0d1e","attributes":{"note":""#;
    let end = r#""}}}"#;
    let note = "x".repeat(BODY - start.len() - end.len());
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\n\
         content-length: {BODY}\r\n\r\n{start}{note}{end}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_whole_when_its_head_and_its_body_are_there() {
        assert_eq!(request_length(b"GET / HTTP/1.1\r\nhost: x\r\n"), None);
        assert_eq!(request_length(b"GET / HTTP/1.1\r\nhost: x\r\n\r\nGET"), Some(27));
        let put = b"PUT / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{";
        assert_eq!(request_length(put), None);
        assert_eq!(request_length(&[put, &b"}"[..]].concat()), Some(put.len() + 1));
    }

    #[test]
    fn the_answer_is_as_long_as_it_says() {
        let answer = answer();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        assert_eq!(body.len(), BODY);
    }
}
