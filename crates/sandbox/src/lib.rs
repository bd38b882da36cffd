//! A stand-in for Kustomer, good enough to try policies on and to develop an agent against.
//!
//! A [`Sandbox`] answers as Kustomer does, from a state in memory that starts with the same
//! believable data each time: an outdoor shop's support desk. Time is handed in and ids are
//! counted, so the same calls give the same answers.
//!
//! What it does:
//! - Customers, conversations, messages, notes, drafts, klasses and their objects, users, teams,
//!   tags, shortcuts, search, inbound hooks, outbound webhooks and the key's own description work
//!   on state: what is created can be read, listed, searched, changed and deleted.
//! - Every other operation of the catalogue is answered with its status and a plain envelope, so
//!   that a policy can be tried on all of them. Such an answer carries the header
//!   `x-sandbox-simulated: envelope`. Unknown paths are 404.
//! - Keys are signed tokens with roles inside ([`Sandbox::key`]): 401 without a valid key, 403
//!   without a role that covers the operation, 429 over a budget, 400 and 404 as Kustomer has them.
//!
//! What it does not: workflows, attachments, delivery of messages to people. A draft counts as
//! sent at once and appears as an outbound message.
//!
//! ```
//! use std::sync::Arc;
//!
//! let clock: sandbox::Clock = Arc::new(|| "2026-03-02T09:00:00Z".parse().unwrap());
//! let sandbox = sandbox::Sandbox::new(sandbox::Settings::default(), clock);
//! let key = sandbox.key("reader", &["org.user.customer.read"]);
//! assert_eq!(key, sandbox.key("reader", &["org.user.customer.read"]));
//! let _router = sandbox.router();
//! ```

mod call;
mod compare;
mod envelope;
mod fields;
mod hex;
mod key;
mod limits;
mod page;
mod received;
mod record;
mod refusal;
mod router;
mod routes;
mod search;
mod seed;
mod service;
mod state;
mod webhook;
mod write;

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::serve::ListenerExt;
use jiff::Timestamp;
use tokio::net::TcpListener;

use crate::limits::Limits;
use crate::received::Log;
use crate::state::State;
use crate::webhook::Courier;

pub use crate::received::Received;
pub use crate::router::operation_of;
pub use crate::seed::{Seeded, SeededCustomer, SeededObject};

/// Tells the time; the sandbox never looks at a clock of its own.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The roles of [`Sandbox::admin_key`]: with them, every operation opens.
const ADMIN_ROLES: [&str; 6] = [
    "org.user",
    "org.admin",
    "org.permission",
    "org.tracking",
    "org.hooks",
    "org.outbound_webhooks",
];

/// What can be set on a sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The secret that signs keys. A key signed with another one is not valid.
    pub key_secret: String,
    /// How many requests the organisation may make in a minute, all keys together.
    pub requests_per_minute: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { key_secret: "the sandbox signs with this".to_owned(), requests_per_minute: 1000 }
    }
}

/// The stand-in. Clones share one state.
#[derive(Clone)]
pub struct Sandbox(Arc<Shared>);

/// What the clones of a sandbox share.
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    pub(crate) courier: Courier,
    seeded: Seeded,
    desk: Mutex<Desk>,
}

/// What changes while the sandbox runs.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) state: State,
    pub(crate) limits: Limits,
    pub(crate) received: Log,
}

impl Sandbox {
    /// A sandbox with the seeded data.
    #[must_use]
    pub fn new(settings: Settings, clock: Clock) -> Self {
        let mut state = State::default();
        let seeded = seed::fill(&mut state);
        let desk = Desk { state, limits: Limits::default(), received: Log::default() };
        let courier = Courier::new();
        Self(Arc::new(Shared { settings, clock, courier, seeded, desk: Mutex::new(desk) }))
    }

    /// The API as a router: for tests that need no socket.
    pub fn router(&self) -> Router {
        Router::new().fallback(service::answer).with_state(self.clone())
    }

    /// Serves the API until `shutdown` is done, then finishes what is under way.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        // Small answers go out at once.
        let listener = listener.tap_io(|connection| {
            if let Err(error) = connection.set_nodelay(true) {
                tracing::debug!(%error, "a connection keeps its delay");
            }
        });
        axum::serve(listener, self.router()).with_graceful_shutdown(shutdown).await?;
        self.0.courier.finish().await;
        Ok(())
    }

    /// Signs an API key. The same name and roles give the same key.
    ///
    /// Roles work as prefixes: `org.user` covers `org.user.customer.read`.
    #[must_use]
    pub fn key(&self, name: &str, roles: &[&str]) -> String {
        key::sign(&self.0.settings.key_secret, name, roles)
    }

    /// A key that opens everything.
    #[must_use]
    pub fn admin_key(&self) -> String {
        self.key("admin", &ADMIN_ROLES)
    }

    /// The records that the sandbox started with.
    #[must_use]
    pub fn seeded(&self) -> &Seeded {
        &self.0.seeded
    }

    /// The requests that arrived, oldest first; of very many, the latest ten thousand or 64 MiB.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.0.desk().received.all()
    }

    /// How many requests arrived in all.
    #[must_use]
    pub fn received_count(&self) -> u64 {
        self.0.desk().received.count()
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.0
    }
}

impl Shared {
    /// The desk. A panic while somebody held it leaves whole records behind, so it is used on.
    pub(crate) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("received", &self.received_count()).finish_non_exhaustive()
    }
}
