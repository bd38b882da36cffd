//! `kustodian matrix`: what each level means, or what one agent may do, operation by operation.

use std::io::Write;

use catalogue::{Because, Catalogue, Level, Operation, Resource};
use gateway::Config;
use gateway::clock::{Clock as _, SystemClock};
use gateway::policies::load_catalogue;
use jiff::Timestamp;
use policy::matrix::{Row, klass_rows, level_on_everything, rows};
use policy::{Facts, KlassName, Mode, Policy, TermBound};
use serde_json::{Value, json};

use crate::failure::{Answer, Failure, Verdict};
use crate::output::{BAD, CAUTION, Cell, FAINT, GOOD, STRONG, Table, hint, json_line, painted};
use crate::rules::{PolicyFolder, Rules};
use crate::settings::Settings;

/// Show what an agent may do, operation by operation; or, without an agent, what each level permits.
///
/// It is worked out with the gateway's own decision, so it shows what the gateway does. What a
/// request's body may need beyond its operation is seen only when there is a request.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian matrix                                  every operation at every level
  kustodian matrix support-agent                    every operation for one agent
  kustodian matrix support-agent --resource notes
  kustodian matrix admin-bot --json | grep '\"permitted\":true'")]
pub(crate) struct Args {
    /// The agent's id, as its policy has it
    agent: Option<String>,
    /// Only operations on this resource, such as customers
    #[arg(long)]
    resource: Option<String>,
    #[command(flatten)]
    folder: PolicyFolder,
    /// Print one JSON object a line, one for each operation
    #[arg(long)]
    json: bool,
}

/// Prints the matrix.
pub(crate) fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> Answer {
    answer(args, &settings.read()?, SystemClock.now(), out)
}

fn answer(args: &Args, config: &Config, now: Timestamp, out: &mut dyn Write) -> Answer {
    let matrix = match &args.agent {
        Some(agent) => {
            let rules = Rules::load(config, &args.folder)?;
            let policy = rules.policy(agent)?;
            Matrix::of_agent(&rules.catalogue, policy, &Facts::at(now))
        }
        None => Matrix::of_levels(&load_catalogue(&config.catalogue.extend)?, now),
    };
    let matrix = matrix.only(args.resource.as_deref())?;
    if args.json {
        for line in matrix.lines.iter().map(|line| line.json(args.agent.as_deref())) {
            json_line(out, &line)?;
        }
    } else {
        matrix.write(out)?;
    }
    Ok(Verdict::Yes)
}

/// Operations, grouped by resource.
struct Matrix {
    /// What holds whatever the lines say.
    caution: Option<String>,
    resources: Vec<Resource>,
    lines: Vec<Line>,
}

/// An operation and what is said of it.
enum Line {
    /// For one agent.
    Agent(Box<Row>),
    /// For each level, whether it permits the operation.
    Levels(std::sync::Arc<Operation>, [bool; 4]),
}

impl Matrix {
    fn of_agent(catalogue: &Catalogue, policy: &Policy, facts: &Facts<'_>) -> Self {
        let lines = rows(catalogue, policy, facts)
            .into_iter()
            .chain(klass_rows(catalogue, policy, facts))
            .map(|row| Line::Agent(Box::new(row)))
            .collect();
        let resources = catalogue.resources().cloned().collect();
        Self { caution: caution(policy, facts), resources, lines }
    }

    fn of_levels(catalogue: &Catalogue, now: Timestamp) -> Self {
        let columns = Level::ALL
            .map(|level| rows(catalogue, &level_on_everything(catalogue, level), &Facts::at(now)));
        let mut columns = columns.map(Vec::into_iter);
        let lines = catalogue.operations().map(|operation| {
            let permitted =
                columns.each_mut().map(|rows| rows.next().is_some_and(|row| row.permitted));
            Line::Levels(operation.clone(), permitted)
        });
        let lines = lines.collect();
        Self { caution: None, resources: catalogue.resources().cloned().collect(), lines }
    }

    /// Only the lines on one resource.
    fn only(mut self, resource: Option<&str>) -> Result<Self, Failure> {
        let Some(name) = resource else { return Ok(self) };
        let known = self.resources.iter().map(|resource| resource.id().as_str());
        if !known.clone().any(|id| id == name) {
            let hint = hint(name, known);
            return Err(Failure::UnknownName { kind: "resource", name: name.to_owned(), hint });
        }
        self.lines.retain(|line| line.operation().resource().as_str() == name);
        Ok(self)
    }

