//! Puts a gateway together from its settings, refuses what is unsafe, and runs it until it is told to
//! stop.

use std::net::SocketAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use audit::{Event, Heirs, StoreFailure, TrailFailure, TrailWriter};
use secrecy::{ExposeSecret as _, SecretString};
use store::{OpenFailure, Store};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::audit_key::AuditKeyFailure;
use crate::budget::Budget;
use crate::clock::{Clock, Ids};
use crate::config::{Config, KustomerFailure, LimitsFailure, StoreUrlFailure};
use crate::descriptors;
use crate::edge::tls::{Tls, TlsFailure};
use crate::edge::{self, Capacity, EdgeLimits};
use crate::expiring;
use crate::flood::Flood;
use crate::gateway::Gateway;
use crate::in_flight::InFlight;
use crate::issuers::{IssuerFailure, Issuers};
use crate::metrics::Metrics;
use crate::mint::Minter;
use crate::notes;
use crate::policies::{LoadFailure, load_catalogue};
use crate::readiness::Readiness;
use crate::reload::{self, Reloading};
use crate::retention;
use crate::tokens::Tokens;
use crate::upstream::{CertificateFailure, Upstream};

/// A gateway that is running.
#[derive(Debug)]
pub struct Running {
    /// Where agents reach it.
    pub agents: SocketAddr,
    /// Where health and administration are.
    pub admin: SocketAddr,
    /// What it runs on.
    pub gateway: Arc<Gateway>,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
    heirs: JoinHandle<()>,
    writer: JoinHandle<()>,
}

/// Starts a gateway. When this returns, both listeners accept connections.
pub async fn start(config: &Config, clock: Arc<dyn Clock>) -> Result<Running, StartFailure> {
    if let Some(address) = config.listen.shared() {
        return Err(StartFailure::SameListener(address));
    }
    config.limits.check()?;
    let catalogue = Arc::new(load_catalogue(&config.catalogue.extend)?);
    let (policies, reloading) = Reloading::load(&config.policies, &catalogue, clock.now())?;
    let upstream = upstream(config)?;
    let issuers = Arc::new(Issuers::open(&config.issuers, clock.now())?);
    let tls = config.listen.tls.as_ref().map(Tls::load).transpose()?.map(Arc::new);
    let (store, url) = open_store(config).await?;
    let audit_key = config.audit.key(url.expose_secret())?;
    let identifiers = config.audit.identifiers(url.expose_secret())?;
    let tokens = Arc::new(Tokens::load(store.agents()).await.map_err(StartFailure::Tokens)?);
    let ids = Arc::new(Ids::default());
    // Before anything says on record that the gateway started.
    let agents = bind("agents", config.listen.agents).await?;
    let admin = bind("admin", config.listen.admin).await?;
    let opened = notes::open_trail(config, &store, &clock, &ids).await;
    let (trail, writer) = opened.map_err(StartFailure::Trail)?;
    let writer = run_writer(writer, &store).map_err(StartFailure::Threads)?;
    let gateway = Arc::new(Gateway {
        catalogue,
        policies: ArcSwap::from_pointee(policies),
        reloading,
        metrics: Metrics::new(),
        tokens,
        issuers,
        minter: Minter::new(&audit_key, config.tokens.longest_ttl),
        budget: Budget::default(),
        in_flight: InFlight::new(config.limits.in_flight),
        sizes: config.limits.sizes(),
        patience: config.limits.request(),
        tls,
        connections: capacity(config),
        flood: Flood::new(config.audit.unauthenticated_per_minute),
        trail,
        identifiers,
        audit_key,
        upstream,
        most_body_bytes: config.forward.read_body_bytes.get() as usize,
        store,
        readiness: Readiness::new(Handle::current()),
        clock,
        zone: config.policies.time_zone.get().clone(),
        ids,
    });
    let silence = config.trail.settings().silence;
    let heirs = Heirs::new(gateway.store.audit_sink(), gateway.trail.clone(), silence);
    reload::note_start(&gateway).await.map_err(StartFailure::Policies)?;
    let stop = CancellationToken::new();
    Ok(Running {
        agents: address(&agents)?,
        admin: address(&admin)?,
        tasks: tasks(config, &gateway, (agents, admin), &stop).map_err(StartFailure::Threads)?,
        heirs: tokio::spawn(heirs.run()),
        writer,
        gateway,
        stop,
    })
}

/// The way to Kustomer.
fn upstream(config: &Config) -> Result<Upstream, StartFailure> {
    let base = config.kustomer.base()?;
    let ca_file = config.kustomer.ca_file.as_deref();
    let key = config.kustomer.key()?;
    Ok(Upstream::new(base, key, ca_file, config.forward.upstream())?)
}

/// Whatever runs until it is told to stop.
fn tasks(
    config: &Config,
    gateway: &Arc<Gateway>,
    (agents, admin): (TcpListener, TcpListener),
    stop: &CancellationToken,
) -> std::io::Result<Vec<JoinHandle<()>>> {
    let limits = edge_limits(config);
    let mut tasks = vec![
        tokio::spawn(edge::agents(gateway, limits)?.accept(agents, stop.clone())),
        tokio::spawn(
            edge::admin(gateway, limits, &config.listen.admin_names)?.accept(admin, stop.clone()),
        ),
        tokio::spawn(Arc::clone(&gateway.tokens).follow(stop.clone())),
        tokio::spawn(Arc::clone(&gateway.tokens).follow_uses(stop.clone())),
        tokio::spawn(notes::follow_floods(Arc::clone(gateway), stop.clone())),
        tokio::spawn(reload::follow(Arc::clone(gateway), stop.clone())),
        tokio::spawn(gateway.metrics.clone().upkeep(stop.clone())),
    ];
    let warning = expiring::run(Arc::clone(gateway), config.tokens.clone(), stop.clone());
    tasks.push(tokio::spawn(warning));
    tasks.extend(gateway.issuers.follow(&gateway.clock, stop));
    if let Some(tls) = &gateway.tls {
        tasks.push(tokio::spawn(Arc::clone(tls).follow(stop.clone())));
    }
    if let Some(keep) = config.audit.keep {
        tasks.push(tokio::spawn(retention::run(Arc::clone(gateway), keep, stop.clone())));
    }
    Ok(tasks)
}

