//! TLS for agents: the certificate in force, and the files that it comes from.
//!
//! The files are looked at twice a second. What they hold takes effect for new connections once it has
//! stood still between two looks and is fit for use; what is not is said, and the pair that works stays.

mod files;
mod peer;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::config::ListenTls;
use crate::refusal::chain;
pub use files::TlsFailure;
use files::{Digest, Files, Material};
pub use peer::{ClientCertificate, Peer};

/// How often the files are looked at.
const EVERY: Duration = Duration::from_millis(500);

/// What agents are spoken to with.
#[derive(Debug)]
pub struct Tls {
    files: Files,
    in_force: ArcSwap<ServerConfig>,
    /// What the files held when they were loaded.
    loaded: Digest,
    /// What is wrong with the files as they are now, while others are in force.
    failure: Mutex<Option<String>>,
}

/// What was seen of the files at one look.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Seen {
    Whole(Digest),
    Unreadable(String),
}

impl Tls {
    /// Reads the files, which must be fit for use.
    pub fn load(settings: &ListenTls) -> Result<Self, TlsFailure> {
        let files = Files::of(settings)?;
        let material = files.read()?;
        let in_force = ArcSwap::from_pointee(material.server_config()?);
        let loaded = material.digest();
        Ok(Self { files, in_force, loaded, failure: Mutex::default() })
    }

    /// What is wrong with the files as they are now; none where they are in force.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// For a new connection.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.in_force.load_full())
    }

    /// Follows the files until told to stop.
    pub async fn follow(self: Arc<Self>, stop: CancellationToken) {
        let mut judged = Seen::Whole(self.loaded);
        let mut last = judged.clone();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
            let own = Arc::clone(&self);
            // Reading files holds up the thread that does it.
            let Ok(read) = tokio::task::spawn_blocking(move || own.files.read()).await else {
                return;
            };
            let seen = Seen::of(&read);
            if last == seen && judged != seen {
                self.judge(read);
                judged = seen.clone();
            }
            last = seen;
        }
    }

    /// Puts what was read into force, if it is fit for use.
    fn judge(&self, read: Result<Material, TlsFailure>) {
        let config = read.and_then(|material| material.server_config());
        let failure = match config {
            Ok(config) => {
                self.in_force.store(Arc::new(config));
                tracing::info!("the certificate for agents was read again and is in force");
                None
            }
            Err(failure) => {
                let failure = chain(&failure);
                tracing::error!(
                    failure,
                    "the certificate for agents cannot be used; the one before stays in force"
                );
                Some(failure)
            }
        };
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    }
}

impl Seen {
    fn of(read: &Result<Material, TlsFailure>) -> Self {
        match read {
            Ok(material) => Self::Whole(material.digest()),
            Err(failure) => Self::Unreadable(chain(failure)),
        }
    }
}
