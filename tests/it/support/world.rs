//! A whole gateway of a test's own: real sockets, a store in a temporary folder, and a sandbox or a
//! scripted upstream behind it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use audit::{Decided, Filter, Record, RecordId};
use catalogue::{Catalogue, Operation};
use gateway::audit_key::AuditKey;
use gateway::clock::Clock as _;
use gateway::config::StoreSettings;
use gateway::refusal::chain;
use gateway::token::{Token, new_token_id};
use gateway::{Config, Running, StartFailure};
use jiff::Timestamp;
use sandbox::Sandbox;
use secrecy::SecretString;
use serde_json::Value;
use store::{Addresses, Store, TokenRow};
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::answer::Answer;
use super::client::Client;
use super::clock::HandClock;
use super::patience::eventually;

/// A record's id that has the right shape; the sandbox knows no such record.
pub(crate) const ID: &str = "5f1a2b3c4d5e6f708192a3b4";

/// The longest that a gateway may take to stop.
const PATIENCE: Duration = Duration::from_secs(25);

/// The shortest time limit of the settings.
pub(crate) const SECOND: NonZeroU32 = NonZeroU32::MIN;

/// More than any test makes.
const MANY: NonZeroU32 = NonZeroU32::MAX;

/// A change to the settings.
type Change = Box<dyn FnOnce(&mut Config) + Send>;

/// What a world is to be like.
#[derive(Default)]
pub(crate) struct Scene {
    policies: Vec<(String, String)>,
    roles: Vec<(String, String)>,
    strangers: Vec<String>,
    changes: Vec<Change>,
    upstream: Option<SocketAddr>,
    store: Option<String>,
}

/// A running gateway with everything around it.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) running: Running,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) sandbox: Sandbox,
    /// The real key, which nothing but Kustomer may ever see.
    pub(crate) key: String,
    /// A second handle on the gateway's store.
    pub(crate) store: Store,
    pub(crate) client: Client,
    tokens: BTreeMap<String, String>,
    dir: TempDir,
}

impl Scene {
    /// No policy, default settings, a sandbox.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// One agent, `bot`, with the given tables.
    pub(crate) fn bot(tables: &str) -> Self {
        Self::new().agent("bot", tables)
    }

    /// Adds an agent with a policy file of its own; the agent gets a token.
    pub(crate) fn agent(mut self, id: &str, tables: &str) -> Self {
        self.policies.push((id.to_owned(), policy_of(id, tables)));
        self
    }

    /// Adds a role with the given tables.
    pub(crate) fn role(mut self, id: &str, tables: &str) -> Self {
        self.roles.push((id.to_owned(), format!("[role]\nid = \"{id}\"\n{tables}\n")));
        self
    }

    /// Adds an agent that has a token and no policy.
    pub(crate) fn stranger(mut self, id: &str) -> Self {
        self.strangers.push(id.to_owned());
        self
    }

    /// Adds one agent that may do everything that the catalogue knows.
    pub(crate) fn with_root(self) -> Self {
        let named = Catalogue::builtin().operations().filter(|it| it.only_by_name().is_some());
        let named: Vec<String> = named.map(|it| format!("\"{}\" = \"full\"\n", it.id())).collect();
        self.agent("root", &format!("{}[operations]\n{}", everything("full"), named.concat()))
    }

    /// Puts a scripted upstream in the place of the sandbox.
    pub(crate) fn before(mut self, upstream: SocketAddr) -> Self {
        self.upstream = Some(upstream);
        self
    }

