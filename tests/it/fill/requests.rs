//! One request after the other, as the gateway would have recorded them.

use audit::{Decided, Opening, Outcome, OutcomeKind, PolicyLine, RecordId, RecordedDemand};
use jiff::{SignedDuration, Timestamp};

use super::agents::{self, Agent};
use super::operations::{DENIED, Names, Operation, granted};
use super::targets::Targets;
use super::{Plan, REPLICAS};
use crate::support::dice::Dice;

/// The requests that one replica gets, in the order of time.
#[derive(Debug)]
pub(crate) struct Requests {
    dice: Dice,
    agents: Vec<Agent>,
    targets: Targets,
    begin: Timestamp,
    /// Microseconds from one of its requests to the next.
    step: u64,
    number: u64,
    fingerprint: String,
}

/// A record in its two parts; one that was refused has no second.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) opening: Opening,
    pub(crate) outcome: Option<Outcome>,
}

impl Requests {
    /// Those of the replica with this number.
    pub(crate) fn of(plan: &Plan, replica: u64) -> Self {
        let all = u64::from(plan.days) * 86_400_000_000;
        Self {
            dice: Dice::new(plan.seed ^ (replica << 32)),
            agents: agents::all(plan.agents),
            targets: Targets::of(plan.seed, plan.records),
            begin: plan.begin,
            step: (all / plan.records.div_ceil(REPLICAS).max(1)).max(2),
            number: 0,
            fingerprint: format!("{:016x}", plan.seed).repeat(4),
        }
    }

    /// When the next request can arrive at the earliest.
    pub(crate) fn now(&self) -> Timestamp {
        self.after(self.number * self.step)
    }

    /// When the next request arrives.
    fn instant(&mut self) -> Timestamp {
        let micros = self.number * self.step + self.dice.below(self.step);
        self.number += 1;
        self.after(micros)
    }

    fn after(&self, micros: u64) -> Timestamp {
        self.begin + SignedDuration::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
    }

    /// A new id of this instant.
    pub(crate) fn id(&mut self, at: Timestamp) -> RecordId {
        let mut bytes = *RecordId::floor(at).as_bytes();
        for (byte, chance) in bytes[8..].iter_mut().zip(self.dice.below(u64::MAX).to_be_bytes()) {
            // What is set already says which kind of id it is.
            *byte |= chance & 0x3f;
        }
        RecordId::from_bytes(bytes)
    }

    /// The next request.
    pub(crate) fn next(&mut self) -> Request {
        let at = self.instant();
        let id = self.id(at);
        let agent = agents::pick(&self.agents, &mut self.dice).clone();
        match self.dice.below(1000) {
            0..920 => self.permitted(id, at, &agent),
            920..970 => whole(self.denied(id, at, &agent)),
            970..985 => whole(self.unauthenticated(id, at)),
            985..992 => whole(self.malformed(id, at, &agent)),
            _ => whole(self.limited(id, at, &agent)),
        }
    }

    fn permitted(&mut self, id: RecordId, at: Timestamp, agent: &Agent) -> Request {
        let asked = Asked::any(granted(self.dice.below(100)), &self.targets, &mut self.dice);
        let (line, file) = (9 + asked.line(), &agent.file);
        let Operation { level, resource, verb, .. } = asked.operation;
        let grant = format!("{level} on {resource}, {file}:{line}");
        let (name, object) = (&agent.name, asked.object.clone());
        let opening = Opening {
            demands: vec![asked.demand(Some(level), resource)],
            policy: self.policy(Some(file), Some(line)),
            sentence: format!(
                "{name} was permitted to {} {object} ({grant}); Kustomer's answer is not recorded yet.",
                verb[0]
            ),
            ..asked.opening(id, at, agent)
        };
        let outcome = self.outcome(&format!("{name} {} {object} ({grant})", verb[1]));
        Request { opening, outcome: Some(outcome) }
    }

    fn outcome(&mut self, account: &str) -> Outcome {
        let status = if self.dice.below(50) == 0 { 404 } else { 200 };
        let duration_ms = 20 + self.dice.below(200);
        Outcome {
            kind: OutcomeKind::Answered,
            status: Some(status),
            duration_ms,
            bytes_in: 0,
            bytes_out: 400 + self.dice.below(8000),
            sentence: format!("{account}; Kustomer answered {status} in {duration_ms} ms."),
        }
    }

    fn denied(&mut self, id: RecordId, at: Timestamp, agent: &Agent) -> Opening {
        let which = usize::try_from(self.dice.below(DENIED.len() as u64)).unwrap_or(0);
        let asked = Asked::any(&DENIED[which], &self.targets, &mut self.dice);
        let (line, file) = (27, &agent.file);
        let Operation { level, resource, verb, .. } = asked.operation;
        let entry = format!("delete_{resource}");
        let sentence = format!(
            "{} was refused: {} {} needs {level} on {resource}; its policy sets {entry} to off ({file}:{line}).",
            agent.name, verb[2], asked.object
        );
        Opening {
            demands: vec![asked.demand(Some("off"), &entry)],
            policy: self.policy(Some(file), Some(line)),
            ..refused(Decided::Denied, "level_too_low", 403, sentence, asked.opening(id, at, agent))
        }
    }

