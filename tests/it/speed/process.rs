//! Processes that do not outlive the comparison.

use std::io::{BufRead as _, BufReader, Read as _, Write as _, stdin, stdout};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

/// A process that is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Owned(pub(crate) Child);

impl Drop for Owned {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// This very program again, as one part of the comparison.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) address: SocketAddr,
    _process: Owned,
}

impl Part {
    /// Starts it and waits until it says where it listens.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let own = std::env::current_exe().expect("this program has a path");
        let mut command = Command::new(own);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("this program starts again");
        let mut line = String::new();
        let out = child.stdout.take().expect("a pipe");
        BufReader::new(out).read_line(&mut line).expect("text");
        let address = line.trim().parse().expect("a part says where it listens");
        Self { address, _process: Owned(child) }
    }
}

/// Says where a part listens, to whoever started it.
pub(crate) fn announce(address: SocketAddr) {
    let mut out = stdout();
    writeln!(out, "{address}").and_then(|()| out.flush()).expect("somebody started this part");
}

/// Waits until whoever started this part is gone: its end of the pipe is closed however it ended.
pub(crate) fn wait_for_the_end() {
    let _ = stdin().read_to_end(&mut Vec::new());
}
