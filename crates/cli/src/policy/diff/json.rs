//! A comparison as one JSON object.

use ::policy::Entry;
use ::policy::compare::{AgentChange, Move, TermChange, Way};
use serde_json::{Value, json};

use super::Comparison;
use super::change::headline;

/// All of it, each case of an operation too.
pub(super) fn json(comparison: &Comparison<'_>) -> Value {
    let too_much: Vec<&str> = comparison.too_much().map(|it| it.agent.as_str()).collect();
    json!({
        "old": comparison.old.to_string(),
        "new": comparison.new.to_string(),
        "ok": too_much.is_empty(),
        "too_much": too_much,
        "agents": comparison.changes.iter().map(agent).collect::<Vec<_>>(),
    })
}

/// What one agent gains and loses.
pub(crate) fn agent(change: &AgentChange) -> Value {
    let kind = match (&change.before, &change.after) {
        (None, _) => "added",
        (_, None) => "removed",
        (Some(_), Some(_)) => "changed",
    };
    let levels = change
        .reach
        .iter()
        .map(|(resource, (was, is))| json!({ "resource": resource, "before": was, "after": is }));
    let moves = |way: Way| -> Vec<Value> {
        change.moves.iter().filter(|moved| moved.way == way).map(one).collect()
    };
    json!({
        "agent": change.agent,
        "change": kind,
        "sentence": format!("{}.", headline(change)),
        "gains_up_to": change.gained(),
        "levels": levels.collect::<Vec<_>>(),
        "gained": moves(Way::Gained),
        "lost": moves(Way::Lost),
        "terms": change.terms.iter().map(term).collect::<Vec<_>>(),
    })
}

fn one(moved: &Move) -> Value {
    json!({
        "operation": moved.operation.id(),
        "resource": moved.operation.resource(),
        "klass": moved.asking.klass,
        "with": moved.asking.with,
        "needs": moved.needs,
        "deletes": moved.deletes(),
        "sends": moved.sends(),
        "terms_before": moved.terms_before,
        "terms_after": moved.terms_after,
        "before": moved.entries.0.iter().map(entry).collect::<Vec<_>>(),
        "after": moved.entries.1.iter().map(entry).collect::<Vec<_>>(),
    })
}

fn entry(entry: &Entry) -> Value {
    json!({ "entry": entry.name.as_str(), "level": entry.level, "place": entry.place })
}

fn term(change: &TermChange) -> Value {
    json!({
        "what": change.what,
        "before": change.was,
        "after": change.now,
        "way": change.way,
        "may_give": change.gives,
    })
}