    /// Changes the settings.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Config) + Send + 'static) -> Self {
        self.changes.push(Box::new(change));
        self
    }

    /// Keeps records elsewhere than in an SQLite file.
    pub(crate) fn on(mut self, store_url: &str) -> Self {
        self.store = Some(store_url.to_owned());
        self
    }

    /// Starts it all. Each agent has a token from the start.
    pub(crate) async fn start(self) -> World {
        self.try_start().await.unwrap_or_else(|why| panic!("{}", chain(&why)))
    }

    /// Starts it all, or gives the gateway's reason not to.
    pub(crate) async fn try_start(self) -> Result<World, StartFailure> {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let clock = Arc::new(HandClock::new());
        let (sandbox, sandbox_at) = start_sandbox(&clock).await;
        let key = sandbox.admin_key();
        let url = self.store.unwrap_or_else(|| sqlite_url(&dir.path().join("kustodian.db")));
        let policies = write_policies(dir.path(), &self.policies);
        write_roles(&policies, &self.roles);
        let upstream = self.upstream.unwrap_or(sandbox_at);
        let mut config = settings(upstream, &key, &url, policies);
        config.audit.key_file = Some(audit_key(dir.path()));
        // The clock stands still, so all of a test's refusals are of one minute.
        config.audit.unauthenticated_per_minute = MANY;
        for change in self.changes {
            change(&mut config);
        }
        let store = Store::open(&url).await.expect("a store");
        let mut tokens = BTreeMap::new();
        for agent in self.policies.iter().map(|(agent, _)| agent).chain(&self.strangers) {
            let (_, token) = issue(&store, agent, clock.now(), None).await;
            tokens.insert(agent.clone(), token);
        }
        let running = gateway::start(&config, Arc::clone(&clock) as _).await?;
        let client = Client::new(running.agents);
        Ok(World { running, clock, sandbox, key, store, client, tokens, dir })
    }
}

impl World {
    /// The token of an agent.
    #[track_caller]
    pub(crate) fn token(&self, agent: &str) -> &str {
        self.tokens.get(agent).expect("an agent of this scene")
    }

    /// Issues a token while the gateway runs.
    pub(crate) async fn issue(&self, agent: &str, end: Option<Timestamp>) -> (String, String) {
        issue(&self.store, agent, self.clock.now(), end).await
    }

    /// Sends `GET /v1/...` as an agent.
    pub(crate) async fn ask(&self, agent: &str, line: &str) -> Answer {
        self.client.send(line, Some(self.token(agent)), &[], Vec::new()).await
    }

    /// Sends a request of an operation with made-up values, that demands as little as one can.
    pub(crate) async fn ask_example(&self, agent: &str, operation: &Operation) -> Answer {
        let line = format!("{} {}", operation.method(), operation.example_target());
        match operation.example_body() {
            Some(body) => {
                let json = [("content-type", "application/json")];
                self.client.send(&line, Some(self.token(agent)), &json, body.into_bytes()).await
            }
            None => self.ask(agent, &line).await,
        }
    }

    /// Sends `PUT /v1/...` as an agent, with a JSON body.
    pub(crate) async fn ask_with(&self, agent: &str, line: &str, body: &Value) -> Answer {
        let json = [("content-type", "application/json")];
        let body = body.to_string().into_bytes();
        self.client.send(line, Some(self.token(agent)), &json, body).await
    }

    /// Sends a request with whatever stands for a token, or with none.
    pub(crate) async fn ask_as(&self, token: Option<&str>, line: &str) -> Answer {
        self.client.send(line, token, &[], Vec::new()).await
    }

    /// The records of all requests, newest first.
    pub(crate) async fn records(&self) -> Vec<Record> {
        let reader = self.store.audit_reader();
        let records = reader.list(&Filter::default(), 10_000).await;
        let mut records = records.expect("the trail can be read");
        records.retain(|record| record.opening.decision != Decided::Noted);
        records
    }

    /// The record of an answer, once it has its outcome.
    pub(crate) async fn record_of(&self, answer: &Answer) -> Record {
        self.settled(answer.request_id()).await
    }

    /// The record with this id, once it has its outcome.
    pub(crate) async fn settled(&self, id: RecordId) -> Record {
        let reader = self.store.audit_reader();
        eventually("the record's outcome", async || {
            let found = reader.find(id).await.expect("the trail can be read");
            found.filter(|record| record.outcome.is_some())
        })
        .await
    }

    /// The only request on record, once it has its outcome.
    pub(crate) async fn only_record(&self) -> Record {
        let records = eventually("a record with an outcome", async || {
            let records = self.records().await;
            records.iter().any(|record| record.outcome.is_some()).then_some(records)
        })
        .await;
        assert_eq!(records.len(), 1, "{records:?}");
        records.into_iter().next().expect("one record")
    }