    fn limited(&mut self, id: RecordId, at: Timestamp, agent: &Agent) -> Opening {
        let asked = Asked::any(granted(self.dice.below(100)), &self.targets, &mut self.dice);
        let Operation { level, resource, verb, .. } = asked.operation;
        let sentence = format!(
            "{} was held back: {} {} would go over its limit of 600 per minute ({}:5); it may try again in 3 s.",
            agent.name, verb[2], asked.object, agent.file
        );
        Opening {
            demands: vec![asked.demand(Some(level), resource)],
            policy: self.policy(Some(&agent.file), Some(5)),
            ..refused(
                Decided::Limited,
                "limit_reached",
                429,
                sentence,
                asked.opening(id, at, agent),
            )
        }
    }

    fn malformed(&mut self, id: RecordId, at: Timestamp, agent: &Agent) -> Opening {
        let sentence = format!(
            "{} was refused: its request cannot be read with certainty (the path holds a dot segment).",
            agent.name
        );
        let opening = Opening {
            path: "/v1/customers/../settings".to_owned(),
            policy: self.policy(Some(&agent.file), None),
            ..bare(id, at, &agent.address)
        };
        let opening =
            Opening { agent: Some(agent.id.clone()), token: Some(agent.token.clone()), ..opening };
        refused(Decided::Malformed, "dot_segment", 400, sentence, opening)
    }

    fn unauthenticated(&mut self, id: RecordId, at: Timestamp) -> Opening {
        let address = format!("203.0.113.{}", self.dice.below(250));
        let sentence = format!("An unknown caller at {address} was refused: the token is unknown.");
        let opening = Opening { policy: self.policy(None, None), ..bare(id, at, &address) };
        refused(Decided::Unauthenticated, "token_unknown", 401, sentence, opening)
    }

    fn policy(&self, file: Option<&String>, line: Option<u32>) -> PolicyLine {
        PolicyLine { file: file.cloned(), line, fingerprint: self.fingerprint.clone() }
    }
}

/// An operation with what it is asked of.
struct Asked {
    operation: &'static Operation,
    targets: Vec<String>,
    path: String,
    object: String,
}

impl Asked {
    fn any(operation: &'static Operation, targets: &Targets, dice: &mut Dice) -> Self {
        let targets = match operation.names {
            Names::Nothing => Vec::new(),
            Names::Id => vec![targets.pick(dice)],
            Names::Two => vec![targets.pick(dice), targets.any(dice)],
            Names::Email => vec![targets.email(dice)],
        };
        let fill = |text: &str| {
            let name = |at: usize| targets.get(at).map_or("", String::as_str);
            let first = name(0).strip_prefix("email=").unwrap_or(name(0));
            text.replace("{}", first).replace("{+}", name(1))
        };
        Self { operation, path: fill(operation.path), object: fill(operation.object), targets }
    }

    /// Where the policy speaks of the resource.
    fn line(&self) -> u32 {
        u32::try_from(self.operation.resource.len()).unwrap_or(0)
    }

    fn demand(&self, granted: Option<&str>, entry: &str) -> RecordedDemand {
        RecordedDemand {
            resource: self.operation.resource.to_owned(),
            level: self.operation.level.to_owned(),
            because: "the operation itself".to_owned(),
            granted: granted.map(ToOwned::to_owned),
            entry: Some(entry.to_owned()),
            role: None,
            unmet: None,
        }
    }

    fn opening(self, id: RecordId, at: Timestamp, agent: &Agent) -> Opening {
        Opening {
            agent: Some(agent.id.clone()),
            token: Some(agent.token.clone()),
            method: self.operation.method.to_owned(),
            path: self.path,
            operation: Some(self.operation.id.to_owned()),
            resource: Some(self.operation.resource.to_owned()),
            targets: self.targets,
            ..bare(id, at, &agent.address)
        }
    }
}

/// What is known of every request.
fn bare(id: RecordId, at: Timestamp, address: &str) -> Opening {
    Opening {
        id,
        at,
        agent: None,
        token: None,
        address: address.to_owned(),
        method: "GET".to_owned(),
        path: "/v1/customers".to_owned(),
        operation: None,
        resource: None,
        targets: Vec::new(),
        demands: Vec::new(),
        decision: Decided::Permitted,
        reason: "granted".to_owned(),
        policy: PolicyLine::default(),
        requests: 1,
        detail: None,
        sentence: String::new(),
        outcome: None,
    }
}

/// The same, refused by the gateway itself.
fn refused(
    decision: Decided,
    reason: &str,
    status: u16,
    sentence: String,
    opening: Opening,
) -> Opening {
    let outcome = Outcome {
        kind: OutcomeKind::Refused,
        status: Some(status),
        duration_ms: 0,
        bytes_in: 0,
        bytes_out: 0,
        sentence: sentence.clone(),
    };
    Opening { decision, reason: reason.to_owned(), sentence, outcome: Some(outcome), ..opening }
}

fn whole(opening: Opening) -> Request {
    Request { opening, outcome: None }
}
