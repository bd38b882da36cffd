//! Lists of operations, actions and resources.

use std::io::Write;
use std::sync::Arc;

use catalogue::{Catalogue, Operation, Resource};
use serde_json::json;

use super::{ListArgs, facts, unknown};
use crate::failure::{Answer, Failure, Verdict};
use crate::output::{Cell, FAINT, STRONG, Table, json_line, painted};

/// Lists operations.
pub(super) fn operations(args: &ListArgs, catalogue: &Catalogue, out: &mut dyn Write) -> Answer {
    let operations = fitting(args, catalogue)?;
    if args.json {
        for operation in operations {
            json_line(out, &facts::json(operation))?;
        }
        return Ok(Verdict::Yes);
    }
    let mut table = Table::with_headings(["operation", "needs", "what it does", "request"]);
    for operation in &operations {
        let request = format!("{} {}", operation.method(), operation.template());
        table.push([
            Cell::from(operation.id()),
            format!("{} on {}", operation.level(), operation.resource()).into(),
            operation.phrase().bare_text().into(),
            Cell::new(&request, FAINT),
        ]);
    }
    table.write(out)?;
    Ok(Verdict::Yes)
}

/// The operations that pass every filter.
fn fitting<'c>(
    args: &ListArgs,
    catalogue: &'c Catalogue,
) -> Result<Vec<&'c Arc<Operation>>, Failure> {
    let mut operations: Vec<_> = catalogue.operations().collect();
    if let Some(name) = &args.resource {
        let known = catalogue.resources().map(|resource| resource.id().as_str());
        let known: Vec<_> = known.collect();
        let resource = catalogue.resource(name);
        let resource = resource.ok_or_else(|| unknown("resource", name, known.into_iter()))?;
        operations.retain(|operation| operation.resource() == resource.id());
    }
    if let Some(name) = &args.action {
        let known: Vec<_> = catalogue.actions().map(|action| action.id().as_str()).collect();
        let action = catalogue.action(name);
        let action = action.ok_or_else(|| unknown("action", name, known.into_iter()))?;
        operations.retain(|operation| operation.actions().contains(action.id()));
    }
    if let Some(level) = args.level {
        operations.retain(|operation| operation.level() == level);
    }
    Ok(operations)
}

/// Lists actions for people.
pub(super) fn actions(catalogue: &Catalogue, out: &mut dyn Write) -> Answer {
    for action in catalogue.actions() {
        writeln!(out, "{}  {}", painted(STRONG, action.id()), action.about())?;
        for id in action.operations() {
            let level = catalogue.operation(id.as_str()).map(|operation| operation.level());
            let level = level.map(|level| format!("  {level}")).unwrap_or_default();
            writeln!(out, "  {id}{}", painted(FAINT, level))?;
        }
    }
    Ok(Verdict::Yes)
}

/// Lists actions as JSON.
pub(super) fn actions_as_json(catalogue: &Catalogue, out: &mut dyn Write) -> Answer {
    for action in catalogue.actions() {
        let line = json!({
            "id": action.id(),
            "title": action.title(),
            "about": action.about(),
            "operations": action.operations(),
            "place": action.place(),
        });
        json_line(out, &line)?;
    }
    Ok(Verdict::Yes)
}

/// Lists resources for people.
pub(super) fn resources(catalogue: &Catalogue, out: &mut dyn Write) -> Answer {
    let mut table = Table::with_headings(["resource", "operations", "what it is"]);
    for resource in catalogue.resources() {
        let count = operations_on(catalogue, resource);
        table.push([resource.id().into(), count.into(), resource.about().into()]);
    }
    table.write(out)?;
    Ok(Verdict::Yes)
}

/// Lists resources as JSON.
pub(super) fn resources_as_json(catalogue: &Catalogue, out: &mut dyn Write) -> Answer {
    for resource in catalogue.resources() {
        let line = json!({
            "id": resource.id(),
            "singular": resource.singular(),
            "about": resource.about(),
            "operations": operations_on(catalogue, resource),
            "place": resource.place(),
        });
        json_line(out, &line)?;
    }
    Ok(Verdict::Yes)
}

fn operations_on(catalogue: &Catalogue, resource: &Resource) -> usize {
    catalogue.operations().filter(|operation| operation.resource() == resource.id()).count()
}
