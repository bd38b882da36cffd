//! A gateway before a recorder, and an agent that is granted a little: whatever else it reaches is a
//! hole.

use audit::{Decided, Record, RecordId};

use super::case::{Case, Then, Words};
use super::recorder::{Received, Recorder};
use super::wires::{self, Seen, Streams};
use crate::support::patience::eventually;
use crate::support::world::{SECOND, Scene, World};

/// All that the agent may do: look at customers, and change one.
pub(crate) const POLICY: &str =
    "[access]\ncustomers = \"read\"\n[operations]\n\"customers.update\" = \"write\"";

/// The headers that Kustomer may be sent: what a request says of itself, and what the gateway adds.
pub(crate) const PASSING: [&str; 15] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "authorization",
    "content-encoding",
    "content-language",
    "content-length",
    "content-type",
    "host",
    "idempotency-key",
    "kustodian-request-id",
    "traceparent",
    "tracestate",
    "transfer-encoding",
    "user-agent",
];

/// A running gateway under attack.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) recorder: Recorder,
    /// The newest record that was looked at.
    last: Option<RecordId>,
}

/// What came of one attack.
#[derive(Debug)]
struct Met {
    answers: Vec<Seen>,
    received: Vec<Received>,
    /// Oldest first.
    records: Vec<Record>,
}

impl Stage {
    /// Starts the gateway and what stands behind it.
    pub(crate) async fn start() -> Self {
        let recorder = Recorder::start().await;
        let scene = Scene::bot(POLICY).before(recorder.at).with(|config| {
            // What waits for more of an attack gives up soon.
            config.forward.header_seconds = SECOND;
            config.forward.idle_seconds = SECOND;
        });
        Self { world: scene.start().await, recorder, last: None }
    }

    /// The words that the agent puts into its requests.
    pub(crate) fn words(&self) -> Words<'_> {
        Words { token: self.world.token("bot"), key: &self.world.key }
    }

    /// Attacks over HTTP/1.1; gives what is not as it must be.
    pub(crate) async fn http1(&mut self, case: &Case) -> Option<String> {
        let bytes = case.sends.http1(self.words())?;
        let answers = wires::http1(self.world.running.agents, bytes).await;
        let met = self.met(answers, &case.then).await;
        self.judge(&met, &case.then).err().map(|why| told(case, "HTTP/1.1", &why, &met))
    }

    /// Attacks over HTTP/2; gives what is not as it must be.
    pub(crate) async fn http2(&mut self, case: &Case) -> Option<String> {
        let frames = case.sends.http2(self.words())?;
        let streams = wires::http2(self.world.running.agents, &frames).await;
        let Streams { mut answers, .. } = streams;
        answers.retain(|seen| seen.status != 0);
        let then = case.then_http2();
        let met = self.met(answers, &then).await;
        self.judge(&met, &then).err().map(|why| told(case, "HTTP/2", &why, &met))
    }

    async fn met(&mut self, answers: Vec<Seen>, then: &[Then]) -> Met {
        // Over HTTP/2 a stream may be closed before its request is on record.
        let must = then.iter().filter_map(record).count();
        let mut records = self.records().await;
        if then.contains(&Then::Torn) && records.len() < must {
            let late = async || {
                let records = self.records().await;
                (!records.is_empty()).then_some(records)
            };
            records
                .extend(eventually("the record of a request whose stream was closed", late).await);
        }
        Met { answers, received: self.recorder.take(), records }
    }

    /// The records since the last time this was asked, oldest first.
    pub(crate) async fn records(&mut self) -> Vec<Record> {
        let mut records = self.world.records().await;
        if let Some(place) = records.iter().position(|record| Some(record.opening.id) == self.last)
        {
            records.truncate(place);
        }
        records.reverse();
        self.last = records.last().map(|record| record.opening.id).or(self.last);
        records
    }

    fn judge(&self, met: &Met, then: &[Then]) -> Result<(), String> {
        let answers: Vec<_> = then.iter().filter_map(answer).collect();
        same("answers", &met.answers, &answers)?;
        let of_records: Vec<_> = met.records.iter().map(decided).collect();
        let records: Vec<_> = then.iter().filter_map(record).collect();
        same("records", &of_records, &records)?;
        let sent: Vec<_> = then.iter().filter_map(|then| then.sent(self.words())).collect();
        let (whole, parts): (Vec<_>, Vec<_>) = met.received.iter().partition(|one| one.whole);
        same(
            "Kustomer received",
            &whole.into_iter().map(line_and_body).collect::<Vec<_>>(),
            &sent,
        )?;
        // A part may show a moment later than the answer, with the next attack.
        let write = Then::Wrote("").sent(self.words());
        if let Some(part) =
            parts.iter().find(|part| Some(&part.line) != write.as_ref().map(|(line, _)| line))
        {
            return Err(format!("Kustomer received a part of {}", part.line));
        }
        met.received.iter().try_for_each(|received| self.check_clean(received))
    }

    /// What goes up is the gateway's: its key, its host, and no header that was not let through.
    fn check_clean(&self, received: &Received) -> Result<(), String> {
        let key = format!("Bearer {}", self.world.key);
        same("the key", &received.all("authorization"), &[key.as_str()])?;
        let host = self.recorder.at.to_string();
        same("the host", &received.all("host"), &[host.as_str()])?;
        let names = received.names();
        if let Some((name, _)) = names.iter().find(|(name, _)| !PASSING.contains(name)) {
            return Err(format!("Kustomer received the header `{name}`"));
        }
        if names.contains_key("content-length") && names.contains_key("transfer-encoding") {
            return Err("Kustomer received a body framed in two ways".to_owned());
        }
        let text = format!("{received:?}");
        if text.contains(self.world.token("bot")) || text.contains("\\n") {
            return Err("Kustomer received the agent's token, or a line within a line".to_owned());
        }
        Ok(())
    }
}

