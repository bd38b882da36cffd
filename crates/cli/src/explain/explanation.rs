//! A decision with everything that led to it, as text and as JSON.

use std::io::{self, Write};
use std::sync::Arc;

use audit::{Decided, PolicyLine, RecordedDemand, sentence};
use catalogue::diagnostic::Place;
use catalogue::{Asked, Because, Body, BodyUse, Catalogue, Demand, Identified, Method};
use gateway::refusal::{Malformed, WireDefect, denial_code, reason_code};
use policy::{
    Decision, Denial, Entry, EntryName, Facts, Lack, Mode, Occasion, Permit, Policy, PolicySet,
    Reason, decide, looks_into_body, worth_reading,
};
use serde_json::{Value, json};

use crate::output::{BAD, CAUTION, Cell, GOOD, PLAIN, Table, painted, style_of};

/// The answer to "what would the gateway do?".
#[derive(Debug)]
pub(crate) struct Explanation<'a> {
    policy: &'a Arc<Policy>,
    method: &'a str,
    path: &'a str,
    facts: Facts<'a>,
    found: Found,
    /// What was asked, as far as it was read: what a decision keeps of it says less.
    asked: Option<Asked>,
    /// Whether a body, which was not given, could demand more.
    is_open: bool,
}

/// What the gateway's stages come to.
#[derive(Debug)]
enum Found {
    Permit(Permit),
    Denial(Denial),
    Malformed(Malformed),
}

impl<'a> Explanation<'a> {
    /// Goes through the stages that a request's method, target and body go through.
    pub(crate) fn of(
        catalogue: &Catalogue,
        policy: &'a Arc<Policy>,
        method: &'a str,
        target: &'a str,
        body: Option<&[u8]>,
        facts: Facts<'a>,
    ) -> Self {
        let path = target.split('?').next().unwrap_or_default();
        let mut is_open = false;
        // As the gateway's `screen` does, which no method passes that no operation has.
        let screened = method.parse::<Method>().map_err(|_| Malformed::from(WireDefect::Method));
        let identified =
            screened.and_then(|_| catalogue.identify(method, target).map_err(Malformed::Target));
        let read = identified.and_then(|identified| match identified {
            Identified::Known(asked) if worth_reading(policy, &asked, &facts) => {
                let may_have_one = asked.operation().body_use() != BodyUse::Refused;
                let looks = may_have_one && looks_into_body(policy, &asked, &facts);
                is_open = body.is_none() && (asked.wants_body() || looks);
                read(catalogue, asked, body, looks).map(Identified::Known)
            }
            Identified::Known(_) | Identified::Unknown(_) => Ok(identified),
        });
        let asked = match &read {
            Ok(Identified::Known(asked)) => Some(asked.clone()),
            Ok(Identified::Unknown(_)) | Err(_) => None,
        };
        let found = match read {
            Err(why) => Found::Malformed(why),
            Ok(identified) => match decide(policy, identified, &facts) {
                Decision::Permit(permit) => Found::Permit(permit),
                Decision::Denial(denial) => Found::Denial(denial),
            },
        };
        Self { policy, method, path, facts, found, asked, is_open }
    }

    /// Whether the request would be forwarded.
    pub(super) fn permits(&self) -> bool {
        matches!(self.found, Found::Permit(_))
    }

