//! A Postgres server that can be stopped in the middle of its work, and started again.
//!
//! Unlike the one that the other tests share, it syncs to its disk as a real one does.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, Command, Stdio};

use crate::support::patience::eventually;
use crate::support::postgres::{first_line, programs, shell};

/// Makes the cluster, and then does what its standard input says, a word a line: `start`, or `crash`,
/// which is an immediate shutdown. At the end of the input it stops the server and removes the folder,
/// so that nothing is left behind in whatever way this process ends.
const SCRIPT: &str = r#"
set -eu
trap '' INT HUP TERM
folder=$(mktemp -d /tmp/kustodian-crash.XXXXXX)
trap 'rm -rf "$folder"' EXIT
"$PROGRAMS/initdb" --pgdata="$folder/data" --username=postgres --auth=trust \
    --encoding=UTF8 --locale=C --no-sync --no-instructions >/dev/null
echo "$folder"
crash() {
    kill -QUIT "$server"
    wait "$server" || true
    server=
}
server=
while read -r word; do
    case $word in
    start)
        setpriv --pdeathsig KILL "$PROGRAMS/postgres" -D "$folder/data" -k "$folder" -p 5432 \
            -c listen_addresses= -c shared_buffers=32MB -c logging_collector=off </dev/null &
        server=$!
        ;;
    crash)
        crash
        echo "the server has crashed" >&2
        ;;
    esac
done
[ -z "$server" ] || crash
"#;

/// A server of the harness's own, in a folder of its own.
#[derive(Debug)]
pub(crate) struct Server {
    /// `postgres://...`, the same before and after a crash.
    pub(crate) url: String,
    log: Lines<BufReader<ChildStderr>>,
    /// Its end ends the script, and with it the server.
    orders: Option<ChildStdin>,
    script: Child,
    is_up: bool,
}

impl Server {
    /// Makes the cluster and starts it.
    pub(crate) fn start() -> Self {
        let mut script = shell()
            .args(["-c", SCRIPT])
            .env("PROGRAMS", programs())
            .env("LC_ALL", "C")
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("sh and setpriv start; setpriv is in Debian's package util-linux");
        let folder = first_line(script.stdout.take().expect("standard output is a pipe"));
        let url = format!(
            "postgres://postgres@localhost:5432/postgres?host={}",
            Path::new(&folder).display()
        );
        let log = BufReader::new(script.stderr.take().expect("standard error is a pipe")).lines();
        let mut server = Self { url, log, orders: script.stdin.take(), script, is_up: false };
        server.be_up();
        server
    }

    /// The same for the harness itself, whose sessions go by a name of their own.
    pub(crate) fn own_url(&self) -> String {
        format!("{}&application_name=crash", self.url)
    }

    /// Starts it if it is not there, and waits until it has recovered.
    pub(crate) fn be_up(&mut self) {
        if !self.is_up {
            self.order("start");
            self.wait_for("ready to accept connections");
            self.is_up = true;
        }
    }

    /// Stops it at once: no session is ended properly, nothing is written out.
    pub(crate) fn crash(&mut self) {
        self.order("crash");
        self.wait_for("the server has crashed");
        self.is_up = false;
    }

    /// Waits until every session of a gateway that was killed is over: the server still carries out
    /// what it had received of it.
    pub(crate) async fn let_go_of_the_dead(&self) {
        eventually("the sessions of the dead gateway to end", async || {
            (self.gateways() == "0").then_some(())
        })
        .await;
    }

    /// How many sessions gateways have.
    fn gateways(&self) -> String {
        let count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'kustodian'";
        let output = Command::new(programs().join("psql"))
            .args(["--no-psqlrc", "--tuples-only", "--no-align", "--command", count, &self.url])
            .env_clear()
            .env("LC_ALL", "C")
            .output()
            .expect("psql runs; it is beside the server's programs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn order(&mut self, word: &str) {
        let orders = self.orders.as_mut().expect("the script listens until the end");
        writeln!(orders, "{word}").expect("the script listens");
    }

    /// What the server writes in between waits in the pipe, which is large enough for a few errors.
    fn wait_for(&mut self, text: &str) {
        let found = self.log.by_ref().map_while(Result::ok).any(|line| line.contains(text));
        assert!(found, "Postgres did not say `{text}`");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.orders.take());
        let _ = self.script.wait();
    }
}
