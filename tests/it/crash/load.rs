//! The load: many keep-alive connections, each making one call after the other until the gateway is
//! gone.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::call::{Call, Kind, Told};
use crate::support::answer::{Answer, split_head};
use crate::support::dice::Dice;

/// How much is read at once.
const PIECE: usize = 16 * 1024;

/// Who calls: where to, and with which token.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) agents: SocketAddr,
    pub(crate) token: String,
    /// Which life of the gateway this is, so that no two calls of a run are alike.
    pub(crate) life: u32,
}

/// Connections that make calls. They end by themselves when the gateway is gone.
#[derive(Debug)]
pub(crate) struct Load {
    connections: Vec<JoinHandle<Vec<Call>>>,
    let_through: Arc<AtomicU64>,
}

impl Load {
    /// Opens the connections.
    pub(crate) fn start(caller: &Caller, connections: u32, dice: &mut Dice) -> Self {
        let let_through = Arc::<AtomicU64>::default();
        let connections = (0..connections).map(|number| {
            let agent = Agent { number, dice: dice.split(), let_through: Arc::clone(&let_through) };
            tokio::spawn(agent.call_until_the_end(caller.clone()))
        });
        Self { connections: connections.collect(), let_through }
    }

    /// How many calls were answered by Kustomer so far.
    pub(crate) fn let_through(&self) -> u64 {
        self.let_through.load(Ordering::Relaxed)
    }

    /// Every call that was sent, once all connections have ended.
    pub(crate) async fn calls(self) -> Vec<Call> {
        let mut calls = Vec::new();
        for connection in self.connections {
            calls.extend(connection.await.expect("a connection ends without a panic"));
        }
        calls
    }
}

/// One connection.
struct Agent {
    number: u32,
    dice: Dice,
    let_through: Arc<AtomicU64>,
}

impl Agent {
    async fn call_until_the_end(mut self, caller: Caller) -> Vec<Call> {
        let mut calls = Vec::new();
        let Ok(mut stream) = TcpStream::connect(caller.agents).await else { return calls };
        let _ = stream.set_nodelay(true);
        for round in 0_u32.. {
            let id = format!("{:08x}{:08x}{round:08x}", caller.life, self.number);
            let kind = Kind::any(&mut self.dice);
            let mut call = Call { kind, path: kind.path(&id), told: None };
            call.told = ask(&mut stream, &request(&call, &caller.token)).await;
            let is_over = call.told.is_none();
            if call.told.is_some_and(|told| told.status == 200) {
                self.let_through.fetch_add(1, Ordering::Relaxed);
            }
            // One that was sent only in part may be on record too.
            calls.push(call);
            if is_over {
                break;
            }
        }
        calls
    }
}

fn request(call: &Call, token: &str) -> String {
    let body = call.kind.body();
    let (method, path, length) = (call.kind.method(), &call.path, body.len());
    format!(
        "{method} {path} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// Sends a request and reads the whole answer; what it says, even where the connection ends in the
/// middle of its body, and none where its head did not come.
async fn ask(stream: &mut TcpStream, request: &str) -> Option<Told> {
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut read = Vec::with_capacity(PIECE);
    let (head, mut body) = loop {
        if let Some((head, rest)) = split_head(&read) {
            break (Answer::parse(head), rest.len());
        }
        stream.read_buf(&mut read).await.ok().filter(|count| *count > 0)?;
    };
    let length: usize = head.header("content-length").parse().expect("a length");
    while body < length {
        read.clear();
        match stream.read_buf(&mut read).await {
            Ok(0) | Err(_) => break,
            Ok(count) => body += count,
        }
    }
    Some(Told { status: head.status, id: head.request_id() })
}
