//! A real Postgres for tests: a throw-away cluster, one for the whole run, with a database per test.
//!
//! The cluster is started when the first test asks for it, from the machine's own server programs. It
//! is kept by a small shell script whose standard input this process holds open. When this process
//! ends, in whatever way, the script reads the end of its input, stops the server and removes the
//! folder: a static is never dropped, and a killed process cleans up nothing, so neither is relied on.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// What Postgres calls its socket, in whatever folder.
pub(crate) const SOCKET: &str = ".s.PGSQL.5432";

/// An empty database of its own, dropped with this value.
#[derive(Debug)]
pub(crate) struct Database {
    /// `postgres://...`, for [`store::Store::open`].
    pub(crate) url: String,
    name: String,
    cluster: &'static Cluster,
}

/// Creates a database; starts the cluster if this is the first.
pub(crate) fn postgres() -> Database {
    database("ENCODING 'UTF8'")
}

/// Creates a database that keeps its text in another encoding.
pub(crate) fn postgres_with_encoding(encoding: &str) -> Database {
    database(&format!("ENCODING '{encoding}'"))
}

fn database(options: &str) -> Database {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();

    let cluster = CLUSTER.get_or_init(Cluster::start);
    let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let create = format!("CREATE DATABASE {name} TEMPLATE template0 {options}");
    cluster.psql("postgres", &create).expect("a database is created");
    Database { url: url(&name, Path::new(&cluster.folder)), name, cluster }
}

fn url(name: &str, folder: &Path) -> String {
    format!("postgres://postgres@localhost:5432/{name}?host={}", folder.display())
}

impl Database {
    /// The server's socket.
    pub(crate) fn socket(&self) -> PathBuf {
        Path::new(&self.cluster.folder).join(SOCKET)
    }

    /// The URL of this database behind another socket, which must be called [`SOCKET`] in this folder.
    pub(crate) fn url_behind(&self, folder: &Path) -> String {
        url(&self.name, folder)
    }

    /// Runs statements with Postgres's own client: a door that the store does not have.
    ///
    /// Gives what it printed, or the server's complaint.
    pub(crate) fn psql(&self, statements: &str) -> Result<String, String> {
        self.cluster.psql(&self.name, statements)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // One that cannot be dropped goes with the cluster.
        self.cluster.psql("postgres", &drop).ok();
    }
}

/// A running server in a folder of its own.
#[derive(Debug)]
struct Cluster {
    /// Where its socket and its files are.
    folder: String,
    /// Where the server's programs are.
    programs: PathBuf,
    _script: Child,
    /// Held open for as long as this process lives; its end ends the cluster.
    _lifeline: ChildStdin,
}

/// Makes the cluster, runs it until standard input ends, and removes it.
///
/// It ignores what a terminal sends to a whole group of processes: it must outlive the others to clean
/// up. Nothing here is worth a sync to disk. The first line of the output is the folder.
const SCRIPT: &str = r#"
set -eu
trap '' INT HUP TERM
folder=$(mktemp -d /tmp/kustodian-postgres.XXXXXX)
trap 'rm -rf "$folder"' EXIT
echo "$folder"
"$PROGRAMS/initdb" --pgdata="$folder/data" --username=postgres --auth=trust \
    --encoding=UTF8 --locale=C --no-sync --no-instructions >/dev/null
setpriv --pdeathsig KILL "$PROGRAMS/postgres" -D "$folder/data" -k "$folder" -p 5432 \
    -c listen_addresses= -c max_connections=200 -c shared_buffers=32MB \
    -c fsync=off -c full_page_writes=off -c autovacuum=off -c logging_collector=off &
server=$!
cat >/dev/null
kill -QUIT "$server"
wait "$server" || true
"#;

impl Cluster {
    fn start() -> Self {
        let programs = programs();
        let mut script = shell()
            .args(["-c", SCRIPT])
            .env("PROGRAMS", &programs)
            .env("LC_ALL", "C")
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("sh and setpriv start; setpriv is in Debian's package util-linux");
        let lifeline = script.stdin.take().expect("standard input is a pipe");
        let folder = first_line(script.stdout.take().expect("standard output is a pipe"));
        wait_until_ready(script.stderr.take().expect("standard error is a pipe"));
        Self { folder, programs, _script: script, _lifeline: lifeline }
    }

    fn psql(&self, database: &str, statements: &str) -> Result<String, String> {
        let output = Command::new(self.programs.join("psql"))
            .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
            .args(["--set=ON_ERROR_STOP=1", "--username=postgres", "--host", &self.folder])
            .args(["--dbname", database, "--command", statements])
            .env_clear()
            .env("LC_ALL", "C")
            .output()
            .expect("psql runs; it is beside the server's programs");
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).trim().to_owned();
        if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
    }
}

/// A server refuses to run as root; then it runs as the user that came with its package.
pub(crate) fn shell() -> Command {
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    if !is_root {
        return Command::new("sh");
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "sh"]);
    command
}

pub(crate) fn first_line(output: impl Read) -> String {
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line).expect("the script's output is text");
    let folder = line.trim().to_owned();
    assert!(!folder.is_empty(), "the script that keeps Postgres made no folder under /tmp");
    folder
}

/// Reads the server's log until it says so, and then for as long as it writes, so that it never waits
/// for a reader.
fn wait_until_ready(log: impl Read + Send + 'static) {
    let mut lines = BufReader::new(log).lines().map_while(Result::ok);
    let mut seen = Vec::new();
    for line in lines.by_ref() {
        if line.contains("ready to accept connections") {
            std::thread::spawn(move || lines.for_each(drop));
            return;
        }
        seen.push(line);
    }
    panic!("Postgres did not start:\n{}", seen.join("\n"));
}

/// The newest of the machine's own server programs.
pub(crate) fn programs() -> PathBuf {
    let mut folders = debian_folders();
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    folders.extend(folder_by_pg_config());
    folders.into_iter().find(|folder| has_server(folder)).expect(
        "Postgres server binaries are missing: install Debian's package postgresql, \
         or run ./test as root, which does",
    )
}

fn has_server(folder: &Path) -> bool {
    ["initdb", "postgres", "psql"].iter().all(|program| folder.join(program).is_file())
}

/// Debian keeps each version in a folder of its own, off the PATH.
fn debian_folders() -> Vec<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<_> = versions.map(|version| version.path()).collect();
    folders.sort_by_key(|folder| {
        let version = folder.file_name().and_then(OsStr::to_str);
        std::cmp::Reverse(version.and_then(|version| version.parse::<u32>().ok()))
    });
    folders.into_iter().map(|folder| folder.join("bin")).collect()
}

fn folder_by_pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(folder.trim()))
}
