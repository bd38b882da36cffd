//! A Postgres that can fall silent in the middle of a conversation, as one does whose machine or
//! network has died: what it was sent last is never answered, and the connection stays open.

use std::io;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;

use crate::support::postgres::{Database, SOCKET};

/// Stands between a store and its real server, and passes on what they say.
pub(crate) struct SilentServer {
    /// For `Store::open`.
    pub(crate) url: String,
    silent: watch::Sender<bool>,
    _folder: TempDir,
}

impl SilentServer {
    pub(crate) fn before(database: &Database) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(SOCKET)).unwrap();
        let (silent, is_silent) = watch::channel(false);
        let real = database.socket();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = UnixStream::connect(&real).await.unwrap();
                tokio::spawn(relay(client, server, is_silent.clone()));
            }
        });
        Self { url: database.url_behind(folder.path()), silent, _folder: folder }
    }

    pub(crate) fn fall_silent_at_commits(&self) {
        self.silent.send_replace(true);
    }

    pub(crate) fn answer_again(&self) {
        self.silent.send_replace(false);
    }
}

/// Passes bytes on both ways; a commit that meets silence is swallowed, and the connection says no more.
async fn relay(
    mut client: UnixStream,
    mut server: UnixStream,
    silent: watch::Receiver<bool>,
) -> io::Result<()> {
    let (mut asked, mut answered) = (vec![0; 65_536], vec![0; 65_536]);
    loop {
        tokio::select! {
            length = client.read(&mut asked) => {
                let bytes = asked.get(..length?).unwrap_or_default();
                if bytes.is_empty() {
                    return Ok(());
                }
                if *silent.borrow() && bytes.windows(6).any(|word| word == b"COMMIT") {
                    std::future::pending::<()>().await;
                }
                server.write_all(bytes).await?;
            }
            length = server.read(&mut answered) => {
                let bytes = answered.get(..length?).unwrap_or_default();
                if bytes.is_empty() {
                    return Ok(());
                }
                client.write_all(bytes).await?;
            }
        }
    }
}