    /// Writes it for people.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let decision = self.decision();
        writeln!(out, "{}: {}\n", painted(style_of(decision), decision), self.sentence())?;
        let mut table = Table::new().indented();
        if let Some(asked) = self.asked() {
            let operation = asked.operation();
            let text =
                format!("{} ({} {})", operation.id(), operation.method(), operation.template());
            table.push(["operation".into(), text.into()]);
        }
        self.rows_of_agent(&mut table);
        self.rows_of_demands(&mut table);
        self.rows_of_advice(&mut table);
        table.write(out)
    }

    /// The same as JSON, with the names of a record's fields.
    pub(super) fn json(&self, policies: &PolicySet) -> Value {
        let operation = self.asked().map(|asked| asked.operation().id());
        let requests = self.policy.limits().requests.as_ref();
        json!({
            "agent": self.policy.agent().id(),
            "name": self.policy.agent().name(),
            "method": self.method,
            "path": self.path,
            "at": self.facts.now,
            "operation": operation,
            "resource": self.asked().map(Asked::resource),
            "targets": self.asked().map_or(&[][..], Asked::targets),
            "demands": self.demands(),
            "body_could_demand": self.open(),
            "decision": self.decision(),
            "reason": self.reason(),
            "policy": PolicyLine {
                file: Some(self.settled_by().map_or(self.policy.file(), |it| &it.file).to_owned()),
                line: self.settled_by().map(|place| place.line),
                fingerprint: policies.fingerprint().to_string(),
            },
            "mode": self.policy.agent().mode(),
            "roles": self.policy.roles().iter().map(|role| role.id()).collect::<Vec<_>>(),
            "limits": { "requests": requests.map(ToString::to_string) },
            "ask": self.policy.agent().owner(),
            "sentence": self.sentence(),
        })
    }

    /// What is decided.
    pub(crate) fn decision(&self) -> Decided {
        match &self.found {
            Found::Permit(permit) => Decided::of(permit),
            Found::Denial(_) => Decided::Denied,
            Found::Malformed(_) => Decided::Malformed,
        }
    }

    /// The code that a record would have.
    pub(crate) fn reason(&self) -> &'static str {
        match &self.found {
            Found::Permit(permit) => permit.observed().map_or("granted", reason_code),
            Found::Denial(denial) => denial_code(denial),
            Found::Malformed(why) => why.code(),
        }
    }

    /// The sentence that a record would have.
    pub(crate) fn sentence(&self) -> String {
        match &self.found {
            Found::Permit(permit) => sentence::permit(permit),
            Found::Denial(denial) => sentence::denied(denial),
            Found::Malformed(why) => {
                sentence::malformed(Some(self.policy.agent().name()), "", &why.to_string())
            }
        }
    }

    /// What was asked, if the catalogue knows it.
    pub(crate) fn asked(&self) -> Option<&Asked> {
        self.asked.as_ref()
    }

    /// What the entries are weighed by.
    fn occasion<'o>(&'o self, asked: &'o Asked) -> Occasion<'o> {
        Occasion::of(self.policy.agent(), asked, &self.facts)
    }

    fn settled_by(&self) -> Option<&Place> {
        match &self.found {
            Found::Permit(permit) => permit.settled_by(),
            Found::Denial(denial) => denial.settled_by(),
            Found::Malformed(_) => None,
        }
    }

    /// The entries that settle it: those that grant it, or those that fall short.
    pub(crate) fn settling(&self) -> Vec<&Entry> {
        let reason = match &self.found {
            Found::Permit(permit) => match permit.observed() {
                None => return permit.grants().map(|grant| grant.entry).collect(),
                Some(reason) => reason,
            },
            Found::Denial(denial) => denial.reason(),
            Found::Malformed(_) => return Vec::new(),
        };
        match reason {
            Reason::NotGranted(lacks) => {
                lacks.iter().filter_map(|lack| lack.entry.as_deref()).collect()
            }
            Reason::UnknownOperation(_)
            | Reason::AgentSuspended { .. }
            | Reason::AgentNotYet(_)
            | Reason::AgentExpired(_)
            | Reason::Narrowed { .. }
            | Reason::Outside(_)
            | Reason::BodyNotRead => Vec::new(),
        }
    }

    fn demands(&self) -> Vec<Value> {
        let Some(asked) = self.asked() else { return Vec::new() };
        let occasion = self.occasion(asked);
        let demands = self.weighed().into_iter().map(|(demand, entry, is_met)| {
            let recorded = RecordedDemand::lacking(&Lack::new(
                demand,
                entry.map(|entry| self.policy.hold(entry)),
                &occasion,
            ));
            let mut json = json!(recorded);
            if let Value::Object(fields) = &mut json {
                fields.insert("met".to_owned(), json!(is_met));
            }
            json
        });
        demands.collect()
    }

    /// Every demand that is known, with the entry that settles it, and whether that is enough.
    fn weighed(&self) -> Vec<(&Demand, Option<&Entry>, bool)> {
        let Some(asked) = self.asked() else { return Vec::new() };
        let occasion = self.occasion(asked);
        let mut weighed: Vec<(&Demand, Option<&Entry>, bool)> = Vec::new();
        for demand in asked.demands() {
            let entry = self.policy.settles(asked.operation(), demand, &occasion);
            let said =
                weighed.iter().any(|(other, has, _)| *has == entry && need(other) == need(demand));
            if !said {
                weighed.push((
                    demand,
                    entry,
                    entry.is_some_and(|it| it.covers(demand.level, &occasion)),
                ));
            }
        }
        weighed
    }

    /// What the body could demand beside that, where none was given.
    fn open(&self) -> Vec<String> {
        let Some(asked) = self.asked().filter(|_| self.is_open) else { return Vec::new() };
        let operation = asked.operation();
        let rules = operation.rules().iter().filter(|rule| rule.is_about_the_body());
        let mut open: Vec<String> = rules
            .map(|rule| format!("{} on {} {}", rule.level(), rule.resource(), rule.when()))
            .collect();
        if operation.is_search() {
            open.push(
                "read on whatever the search returns, and on all that it looks into".to_owned(),
            );
            open.push("full on what it returns, if it includes what was deleted".to_owned());
        }
        open
    }

    /// How the policy is to be taken, where it is more than its own entries in force.
    fn rows_of_agent(&self, table: &mut Table) {
        let agent = self.policy.agent();
        if agent.mode() != Mode::Enforce {
            let mode = format!("{} ({})", agent.mode(), agent.mode_place());
            table.push(["mode".into(), Cell::new(&mode, CAUTION)]);
        }
        if !self.policy.roles().is_empty() {
            let roles: Vec<_> = self.policy.roles().iter().map(|role| role.id().as_str()).collect();
            table.push(["roles".into(), roles.join(", ").into()]);
        }
    }

    /// A row for each demand, and one for the entry that meets it or falls short.
    fn rows_of_demands(&self, table: &mut Table) {
        for (demand, has, is_met) in self.weighed() {
            table.push(["needs".into(), need(demand).into()]);
            let has =
                has.map_or("no entry that speaks of it".into(), |it| entry_text(it, &self.facts));
            table.push(["has".into(), Cell::new(&has, if is_met { GOOD } else { BAD })]);
        }
        for open in self.open() {
            table.push(["body".into(), Cell::new(&format!("could need {open}"), PLAIN)]);
        }
        if self.is_open {
            let advice = "give the body with --body, to see what it needs".to_owned();
            table.push(["body".into(), advice.into()]);
        }
    }

    fn rows_of_advice(&self, table: &mut Table) {
        if let (Some(limit), true) = (&self.policy.limits().requests, self.permits()) {
            table.push(["limit".into(), format!("{limit} ({})", limit.place).into()]);
        }
        if self.decision() == Decided::Permitted {
            return;
        }
        table.push(["reason".into(), self.reason().into()]);
        if let Found::Denial(denial) = &self.found
            && let Identified::Unknown(unknown) = denial.identified()
            && !unknown.known_methods.is_empty()
        {
            let methods: Vec<_> = unknown.known_methods.iter().map(ToString::to_string).collect();
            table.push(["known".into(), format!("this path with {}", methods.join(", ")).into()]);
        }
        table.push(["ask".into(), Cell::new(self.policy.agent().owner(), PLAIN)]);
    }
}