fn line_and_body(received: &Received) -> (String, String) {
    (received.line.clone(), String::from_utf8_lossy(&received.body).into_owned())
}

fn answer(then: &Then) -> Option<Seen> {
    let (status, code) = match *then {
        Then::Refused(status, code) | Then::Own(status, code) => (status, code),
        Then::Unproven(_) => (401, "unauthenticated"),
        Then::Read(_) | Then::Wrote(_) => (200, ""),
        Then::Broke => (408, "request_broke_off"),
        Then::Continue => (100, ""),
        Then::Mute(status, _) | Then::Unread(status) => (status, ""),
        Then::Torn | Then::Closed => return None,
    };
    Some(Seen { status, code: code.to_owned() })
}

fn decided(record: &Record) -> (bool, String) {
    (record.opening.decision == Decided::Permitted, record.opening.reason.clone())
}

/// Whether the record says that it was permitted, and its code.
fn record(then: &Then) -> Option<(bool, String)> {
    match *then {
        Then::Refused(_, code) | Then::Mute(_, code) | Then::Unproven(code) => {
            Some((false, code.to_owned()))
        }
        Then::Broke | Then::Torn => Some((false, "request_broke_off".to_owned())),
        Then::Read(_) | Then::Wrote(_) => Some((true, "granted".to_owned())),
        Then::Continue | Then::Unread(_) | Then::Closed | Then::Own(..) => None,
    }
}

fn same<T: std::fmt::Debug + PartialEq>(what: &str, met: &[T], must: &[T]) -> Result<(), String> {
    if met == must { Ok(()) } else { Err(format!("{what}: {met:?}, but must be {must:?}")) }
}

fn told(case: &Case, over: &str, why: &str, met: &Met) -> String {
    let Met { answers, received, records } = met;
    let records: Vec<_> = records.iter().map(decided).collect();
    let lines: Vec<_> = received.iter().map(line_and_body).collect();
    format!(
        "{} {} over {over}: {why}\n    answers {answers:?}\n    received {lines:?}\n    records {records:?}",
        case.number, case.name
    )
}
