//! The `kustodian` program itself, run as a user runs it.

use std::io::{BufRead as _, BufReader, Read, Seek as _, Write as _};
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use tempfile::TempDir;

use super::world::{audit_key, policy_of, write_policies};

/// How many seconds a command may take.
const LONGEST: &str = "30";

/// A folder as an operator has it: settings, key, policies, store.
#[derive(Debug)]
pub(crate) struct Installation {
    dir: TempDir,
}

/// What a command that has ended said.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// `kustodian serve`, running. It is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Serving {
    pub(crate) agents: SocketAddr,
    pub(crate) admin: SocketAddr,
    child: Child,
    log: Arc<Mutex<String>>,
}

impl Installation {
    /// Writes everything that `serve` needs. `more` is TOML to put behind the usual settings.
    pub(crate) fn new(
        upstream: SocketAddr,
        key: &str,
        policies: &[(&str, &str)],
        more: &str,
    ) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let policies =
            policies.iter().map(|(id, tables)| ((*id).to_owned(), policy_of(id, tables)));
        write_policies(dir.path(), &policies.collect::<Vec<_>>());
        let installation = Self { dir };
        installation.write("key", key);
        installation.make_private("key");
        installation.write(
            "kustodian.toml",
            &format!(
                "[listen]\nagents = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"\n\
                 [kustomer]\nbase_url = \"http://{upstream}\"\napi_key_file = \"key\"\n\
                 [store]\nurl = \"sqlite://kustodian.db\"\n{more}"
            ),
        );
        installation
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        self.dir.path()
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.dir.path().join(name), text).expect("a file is written");
    }

    /// Lets nobody but the owner read a file.
    pub(crate) fn make_private(&self, name: &str) {
        set_mode(&self.dir.path().join(name), 0o600);
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        run_in(self.dir.path(), arguments)
    }

    /// Runs a command whose output nobody can take: the device is full.
    pub(crate) fn run_into_nothing(&self, arguments: &[&str]) -> Ended {
        let full = std::fs::File::options().write(true).open("/dev/full").expect("a full device");
        ended(plain(&mut bounded(arguments), self.folder()).stdout(full))
    }

    /// Keeps tokens and records elsewhere than in the SQLite file of the folder, with an audit key that
    /// several gateways could share.
    pub(crate) fn keep_in(&self, store_url: &str) {
        audit_key(self.dir.path());
        let file = self.dir.path().join("kustodian.toml");
        let settings = std::fs::read_to_string(file).expect("the settings are there");
        self.write("kustodian.toml", &settings.replace("sqlite://kustodian.db", store_url));
    }

    /// Issues a token by the command for it.
    pub(crate) fn token(&self, agent: &str) -> String {
        let issued = self.run(&["token", "issue", agent]);
        assert_eq!(issued.code, 0, "{}", issued.err);
        issued.out.trim().to_owned()
    }

    /// Starts `kustodian serve` and waits until it listens.
    pub(crate) fn serve(&self) -> Serving {
        self.serve_with(&[])
    }

    /// The same with variables of the environment.
    pub(crate) fn serve_with(&self, variables: &[(&str, &str)]) -> Serving {
        let mut child = self.start(Stdio::piped(), variables);
        let log = Arc::new(Mutex::new(String::new()));
        keep(child.stderr.take().expect("a pipe"), Arc::clone(&log));
        Serving::of(child, log)
    }

    /// The same, and nobody reads its log: a long one would cost the reader time.
    pub(crate) fn serve_unheard(&self) -> Serving {
        Serving::of(self.start(Stdio::null(), &[]), Arc::default())
    }

    /// The same as somebody to whom the modes of files apply, as they do not to root.
    pub(crate) fn serve_by_file_modes(&self) -> Serving {
        let is_root = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
        if !is_root {
            return self.serve();
        }
        let mut command = Command::new("setpriv");
        command.args(["--bounding-set=-dac_override", "--inh-caps=-dac_override", "env"]);
        let mut child = self.spawn(&mut command, Stdio::piped(), &[]);
        let log = Arc::new(Mutex::new(String::new()));
        keep(child.stderr.take().expect("a pipe"), Arc::clone(&log));
        Serving::of(child, log)
    }

    fn start(&self, log: Stdio, variables: &[(&str, &str)]) -> Child {
        self.spawn(&mut Command::new("env"), log, variables)
    }

    fn spawn(&self, env: &mut Command, log: Stdio, variables: &[(&str, &str)]) -> Child {
        // A file that grows past a limit is to be an error to the program, not its end.
        env.arg("--ignore-signal=XFSZ").arg(program()).arg("serve");
        let command = plain(env, self.dir.path())
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(log);
        command.spawn().expect("the program starts; setpriv is in Debian's package util-linux")
    }
}