fn need(demand: &Demand) -> String {
    match &demand.because {
        Because::Operation => {
            format!("{} on {}, because of the operation itself", demand.level, demand.on())
        }
        Because::Rule(because) => format!("{} on {}, because {because}", demand.level, demand.on()),
    }
}

/// An entry as it stands in the file: `customers = "read" (policies/support-agent.toml:14)`, with its role
/// and its time.
pub(crate) fn entry_text(entry: &Entry, facts: &Facts<'_>) -> String {
    let name = match &entry.name {
        EntryName::Operation(_) | EntryName::Klass(_) => format!("\"{}\"", entry.name),
        EntryName::Action(_) | EntryName::Resource(_) => entry.name.to_string(),
    };
    let role = entry.role.as_ref().map(|role| format!(" of role {role}")).unwrap_or_default();
    let window = if entry.window().is_always_open() {
        String::new()
    } else if entry.window().shut_at(facts.now).is_some() {
        format!(", which does not count now: {}", entry.window())
    } else {
        format!(", {}", entry.window())
    };
    let when = entry.when().map(|when| format!(", when {}", when.short())).unwrap_or_default();
    format!("{name} = \"{}\"{role} ({}){window}{when}", entry.level, entry.place)
}

/// What is asked, with what the body adds. Without one, an empty body is as good a guess as any, unless
/// the operation cannot do without, or a condition looks into it.
fn read(
    catalogue: &Catalogue,
    asked: Asked,
    body: Option<&[u8]>,
    looks: bool,
) -> Result<Asked, Malformed> {
    let Some(bytes) = body else {
        if looks {
            return Ok(asked);
        }
        let read = catalogue.read_body(asked.clone(), &Body::empty());
        return Ok(read.unwrap_or(asked));
    };
    let body = Body::read(bytes).map_err(Malformed::Body)?;
    let read = if looks {
        catalogue.read_any_body(asked, &body)
    } else {
        catalogue.read_body(asked, &body)
    };
    read.map_err(Malformed::Body)
}
