//! Everything that the demo runs on: a folder, a sandbox, a gateway, and a token for each agent.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gateway::clock::{Clock as _, SystemClock};
use gateway::config::{Config, Kustomer, Listen, Policies, StoreSettings};
use gateway::token::Token;
use gateway::{Running, start};
use jiff::Timestamp;
use sandbox::Sandbox;
use store::Store;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::failure::Failure;
use crate::sandbox::{bind, clock};
use crate::token::new_row;

/// The sample agents and their policies, which are the project's own.
const POLICIES: [(&str, &str); 3] = [
    ("support-agent", include_str!("../../../../policies/support-agent.toml")),
    ("triage-bot", include_str!("../../../../policies/triage-bot.toml")),
    ("admin-bot", include_str!("../../../../policies/admin-bot.toml")),
];

/// A running demo.
#[derive(Debug)]
pub(super) struct Stage {
    /// Where policies and records are.
    pub(super) folder: PathBuf,
    /// The stand-in for Kustomer.
    pub(super) sandbox: Sandbox,
    /// The gateway.
    pub(super) running: Running,
    /// Each agent's token.
    pub(super) tokens: BTreeMap<&'static str, Token>,
    /// When it began.
    pub(super) since: Timestamp,
    /// Dropped or sent to, it stops the sandbox.
    stop_sandbox: oneshot::Sender<()>,
    sandbox_task: JoinHandle<io::Result<()>>,
}

impl Stage {
    /// Starts everything; the gateway's listener for agents is at `port`, or at a free one for zero.
    pub(super) async fn set(dir: Option<&Path>, port: u16) -> Result<Self, Failure> {
        let since = SystemClock.now();
        let folder = match dir {
            Some(dir) => named_folder(dir)?,
            None => new_folder()?,
        };
        write_files(&folder).map_err(|why| Failure::Folder { path: folder.clone(), why })?;
        let settings = sandbox::Settings { key_secret: secret()?, ..Default::default() };
        let sandbox = Sandbox::new(settings, clock());
        let (address, stop_sandbox, sandbox_task) = serve(&sandbox).await?;
        let tokens = issue(&folder).await?;
        let config = config(&folder, address, &sandbox, port);
        let running = start(&config, Arc::new(SystemClock)).await?;
        Ok(Self { folder, sandbox, running, tokens, since, stop_sandbox, sandbox_task })
    }

    /// Where agents call, such as `127.0.0.1:8080`.
    pub(super) fn authority(&self) -> String {
        self.running.agents.to_string()
    }

    /// Stops everything and returns the folder, which is kept.
    pub(super) async fn clear(self) -> PathBuf {
        self.running.stop().await;
        // Should it have stopped by itself, there is nothing left to stop.
        let _ = self.stop_sandbox.send(());
        let _ = self.sandbox_task.await;
        self.folder
    }
}

fn named_folder(dir: &Path) -> Result<PathBuf, Failure> {
    let unusable = |why| Failure::Folder { path: dir.to_owned(), why };
    fs::create_dir_all(dir).map_err(unusable)?;
    dir.canonicalize().map_err(unusable)
}

/// A folder among the temporary files that was not there before and that only this user can enter.
fn new_folder() -> Result<PathBuf, Failure> {
    let process = std::process::id();
    let names = (0_u32..).map(|number| match number {
        0 => format!("kustodian-demo-{process}"),
        _ => format!("kustodian-demo-{process}-{number}"),
    });
    let mut path = std::env::temp_dir();
    for name in names {
        path = std::env::temp_dir().join(name);
        match DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => return Ok(path),
            Err(why) if why.kind() == io::ErrorKind::AlreadyExists => {}
            Err(why) => return Err(Failure::Folder { path, why }),
        }
    }
    Err(Failure::Folder { path, why: io::ErrorKind::AlreadyExists.into() })
}

/// Writes the policies, and settings by which other commands find what the demo leaves. What is there
/// already is kept: it may have been edited.
fn write_files(folder: &Path) -> io::Result<()> {
    let policies = folder.join("policies");
    fs::create_dir_all(&policies)?;
    for (agent, text) in POLICIES {
        write_new(&policies.join(format!("{agent}.toml")), text)?;
    }
    let settings = format!(
        "# The demo's folder, for `kustodian audit list --config THIS_FILE` and the like.\n\
         [store]\nurl = {:?}\n\n[policies]\ndir = {:?}\n",
        store_url(folder),
        policies.display().to_string(),
    );
    write_new(&folder.join("kustodian.toml"), &settings)
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    if path.exists() { Ok(()) } else { fs::write(path, text) }
}

fn store_url(folder: &Path) -> String {
    format!("sqlite://{}/kustodian.db", folder.display())
}

/// Random, so that nobody else can make a key for this sandbox.
fn secret() -> Result<String, Failure> {
    Ok(Token::generate()?.reveal().to_owned())
}

/// Serves the sandbox at a free port of this machine.
async fn serve(
    sandbox: &Sandbox,
) -> Result<(SocketAddr, oneshot::Sender<()>, JoinHandle<io::Result<()>>), Failure> {
    let listener = bind(loopback(0)).await?;
    let address = listener.local_addr().map_err(Failure::Sandbox)?;
    let (stop, stopped) = oneshot::channel();
    let stopped = async move {
        // A dropped sender means the same.
        let _ = stopped.await;
    };
    let task = tokio::spawn(sandbox.clone().serve(listener, stopped));
    Ok((address, stop, task))
}

/// A token for each agent, known to the store before the gateway starts.
async fn issue(folder: &Path) -> Result<BTreeMap<&'static str, Token>, Failure> {
    let store = Store::open(&store_url(folder)).await.map_err(Failure::Open)?;
    let mut tokens = BTreeMap::new();
    for (agent, _) in POLICIES {
        let token = Token::generate()?;
        let note = Some("for the demo".to_owned());
        let row = new_row(&token, agent, note, SystemClock.now(), None)?;
        store.agents().issue(&row).await?;
        tokens.insert(agent, token);
    }
    store.close().await;
    Ok(tokens)
}

fn config(folder: &Path, sandbox_at: SocketAddr, sandbox: &Sandbox, port: u16) -> Config {
    Config {
        listen: Listen { agents: loopback(port), admin: loopback(0), ..Listen::default() },
        kustomer: Kustomer {
            base_url: Some(format!("http://{sandbox_at}")),
            api_key: Some(sandbox.admin_key().into()),
            ..Kustomer::default()
        },
        store: StoreSettings::at(&store_url(folder)),
        policies: Policies { dir: folder.join("policies"), ..Policies::default() },
        ..Config::default()
    }
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}