    /// How many requests the sandbox received.
    pub(crate) fn received(&self) -> u64 {
        self.sandbox.received_count()
    }

    /// The folder that holds the policies and the store.
    pub(crate) fn folder(&self) -> &Path {
        self.dir.path()
    }

    /// Stops the gateway, which must end by itself. Gives the folder, for whoever reads the store after that.
    pub(crate) async fn stop(self) -> TempDir {
        let stopped = tokio::time::timeout(PATIENCE, self.running.stop()).await;
        stopped.expect("the gateway stops in time");
        self.dir
    }

    /// A text in which the temporary folder is left out, for snapshots.
    pub(crate) fn tidy(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.dir.path().display()), "")
    }
}

/// A policy file's text: the agent's table and the given ones.
pub(crate) fn policy_of(id: &str, tables: &str) -> String {
    format!(
        "[agent]\nid = \"{id}\"\nname = \"Agent {id}\"\nowner = \"{id}@example.com\"\n{tables}\n"
    )
}

/// An `[access]` table with one level on every resource.
pub(crate) fn everything(level: &str) -> String {
    let resources = Catalogue::builtin().resources();
    let entries = resources.map(|resource| format!("{} = \"{level}\"\n", resource.id()));
    format!("[access]\n{}", entries.collect::<String>())
}

/// The URL of an SQLite store.
pub(crate) fn sqlite_url(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}

/// Settings for a gateway on any free ports.
pub(crate) fn settings(upstream: SocketAddr, key: &str, store: &str, policies: PathBuf) -> Config {
    let mut config = Config::default();
    config.listen.agents = SocketAddr::from(([127, 0, 0, 1], 0));
    config.listen.admin = SocketAddr::from(([127, 0, 0, 1], 0));
    config.kustomer.base_url = Some(format!("http://{upstream}"));
    config.kustomer.api_key = Some(SecretString::from(key));
    config.store = StoreSettings::at(store);
    config.policies.dir = policies;
    config
}

/// Makes an audit key in a folder and gives its file.
pub(crate) fn audit_key(folder: &Path) -> PathBuf {
    let file = folder.join("kustodian-audit.key");
    AuditKey::create(&file).expect("an audit key");
    file
}

/// Writes `policies/ID.toml` for each agent and gives the folder.
pub(crate) fn write_policies(dir: &Path, policies: &[(String, String)]) -> PathBuf {
    let folder = dir.join("policies");
    std::fs::create_dir(&folder).expect("a new folder");
    for (agent, text) in policies {
        std::fs::write(folder.join(format!("{agent}.toml")), text).expect("a new file");
    }
    folder
}

/// Writes `roles/ID.toml` for each role into the folder of the policies.
fn write_roles(policies: &Path, roles: &[(String, String)]) {
    let folder = policies.join("roles");
    for (role, text) in roles {
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join(format!("{role}.toml")), text).expect("a new file");
    }
}

/// A sandbox on a socket, with a budget that no test uses up.
pub(crate) async fn start_sandbox(clock: &Arc<HandClock>) -> (Sandbox, SocketAddr) {
    let hands = Arc::clone(clock);
    let settings =
        sandbox::Settings { requests_per_minute: 1_000_000, ..sandbox::Settings::default() };
    let sandbox = Sandbox::new(settings, Arc::new(move || hands.now()));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let at = listener.local_addr().expect("an address");
    tokio::spawn(sandbox.clone().serve(listener, std::future::pending()));
    (sandbox, at)
}

/// Issues a token; gives its id and the token.
pub(crate) async fn issue(
    store: &Store,
    agent: &str,
    now: Timestamp,
    end: Option<Timestamp>,
) -> (String, String) {
    let token = Token::generate().expect("random bytes");
    let id = new_token_id().expect("random bytes");
    let row = TokenRow {
        id: id.clone(),
        agent: agent.to_owned(),
        fingerprint: token.fingerprint(),
        note: None,
        issued_at: now,
        expires_at: end,
        revoked_at: None,
        addresses: Addresses::Anywhere,
        replaced_by: None,
    };
    store.agents().issue(&row).await.expect("the token is issued");
    (id.to_string(), token.reveal().to_owned())
}
