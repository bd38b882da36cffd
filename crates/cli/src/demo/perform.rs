//! Makes the demo's calls over real sockets, and compares what comes of each with its promise.

use std::io::{self, Write};
use std::time::Duration;

use audit::{Record, RecordId};
use gateway::probe::{self, Answer as Reply, Call, ProbeFailure};
use gateway::refusal::chain;
use gateway::token::Token;
use sandbox::Received;

use super::calls::{Bearer, DemoCall, Promise};
use super::stage::Stage;
use crate::failure::{Answer, Failure, Verdict};
use crate::output::{BAD, FAINT, GOOD, STRONG, painted, style_of};

/// How long the end of a record is waited for.
const PATIENCE: Duration = Duration::from_secs(3);

/// Between two looks for it.
const PAUSE: Duration = Duration::from_millis(20);

/// How much of an answer is printed, in characters.
const EXCERPT: usize = 110;

/// Makes all calls. Yes if every one came out as promised.
pub(super) async fn all(stage: &Stage, calls: &[DemoCall], out: &mut dyn Write) -> Answer {
    let mut kept = 0;
    for (call, number) in calls.iter().zip(1..) {
        let seen = make(stage, call).await?;
        let broken = broken_promises(stage, call, &seen);
        kept += usize::from(broken.is_empty());
        print(number, call, &seen, &broken, out)?;
        out.flush()?;
    }
    let (style, all) = (if kept == calls.len() { GOOD } else { BAD }, calls.len());
    writeln!(out, "\n{}", painted(style, format!("{kept} of {all} calls came out as promised")))?;
    Ok(Verdict::of(kept == all))
}

/// What came of a call, as seen from three sides.
struct Seen {
    /// By the agent.
    reply: Result<Reply, ProbeFailure>,
    /// In the trail.
    record: Option<Record>,
    /// By Kustomer: the requests that arrived there meanwhile.
    arrived: Vec<Received>,
}

async fn make(stage: &Stage, call: &DemoCall) -> Result<Seen, Failure> {
    let before = stage.sandbox.received().len();
    let key = stage.sandbox.admin_key();
    let bearer = match call.by {
        Bearer::Agent(agent) => stage.tokens.get(agent).map(Token::reveal),
        Bearer::Nothing => None,
        Bearer::RealKey => Some(key.as_str()),
    };
    let sent = Call { method: call.method, path: &call.path, bearer, json: call.body.as_deref() };
    let reply = probe::send(&stage.authority(), sent).await;
    let record = match reply.as_ref().ok().and_then(request_id) {
        Some(id) => closed_record(stage, id).await?,
        None => None,
    };
    let arrived = stage.sandbox.received().split_off(before);
    Ok(Seen { reply, record, arrived })
}

fn request_id(reply: &Reply) -> Option<RecordId> {
    reply.headers.get(gateway::wire::REQUEST_ID)?.to_str().ok()?.parse().ok()
}

/// The record with this id, once it has its outcome. That is written just after the answer.
async fn closed_record(stage: &Stage, id: RecordId) -> Result<Option<Record>, Failure> {
    let reader = stage.running.gateway.store.audit_reader();
    let waiting = async {
        loop {
            let record = reader.find(id).await?;
            if record.as_ref().is_some_and(|record| record.outcome.is_some()) {
                return Ok(record);
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    match tokio::time::timeout(PATIENCE, waiting).await {
        Ok(found) => found,
        Err(_) => Ok(reader.find(id).await?),
    }
}

/// Everything in which a call differs from its promise.
fn broken_promises(stage: &Stage, call: &DemoCall, seen: &Seen) -> Vec<String> {
    let mut broken = Vec::new();
    let expected = call.promise.status();
    match &seen.reply {
        Ok(reply) if reply.status == expected => {}
        Ok(reply) => broken.push(format!("status {expected} was promised, not {}", reply.status)),
        Err(failure) => broken.push(format!("there was no answer: {}", chain(failure))),
    }
    broken.extend(record_differs(call, seen.record.as_ref()));
    match (call.promise, seen.arrived.as_slice()) {
        (Promise::Permitted(_), [one]) => broken.extend(request_differs(stage, call, one)),
        (Promise::Refused(..), []) => {}
        (_, arrived) => {
            broken.push(format!("requests that arrived at Kustomer: {}", arrived.len()));
        }
    }
    if seen.reply.as_ref().is_ok_and(|reply| reply.body.contains(&stage.sandbox.admin_key())) {
        broken.push("the answer holds the organisation's key".to_owned());
    }
    broken
}

fn record_differs(call: &DemoCall, record: Option<&Record>) -> Option<String> {
    let Some(record) = record else { return Some("there is no record".to_owned()) };
    let (promised, decided) = (call.promise.decision(), record.opening.decision);
    if promised != decided {
        return Some(format!("the record says {decided}, not {promised}"));
    }
    let Some(outcome) = &record.outcome else {
        return Some("the record has no outcome".to_owned());
    };
    let status = Some(call.promise.status());
    (outcome.status != status).then(|| format!("the record says status {:?}", outcome.status))
}

/// In what the request that Kustomer received differs from the one that the agent sent.
fn request_differs(stage: &Stage, call: &DemoCall, received: &Received) -> Option<String> {
    let key = format!("Bearer {}", stage.sandbox.admin_key());
    let mut authorizations = received.headers.get_all("authorization").iter();
    let only_the_key =
        authorizations.next().is_some_and(|value| value.as_bytes() == key.as_bytes())
            && authorizations.next().is_none();
    let body = call.body.as_deref().unwrap_or_default().as_bytes();
    if received.method.as_str() != call.method || received.path_and_query != call.path {
        Some(format!("Kustomer received {} {}", received.method, received.path_and_query))
    } else if received.body != body {
        Some("Kustomer received another body".to_owned())
    } else if !only_the_key {
        Some("Kustomer did not receive the organisation's key alone".to_owned())
    } else {
        None
    }
}

fn print(
    number: usize,
    call: &DemoCall,
    seen: &Seen,
    broken: &[String],
    out: &mut dyn Write,
) -> io::Result<()> {
    let who = match call.by {
        Bearer::Agent(agent) => agent,
        Bearer::Nothing => "a caller without a token",
        Bearer::RealKey => "a caller with the real key",
    };
    writeln!(out, "\n{}", painted(STRONG, format!("{number}. {who}: {}", call.about)))?;
    writeln!(out, "   {} {}", call.method, call.path)?;
    if let Ok(reply) = &seen.reply {
        let decision = seen.record.as_ref().map(|record| record.opening.decision);
        let status = match decision {
            Some(decision) => painted(style_of(decision), format!("{} {decision}", reply.status)),
            None => reply.status.to_string(),
        };
        writeln!(out, "   {status}  {}", painted(FAINT, excerpt(&reply.body)))?;
    }
    if let Some(record) = &seen.record {
        writeln!(out, "   {}", record.sentence())?;
    }
    for difference in broken {
        writeln!(out, "   {} {difference}", painted(BAD, "not as promised:"))?;
    }
    Ok(())
}

/// The beginning of an answer, on one line.
fn excerpt(body: &str) -> String {
    let visible = body.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    let mut short: String = visible.take(EXCERPT).collect();
    if short.len() < body.len() {
        short.push_str(" ...");
    }
    short
}