    fn write(&self, out: &mut dyn Write) -> std::io::Result<()> {
        if let Some(caution) = &self.caution {
            writeln!(out, "{}\n", painted(CAUTION, caution))?;
        }
        let mut first = true;
        for resource in &self.resources {
            let lines =
                self.lines.iter().filter(|line| line.operation().resource() == resource.id());
            let lines: Vec<&Line> = lines.collect();
            let Some(some) = lines.first() else { continue };
            if !first {
                writeln!(out)?;
            }
            first = false;
            writeln!(out, "{}", painted(STRONG, resource.id()))?;
            let mut table = some.headings().indented();
            for line in &lines {
                line.add_to(&mut table);
            }
            table.write(out)?;
        }
        Ok(())
    }
}

impl Line {
    fn operation(&self) -> &Operation {
        match self {
            Self::Agent(row) => &row.operation,
            Self::Levels(operation, _) => operation,
        }
    }

    /// The klass whose objects it is about, where it is one that a policy names.
    fn klass(&self) -> Option<&KlassName> {
        match self {
            Self::Agent(row) => row.klass.as_ref(),
            Self::Levels(..) => None,
        }
    }

    fn headings(&self) -> Table {
        match self {
            Self::Agent(_) => {
                Table::with_headings(["operation", "needs", "may", "because of", "request"])
            }
            Self::Levels(..) => Table::with_headings([
                "operation",
                "needs",
                "off",
                "read",
                "write",
                "full",
                "request",
            ]),
        }
    }

    fn add_to(&self, table: &mut Table) {
        let operation = self.operation();
        let id = match self.klass() {
            Some(name) => Cell::from(&format!("{} of {}", operation.id(), name.klass())),
            None => Cell::from(operation.id()),
        };
        let needs = Cell::from(operation.level());
        let request = Cell::new(&format!("{} {}", operation.method(), operation.template()), FAINT);
        match self {
            Self::Agent(row) => {
                let because = because(row);
                let may = if row.permitted && row.is_conditional() {
                    Cell::new("if", GOOD)
                } else {
                    yes_or_no(row.permitted)
                };
                table.push([id, needs, may, because.into(), request]);
            }
            Self::Levels(_, permitted) => {
                let [off, read, write, full] = permitted.map(yes_or_no);
                table.push([id, needs, off, read, write, full, request]);
            }
        }
    }

    fn json(&self, agent: Option<&str>) -> Value {
        let operation = self.operation();
        let mut json = json!({
            "operation": operation.id(),
            "method": operation.method().as_str(),
            "path": operation.template().to_string(),
            "resource": operation.resource(),
            "needs": operation.level(),
            "only_by_name": operation.only_by_name().is_some(),
        });
        let more = match self {
            Self::Agent(row) => json!({
                "agent": agent,
                "klass": row.klass.as_ref().map(KlassName::klass).map(ToString::to_string),
                "has": row.settled(),
                "permitted": row.permitted,
                "when": row.conditions(),
                "settled": row.needs.as_ref().map(|needs| json!({
                    "on": needs.on(), "level": needs.level, "because": needs.because.as_str(),
                })),
                "entry": row.settled_by.as_ref().map(|entry| entry.name.as_str()),
                "role": row.settled_by.as_ref().and_then(|entry| entry.role.as_ref()),
                "not_before": row.settled_by.as_ref().and_then(|entry| entry.window().not_before),
                "expires": row.settled_by.as_ref().and_then(|entry| entry.window().expires),
                "place": row.place(),
            }),
            Self::Levels(_, permitted) => {
                let levels = Level::ALL.iter().map(ToString::to_string);
                let levels = levels.zip(permitted.iter().map(|permitted| json!(permitted)));
                json!({ "permitted": Value::Object(levels.collect()) })
            }
        };
        if let (Value::Object(json), Value::Object(more)) = (&mut json, more) {
            json.extend(more);
        }
        json
    }
}

/// Why an agent may do nothing at all, or everything.
fn caution(policy: &Policy, facts: &Facts<'_>) -> Option<String> {
    let agent = policy.agent();
    let place = agent.mode_place();
    if agent.mode() == Mode::Suspended {
        return Some(format!("suspended ({place}): everything is refused, whatever stands here"));
    }
    if let Some(TermBound { bound, place }) = agent.not_begun_at(facts.now) {
        return Some(format!("not before {bound} ({place}): until then everything is refused"));
    }
    if let Some(TermBound { bound, place }) = agent.expired_at(facts.now) {
        return Some(format!("expired on {bound} ({place}): everything is refused"));
    }
    (agent.mode() == Mode::Observe).then(|| {
        format!("observed ({place}): what is not granted is recorded, and forwarded all the same")
    })
}