impl Running {
    /// Has the policies read; see [`reload::reload`].
    pub fn reload(&self) -> reload::Answer {
        reload::reload(&self.gateway)
    }

    /// Stops: takes no new connections, lets requests under way end, writes the last outcomes.
    pub async fn stop(self) {
        self.stop.cancel();
        for task in self.tasks {
            // A task that panicked has said so itself.
            let _ = task.await;
        }
        let counted = self.gateway.flood.drain(self.gateway.clock.now());
        notes::note_floods(&self.gateway, counted).await;
        self.heirs.abort();
        let _ = self.heirs.await;
        if let Err(failure) = self.gateway.note(Event::Stopped).await {
            tracing::error!(%failure, "the stop could not be recorded");
        }
        let store = self.gateway.store.clone();
        // The writer ends when the last handle of the trail is gone.
        drop(self.gateway);
        let _ = self.writer.await;
        store.close().await;
    }
}

/// Runs the trail's writer, on a thread of its own where its store wants one.
fn run_writer(writer: TrailWriter, store: &Store) -> std::io::Result<JoinHandle<()>> {
    if !store.writes_in_place() {
        return Ok(tokio::spawn(writer.run()));
    }
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let (done, end) = oneshot::channel();
    std::thread::Builder::new().name("trail".to_owned()).spawn(move || {
        runtime.block_on(writer.run());
        // Nobody need wait for it.
        let _ = done.send(());
    })?;
    Ok(tokio::spawn(async {
        // One that panicked has said so itself.
        let _ = end.await;
    }))
}

fn edge_limits(config: &Config) -> EdgeLimits {
    EdgeLimits {
        header: config.forward.header(),
        idle: config.forward.idle(),
        keep_alive: config.limits.keep_alive(),
        request: config.limits.request(),
        drain: config.forward.drain(),
        head_bytes: config.limits.head_bytes.get(),
        headers: config.limits.sizes().headers,
        streams: config.limits.streams.get(),
    }
}

/// Room for the agents' connections: as the settings say, as far as the system allows it.
fn capacity(config: &Config) -> Arc<Capacity> {
    let most = descriptors::connections(config.limits.connections.get());
    Capacity::new(most, config.limits.connections_per_address.get())
}

async fn open_store(config: &Config) -> Result<(Store, SecretString), StartFailure> {
    let url = config.store.url()?;
    let store = Store::open(url.expose_secret()).await.map_err(StartFailure::Store)?;
    Ok((store, url))
}

async fn bind(which: &'static str, at: SocketAddr) -> Result<TcpListener, StartFailure> {
    TcpListener::bind(at).await.map_err(|why| StartFailure::Listen { which, at, why })
}

fn address(listener: &TcpListener) -> Result<SocketAddr, StartFailure> {
    listener.local_addr().map_err(StartFailure::NoAddress)
}

/// Why a gateway does not start. Each says how to mend it.
#[derive(Debug, thiserror::Error)]
pub enum StartFailure {
    /// Agents would reach the administration.
    #[error("`listen.agents` and `listen.admin` are both {0}; give each an address of its own")]
    SameListener(SocketAddr),
    /// A limit that cannot be kept to.
    #[error(transparent)]
    Limits(#[from] LimitsFailure),
    /// The agents' TLS.
    #[error(transparent)]
    Tls(#[from] TlsFailure),
    /// The policies or the catalogue's additions.
    #[error(transparent)]
    Files(#[from] LoadFailure),
    /// The organisation's address or key.
    #[error(transparent)]
    Kustomer(#[from] KustomerFailure),
    /// Nobody's certificate could be checked.
    #[error(transparent)]
    Certificates(#[from] CertificateFailure),
    /// Whose signed tokens agents may show.
    #[error(transparent)]
    Issuers(#[from] IssuerFailure),
    /// The store's URL.
    #[error(transparent)]
    StoreUrl(#[from] StoreUrlFailure),
    /// The store.
    #[error("the store cannot be used")]
    Store(#[source] OpenFailure),
    /// The audit key.
    #[error(transparent)]
    AuditKey(#[from] AuditKeyFailure),
    /// The tokens.
    #[error("the tokens cannot be read")]
    Tokens(#[source] StoreFailure),
    /// The trail.
    #[error("nothing can be put on record")]
    Trail(#[source] StoreFailure),
    /// The record of which policies are in force.
    #[error("it cannot be recorded which policies are in force")]
    Policies(#[source] TrailFailure),
    /// The threads that serve.
    #[error("the system gives no threads to serve with")]
    Threads(#[source] std::io::Error),
    /// A listener.
    #[error("cannot listen for {which} on {at}; is something else there? set `listen.{which}`")]
    Listen {
        /// `agents` or `admin`.
        which: &'static str,
        /// The address.
        at: SocketAddr,
        /// What the system said.
        #[source]
        why: std::io::Error,
    },
    /// The system does not say where it listens.
    #[error("the system does not say where it listens")]
    NoAddress(#[source] std::io::Error),
}
