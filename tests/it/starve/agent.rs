//! The good agent: one request after the other, on one connection.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::speed::median::median;
use crate::support::answer::split_head;

/// What it asks for.
const PATH: &str = "/v1/customers/5f1a2b3c4d5e6f7a8b9c0d1e";

/// The longest that it waits for anything.
const PATIENCE: Duration = Duration::from_secs(30);

/// Who asks, and whom.
#[derive(Debug)]
pub(crate) struct Agent {
    pub(crate) at: SocketAddr,
    pub(crate) token: String,
}

impl Agent {
    /// Asks until its token is known to the gateway.
    pub(crate) fn wait_until_let_in(&self) {
        let begun = Instant::now();
        while !self.connect().ask().starts_with(b"HTTP/1.1 200") {
            assert!(begun.elapsed() < PATIENCE, "the gateway never learnt of the token");
        }
    }

    /// The median latency over so much time, in microseconds.
    pub(crate) fn median(&self, time: Duration) -> f64 {
        let mut conversation = self.connect();
        let (begun, mut took) = (Instant::now(), Vec::new());
        while begun.elapsed() < time {
            let asked = Instant::now();
            let answer = conversation.ask();
            took.push(asked.elapsed().as_secs_f64() * 1e6);
            assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
        }
        median(took)
    }

    fn connect(&self) -> Conversation {
        Conversation::new(self.at, PATH, &self.token)
    }
}

/// Gets one page; gives its body.
pub(crate) fn get(at: SocketAddr, path: &str, token: &str) -> Vec<u8> {
    let answer = Conversation::new(at, path, token).ask();
    split_head(&answer).expect("a whole head").1.to_vec()
}

/// A connection on which the same is asked again and again.
struct Conversation {
    stream: TcpStream,
    request: Vec<u8>,
}

impl Conversation {
    fn new(at: SocketAddr, path: &str, token: &str) -> Self {
        let stream = TcpStream::connect(at).expect("the gateway accepts connections");
        stream.set_nodelay(true).expect("a socket takes its options");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket takes its options");
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {token}\r\n\r\n"
        );
        Self { stream, request: request.into_bytes() }
    }

    /// Asks, and reads the whole answer.
    fn ask(&mut self) -> Vec<u8> {
        self.stream.write_all(&self.request).expect("the gateway reads");
        let (mut answer, mut piece) = (Vec::new(), [0; 16 * 1024]);
        while !is_whole(&answer) {
            let count = self.stream.read(&mut piece).expect("an answer in time");
            assert!(count > 0, "the gateway closed the connection");
            answer.extend_from_slice(&piece[..count]);
        }
        answer
    }
}

fn is_whole(answer: &[u8]) -> bool {
    let Some((head, body)) = split_head(answer) else { return false };
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
    let length: usize = length.and_then(|length| length.parse().ok()).expect("a length");
    body.len() >= length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_when_its_body_is() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
        assert!(is_whole(answer));
        assert!((0..answer.len()).all(|end| !is_whole(&answer[..end])));
    }
}