impl Serving {
    /// Waits until it says where it listens.
    fn of(mut child: Child, log: Arc<Mutex<String>>) -> Self {
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        out.read_line(&mut line).expect("text");
        let addresses: Vec<SocketAddr> = line
            .split("://")
            .skip(1)
            .filter_map(|rest| {
                let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ':')?;
                rest[..end].trim_end_matches('.').parse().ok()
            })
            .collect();
        let [agents, admin] = addresses[..] else {
            panic!("`serve` did not say where it listens: {line} {}", lock(&log));
        };
        Self { agents, admin, child, log }
    }

    /// The process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop and waits for its end; gives its exit code.
    pub(crate) fn stop(&mut self) -> Option<i32> {
        let told = Command::new("kill").arg(self.id().to_string()).status();
        assert!(told.is_ok_and(|status| status.success()), "the process is there");
        self.child.wait().expect("it ends").code()
    }

    /// Kills it at once, as a crash would.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Everything it logged so far.
    pub(crate) fn log(&self) -> String {
        lock(&self.log).clone()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Runs a command of the program in a folder, to its end.
pub(crate) fn run_in(folder: &Path, arguments: &[&str]) -> Ended {
    run_with(folder, arguments, &[])
}

/// The same with variables of the environment.
pub(crate) fn run_with(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Ended {
    ended(plain(&mut bounded(arguments), folder).envs(variables.iter().copied()))
}

/// The same with something to read.
pub(crate) fn run_with_input(folder: &Path, arguments: &[&str], input: &str) -> Ended {
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(input.as_bytes()).expect("it is written");
    file.rewind().expect("it is read from its beginning");
    ended(plain(&mut bounded(arguments), folder).stdin(file))
}

/// The program, which ends in time: what should have refused to start must not keep the tests waiting.
/// Then the code is 124.
fn bounded(arguments: &[&str]) -> Command {
    let mut command = Command::new("timeout");
    command.arg(LONGEST).arg(program()).args(arguments);
    command
}

fn ended(command: &mut Command) -> Ended {
    let output = command.output().expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ended {
        code: output.status.code().unwrap_or(-1),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

/// Sets a file's permission bits.
pub(crate) fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    let permissions = std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(path, permissions).expect("the mode is set");
}

/// The program that was built beside this one. Tests are in the folder `deps` below it.
fn program() -> PathBuf {
    let own = std::env::current_exe().expect("this program has a path");
    let folder = own.parent().expect("a file is in a folder");
    let folder = if folder.ends_with("deps") { folder.join("..") } else { folder.to_owned() };
    let program = folder.join("kustodian");
    assert!(
        program.is_file(),
        "{} is not there; build it first: cargo build -p cli",
        program.display()
    );
    program
}

/// A command that finds nothing of the outer environment's settings.
fn plain<'c>(command: &'c mut Command, folder: &Path) -> &'c mut Command {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("KUSTODIAN_") {
            command.env_remove(name);
        }
    }
    command.env("NO_COLOR", "1").env("TZ", "UTC").current_dir(folder).stdin(Stdio::null())
}

/// Reads a pipe to its end, on a thread of its own.
fn keep(pipe: impl Read + Send + 'static, log: Arc<Mutex<String>>) {
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            let mut log = lock(&log);
            log.push_str(&line);
            log.push('\n');
        }
    });
}

fn lock(log: &Mutex<String>) -> std::sync::MutexGuard<'_, String> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}
