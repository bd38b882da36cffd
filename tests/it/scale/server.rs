//! A Postgres server whose data stays in a folder, so that it can be filled once and measured often.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use crate::support::postgres::{programs, shell};

/// Makes the cluster if it is not there, runs it until standard input ends, and leaves its files.
///
/// All settings are the server's own, but that it does not sync: how fast a disk is, is not measured.
const SCRIPT: &str = r#"
set -eu
trap '' INT HUP TERM
[ -d "$FOLDER/data" ] || "$PROGRAMS/initdb" --pgdata="$FOLDER/data" --username=postgres --auth=trust \
    --encoding=UTF8 --locale=C --no-sync --no-instructions >/dev/null
setpriv --pdeathsig TERM "$PROGRAMS/postgres" -D "$FOLDER/data" -k "$FOLDER" -p 5432 \
    -c listen_addresses= -c fsync=off -c max_wal_size=4GB -c logging_collector=off </dev/null &
server=$!
cat >/dev/null
kill -INT "$server"
wait "$server" || true
"#;

/// What Postgres does by itself with a table that has grown: it clears up and takes its measure.
const TAKE_MEASURE: &str = "\
SELECT format('VACUUM (ANALYZE) %I', relid::regclass)
FROM pg_partition_tree('records') WHERE isleaf
UNION ALL
SELECT format('VACUUM (ANALYZE) %I', relid::regclass)
FROM pg_partition_tree('outcomes') WHERE isleaf
\\gexec
CHECKPOINT;
";

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    /// `postgres://...`
    pub(crate) url: String,
    /// Its end ends the script, and with it the server.
    orders: Option<ChildStdin>,
    script: Child,
}

impl Server {
    /// Starts the server whose data is in this folder, or a new one there.
    pub(crate) fn start(folder: &Path) -> Self {
        std::fs::create_dir_all(folder).expect("a folder");
        let folder = std::fs::canonicalize(folder).expect("the folder is there");
        // The server may run as another user.
        let everybody = std::fs::Permissions::from_mode(0o1777);
        std::fs::set_permissions(&folder, everybody).expect("the folder is ours");
        let mut script = shell()
            .args(["-c", SCRIPT])
            .env("PROGRAMS", programs())
            .env("FOLDER", &folder)
            .env("LC_ALL", "C")
            .current_dir("/")
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("sh and setpriv start; setpriv is in Debian's package util-linux");
        let mut log = BufReader::new(script.stderr.take().expect("a pipe")).lines();
        let ready = |line: &String| line.contains("ready to accept connections");
        assert!(log.by_ref().map_while(Result::ok).any(|line| ready(&line)), "Postgres starts");
        std::thread::spawn(move || log.map_while(Result::ok).for_each(drop));
        let url = format!("postgres://postgres@localhost:5432/postgres?host={}", folder.display());
        Self { url, orders: script.stdin.take(), script }
    }

    /// Has the server take the measure of what was written, as it does by itself before long.
    pub(crate) fn take_measure(&self) {
        let mut client = Command::new(programs().join("psql"))
            .args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", &self.url])
            .env_clear()
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .spawn()
            .expect("psql runs; it is beside the server's programs");
        let mut input = client.stdin.take().expect("a pipe");
        input.write_all(TAKE_MEASURE.as_bytes()).expect("psql reads");
        drop(input);
        assert!(client.wait().is_ok_and(|status| status.success()), "psql does it");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.orders.take());
        let _ = self.script.wait();
    }
}
