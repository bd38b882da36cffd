//! One life of the gateway after the other: started, put under load, killed, and looked into.

use std::time::Duration;

use audit::{Against, Cursor, Filter, Record, RecordId, verify};
use jiff::Timestamp;
use store::Store;
use tokio::time::{Instant, sleep};

use super::call::{AGENT, Call, POLICY};
use super::compare::compare;
use super::kustomer::Kustomer;
use super::load::{Caller, Load};
use super::server::Server;
use super::tally::Tally;
use super::{Engine, Plan};
use crate::support::dice::Dice;
use crate::support::patience::eventually;
use crate::support::program::{Installation, Serving};
use crate::support::world::sqlite_url;

/// The longest that the gateway is left alive under load, in microseconds.
const LONGEST: u64 = 400_000;
/// On Postgres, the server crashes too in each life whose number this divides.
const OUTAGE: u32 = 3;
/// How soon requests must go through again once the database is back.
const RECOVERY: Duration = Duration::from_secs(5);
/// After how many seconds a gateway that was killed is taken for dead.
const SILENCE: u32 = 2;
/// Records that are read at once.
const PAGE: u32 = 5_000;

/// Everything that is there while the gateway comes and goes.
#[derive(Debug)]
pub(crate) struct Scene {
    installation: Installation,
    token: String,
    kustomer: Kustomer,
    /// The gateway that is alive now.
    serving: Serving,
    store: Store,
    server: Option<Server>,
    connections: u32,
    dice: Dice,
    calls: Vec<Call>,
    /// The last record of the lives before this one.
    last: RecordId,
}

impl Scene {
    /// Sets everything up, and starts the gateway for the first time.
    pub(crate) async fn set(plan: &Plan) -> Self {
        let kustomer = Kustomer::start().await;
        let quiet = format!("[log]\nfilter = \"error\"\n[trail]\nsilence_seconds = {SILENCE}\n");
        let installation =
            Installation::new(kustomer.at, "not-a-real-key", &[(AGENT, POLICY)], &quiet);
        let server = (plan.engine == Engine::Postgres).then(Server::start);
        let url = match &server {
            Some(server) => server.url.clone(),
            None => sqlite_url(&installation.folder().join("kustodian.db")),
        };
        let own_url = server.as_ref().map_or_else(|| url.clone(), Server::own_url);
        installation.keep_in(&url);
        let token = installation.token(AGENT);
        let serving = installation.serve();
        Self {
            installation,
            token,
            kustomer,
            serving,
            store: Store::open(&own_url).await.expect("the store opens"),
            server,
            connections: plan.connections,
            dice: Dice::new(plan.seed),
            calls: Vec::new(),
            last: RecordId::floor(Timestamp::UNIX_EPOCH),
        }
    }

    /// Puts the gateway under load, kills it, starts it again, and looks into the trail.
    pub(crate) async fn live_and_die(&mut self, number: u32) -> Tally {
        let caller =
            Caller { agents: self.serving.agents, token: self.token.clone(), life: number };
        let load = Load::start(&caller, self.connections, &mut self.dice);
        self.wait_a_while().await;
        let slow = if number.is_multiple_of(OUTAGE) { self.outage(&load).await } else { None };
        self.serving.kill();
        let calls = load.calls().await;
        if let Some(server) = &mut self.server {
            server.be_up();
            server.let_go_of_the_dead().await;
        }
        self.serving = self.installation.serve();
        let mut tally = self.look(number, &calls).await;
        tally.faults.extend(slow);
        tally.faults.extend(self.breaks().await);
        self.calls.extend(calls);
        tally
    }

    /// Compares all calls of all lives with the whole trail; gives what was not known before.
    pub(crate) async fn look_back(&mut self, sum: &Tally) -> Vec<String> {
        let records = self.records_once_complete().await;
        let mut all = compare(&self.calls, &self.kustomer.seen(), &records);
        if all.records != sum.records {
            all.faults.push(format!("{} records became {}", sum.records, all.records));
        }
        all.faults.extend(self.breaks().await);
        all.faults.retain(|fault| !sum.faults.contains(fault));
        all.faults
    }

    /// All records, once the gateway that is alive has completed what the dead ones left open.
    async fn records_once_complete(&self) -> Vec<Record> {
        eventually("every record to have its outcome", async || {
            let records = self.records(RecordId::floor(Timestamp::UNIX_EPOCH)).await;
            records.iter().all(|record| record.outcome.is_some()).then_some(records)
        })
        .await
    }

    /// Where a chain of the trail is broken.
    async fn breaks(&self) -> Vec<String> {
        let reader = self.store.audit_reader();
        let walked = verify(&*reader, Against::default(), &mut |_, _| ()).await;
        let findings = walked.expect("the trail can be walked").findings;
        findings.iter().map(|finding| format!("the trail is broken: {finding}")).collect()
    }

    async fn look(&mut self, number: u32, calls: &[Call]) -> Tally {
        let records = self.records(self.last).await;
        if let Some(last) = records.last() {
            self.last = last.opening.id;
        }
        let mut seen = self.kustomer.seen();
        seen.retain(|line| line.contains(&format!("/{number:08x}")));
        compare(calls, &seen, &records)
    }

    /// Crashes the database under a gateway that is alive. Every other time the gateway is killed
    /// while it is away; else it is given time to recover. Says so if it does not.
    async fn outage(&mut self, load: &Load) -> Option<String> {
        self.server.as_mut()?.crash();
        self.wait_a_while().await;
        if self.dice.below(2) == 0 {
            return None;
        }
        self.server.as_mut()?.be_up();
        let (back, before) = (Instant::now(), load.let_through());
        while load.let_through() == before {
            if back.elapsed() > RECOVERY {
                return Some(format!(
                    "nothing goes through {RECOVERY:?} after the database is back"
                ));
            }
            sleep(Duration::from_millis(1)).await;
        }
        self.wait_a_while().await;
        None
    }

    async fn wait_a_while(&mut self) {
        sleep(Duration::from_micros(self.dice.below(LONGEST))).await;
    }

    /// The records after this one, oldest first.
    async fn records(&self, after: RecordId) -> Vec<Record> {
        let reader = self.store.audit_reader();
        let mut records: Vec<Record> = Vec::new();
        let mut cursor = after;
        loop {
            let filter = Filter { cursor: Some(Cursor::After(cursor)), ..Filter::default() };
            let page = reader.list(&filter, PAGE).await.expect("the trail can be read");
            let Some(last) = page.last() else {
                records.retain(|record| record.opening.requests > 0);
                return records;
            };
            cursor = last.opening.id;
            records.extend(page);
        }
    }
}