fn because(row: &Row) -> String {
    let other = row.needs.as_ref().filter(|needs| needs.because != Because::Operation);
    let other = other.filter(|_| !row.permitted);
    let needs = other.map(|needs| format!("{} on {}: ", needs.level, needs.on()));
    format!("{}{}", needs.unwrap_or_default(), settled_by(row))
}

fn settled_by(row: &Row) -> String {
    let Some(entry) = &row.settled_by else {
        let by_name = row.operation.only_by_name().is_some();
        return if by_name {
            "nothing; only [operations] can".to_owned()
        } else {
            "nothing".to_owned()
        };
    };
    let place = &entry.place;
    // The folder is the same for every line, and named when the agent was asked for.
    let file = place.file.rsplit('/').next().unwrap_or(&place.file);
    let folder = if entry.role.is_some() { "roles/" } else { "" };
    let window = if entry.window().is_always_open() {
        String::new()
    } else {
        format!(", {}", entry.window())
    };
    let when = entry.when().map(|when| format!(", when {}", when.short())).unwrap_or_default();
    format!("{} = {} ({folder}{file}:{}){window}{when}", entry.name, entry.level, place.line)
}

fn yes_or_no(permitted: bool) -> Cell {
    if permitted { Cell::new("yes", GOOD) } else { Cell::new("-", BAD) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn matrix(agent: Option<&str>, resource: Option<&str>, json: bool) -> Result<String, Failure> {
        let args = Args {
            agent: agent.map(str::to_owned),
            resource: resource.map(str::to_owned),
            folder: PolicyFolder { policies: Some(testing::sample_policies()) },
            json,
        };
        let mut out = Vec::new();
        let now = "2026-11-23T12:00:00Z".parse().unwrap();
        answer(&args, &Config::default(), now, &mut out)?;
        Ok(testing::plain(&out))
    }

    #[test]
    fn the_levels_of_a_resource_line_up() {
        insta::assert_snapshot!(matrix(None, Some("tags"), false).unwrap(), @r#"
        tags
          operation  needs  off  read  write  full  request
          tags.list  read   -    yes   yes    yes   GET /v1/tags
        "#);
    }

    #[test]
    fn an_agents_rows_name_the_line_that_settles_each() {
        insta::assert_snapshot!(matrix(Some("support-agent"), Some("notes"), false).unwrap(), @r#"
        notes
          operation                      needs  may  because of                                         request
          notes.bulk_create              full   yes  add_internal_notes = full (support-agent.toml:24)  POST /v1/notes/bulk
          notes.bulk_update              full   -    nothing                                            PUT /v1/notes/bulk
          notes.create                   write  yes  add_internal_notes = full (support-agent.toml:24)  POST /v1/notes
          notes.create_for_conversation  write  yes  add_internal_notes = full (support-agent.toml:24)  POST /v1/conversations/{id}/notes
          notes.delete                   full   -    nothing                                            DELETE /v1/notes/{id}
          notes.get                      read   -    nothing                                            GET /v1/notes/{id}
          notes.list                     read   -    nothing                                            GET /v1/notes
          notes.list_for_conversation    read   -    nothing                                            GET /v1/conversations/{id}/notes
          notes.list_for_customer        read   -    nothing                                            GET /v1/customers/{id}/notes
          notes.patch                    write  -    nothing                                            PATCH /v1/notes/{id}
          notes.update                   write  -    nothing                                            PUT /v1/notes/{id}
        "#);
    }

    #[test]
    fn there_is_a_json_object_for_every_operation() {
        for agent in [None, Some("admin-bot")] {
            let text = matrix(agent, None, true).unwrap();
            assert_eq!(text.lines().count(), Catalogue::builtin().operations().count());
            for line in text.lines() {
                let json: Value = serde_json::from_str(line).unwrap();
                assert_eq!(json["agent"].as_str(), agent);
                assert!(json["permitted"].is_boolean() == agent.is_some(), "{line}");
            }
        }
    }

    #[test]
    fn every_operation_is_in_the_table() {
        let text = matrix(None, None, false).unwrap();
        for operation in Catalogue::builtin().operations() {
            assert!(text.contains(operation.id().as_str()), "{}", operation.id());
        }
    }

    #[test]
    fn an_unknown_resource_gets_a_suggestion() {
        let failure = matrix(None, Some("custmers"), false).unwrap_err().to_string();
        assert_eq!(failure, "there is no resource `custmers`; did you mean `customers`?");
    }
}
