//! Reads the rules by which requests demand more: `[[operation.demand]]`, and `[[rule]]` for many
//! operations at once.
//!
//! ```toml
//! [[operation.demand]]
//! when     = { fields = ["assistant"] }   # left out: always
//! resource = "conversations"              # left out: the operation's own
//! level    = "write"
//! because  = "an assistant greets the customer"
//! ```
//!
//! `when` is one of `{ query = "key" }`, `{ fields = ["a", "b"] }`, `{ absent = "field" }`,
//! `{ items = 2 }` and `{ path = "parameter", is = "value" }`. A query or fields may add
//! `unless_false = true` or `is = "value"`, and a query `has = "value"` for a list parted by commas.
//! `as` names the operation whose effect a request then has: what a policy says of that one counts too.
//! A `[[rule]]` says by `applies` whether it is for all `writes` or only for `updates`.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Draft;
use super::operation::read_level;
use crate::diagnostic::Code;
use crate::document::{Document, Section, Value, did_you_mean};
use crate::rule::{Condition, Wanted};
use crate::{ActsAs, BodyUse, Level, Method, Operation, OperationId, ResourceId, Rule, Shape};

/// A rule for many operations, each on its own resource.
#[derive(Debug, Clone)]
pub(crate) struct CommonRule {
    applies: Applies,
    when: Condition,
    level: Level,
    because: Arc<str>,
    /// The verb of the operation on the same resource whose effect it has, such as `delete`.
    acts_as: Option<String>,
    place: crate::diagnostic::Place,
}

/// Which operations a common rule is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Applies {
    /// Those that create or change a record.
    Writes,
    /// Those that change one: PUT and PATCH.
    Updates,
}

impl CommonRule {
    /// The rule as it is for an operation; none where it is not for it, or adds nothing to what the
    /// operation needs anyway.
    pub(super) fn for_operation(
        &self,
        operation: &Operation,
        ids: &BTreeSet<OperationId>,
    ) -> Option<Rule> {
        let updates = matches!(operation.method, Method::Put | Method::Patch);
        let applies = match self.applies {
            Applies::Writes => updates || operation.method == Method::Post,
            Applies::Updates => updates,
        };
        let has_fields = !matches!(operation.body, BodyUse::Read(Shape::Names | Shape::Any));
        let about_fields = matches!(self.when, Condition::Fields { .. } | Condition::Absent(_));
        let acts_as = self.acts_as.as_ref().and_then(|verb| {
            let id = ids.get(format!("{}.{verb}", operation.resource).as_str())?;
            Some(Arc::new(ActsAs { operation: id.clone(), actions: Vec::new() }))
        });
        let adds = operation.level < self.level || acts_as.is_some();
        let writes = operation.level >= Level::Write && adds;
        (applies && writes && (has_fields || !about_fields)).then(|| Rule {
            when: self.when.clone(),
            resource: operation.resource.clone(),
            level: self.level,
            because: Arc::clone(&self.because),
            acts_as,
            place: self.place.clone(),
        })
    }
}

impl Draft {
    /// Reads a `[[rule]]`.
    pub(super) fn add_rule(&mut self, mut section: Section<'_>) {
        let document = section.document();
        let applies = section.require_string("applies").and_then(|word| match word.value {
            "writes" => Some(Applies::Writes),
            "updates" => Some(Applies::Updates),
            _ => {
                let message = format!("`{}` is no set of operations", word.value);
                let fault = document.diagnose(&word.span, message);
                document.report(fault.with_label("expected writes or updates"));
                None
            }
        });
        let when = section.table("when").map(read_condition);
        if when.is_none() {
            let fault = document.diagnose(section.span(), "a rule for many needs a `when`");
            document.report(fault.with_code(Code::MissingKey).with_help("add `when`, a table"));
        }
        let level = read_level(&mut section);
        let because = section.require_string("because");
        let acts_as = section.string("as").map(|verb| verb.value.to_owned());
        let place = document.place(section.span());
        section.finish();
        if let (Some(applies), Some(Some(when)), Some(level), Some(because)) =
            (applies, when, level, because)
        {
            let because = because.value.into();
            self.rules.push(CommonRule { applies, when, level, because, acts_as, place });
        }
    }

    /// Reads the `[[operation.demand]]`s of an operation on this resource.
    pub(super) fn read_demands(
        &self,
        sections: Vec<Section<'_>>,
        own: Option<&ResourceId>,
    ) -> Vec<Rule> {
        sections.into_iter().filter_map(|section| self.read_demand(section, own)).collect()
    }

    fn read_demand(&self, mut section: Section<'_>, own: Option<&ResourceId>) -> Option<Rule> {
        let document = section.document();
        let resource = section.string("resource");
        let resource = match &resource {
            Some(named) => self.known_resource(document, named),
            None => own.cloned(),
        };
        let when = section.table("when").map_or(Some(Condition::Always), read_condition);
        let level = read_level(&mut section);
        let because = section.require_string("because").map(|because| because.value.into());
        let acts_as = section.string("as").and_then(|id| self.known_operation(document, &id));
        let place = document.place(section.span());
        section.finish();
        let (when, resource, level, because) = (when?, resource?, level?, because?);
        Some(Rule { when, resource, level, because, acts_as, place })
    }

    /// The operation that is named; one that is not there is reported.
    fn known_operation(&self, document: &Document<'_>, named: &Value<&str>) -> Option<Arc<ActsAs>> {
        let known = self.ids.get(named.value).cloned();
        if known.is_none() {
            let ids = self.ids.iter().map(OperationId::as_str);
            let message = format!("there is no operation `{}`", named.value);
            let fault = document.diagnose(&named.span, message).with_code(Code::UnknownOperation);
            document.report(fault.with_help_if(did_you_mean(named.value, ids)));
        }
        known.map(|operation| Arc::new(ActsAs { operation, actions: Vec::new() }))
    }

    /// The resource that is named; one that is not there is reported.
    pub(super) fn known_resource(
        &self,
        document: &Document<'_>,
        named: &Value<&str>,
    ) -> Option<ResourceId> {
        let known = self.resources.get(named.value).map(|resource| resource.id.clone());
        if known.is_none() {
            let ids = self.resources.keys().map(ResourceId::as_str);
            let message = format!("there is no resource `{}`", named.value);
            let fault = document.diagnose(&named.span, message).with_code(Code::UnknownResource);
            document.report(fault.with_help(did_you_mean(named.value, ids).unwrap_or_else(|| {
                "`kustodian catalogue list` shows every resource; a file of your own adds one by \
                 [resource]"
                    .to_owned()
            })));
        }
        known
    }
}

/// What `include` may be in the query of an operation: each value demands reading a resource.
pub(super) fn read_includes(
    draft: &Draft,
    mut section: Section<'_>,
    rules: &mut Vec<Rule>,
) -> Vec<Arc<str>> {
    let document = section.document();
    let mut includes = Vec::new();
    for (include, named) in section.names() {
        let value: Arc<str> = include.value.into();
        if let Some(resource) = draft.known_resource(document, &named) {
            rules.push(Rule {
                when: Condition::Query {
                    key: crate::query::INCLUDE.into(),
                    value: Wanted::Has(Arc::clone(&value)),
                },
                resource,
                level: Level::Read,
                because: "the query asks to include them".into(),
                acts_as: None,
                place: document.place(&include.span),
            });
        }
        includes.push(value);
    }
    includes
}

fn read_condition(mut section: Section<'_>) -> Option<Condition> {
    let document = section.document();
    let span = section.span().clone();
    let text = |found: Option<Value<&str>>| found.map(|found| Arc::<str>::from(found.value));
    let query = text(section.string("query"));
    let fields = section.strings("fields");
    let absent = text(section.string("absent"));
    let items = section.integer("items");
    let path = text(section.string("path"));
    let is = text(section.string("is"));
    let has = text(section.string("has"));
    let unless_false = section.boolean("unless_false").is_some_and(|flag| flag.value);
    section.finish();
    let value = match (&is, &has, unless_false) {
        (None, None, false) => Some(Wanted::Any),
        (None, None, true) => Some(Wanted::AllButFalse),
        (Some(is), None, false) => Some(Wanted::Is(Arc::clone(is))),
        (None, Some(has), false) => Some(Wanted::Has(Arc::clone(has))),
        (Some(_), _, _) | (_, Some(_), _) => None,
    };
    let condition = match (query, fields, absent, items, path) {
        (Some(key), None, None, None, None) => value.map(|value| Condition::Query { key, value }),
        (None, Some(fields), None, None, None) if has.is_none() && !fields.is_empty() => {
            let names = fields.into_iter().map(|field| field.value.into()).collect();
            value.map(|value| Condition::Fields { names, value })
        }
        (None, None, Some(field), None, None) if value == Some(Wanted::Any) => {
            Some(Condition::Absent(field))
        }
        (None, None, None, Some(items), None) if value == Some(Wanted::Any) => {
            usize::try_from(items.value).ok().filter(|least| *least > 0).map(Condition::Items)
        }
        (None, None, None, None, Some(parameter)) => is
            .filter(|_| has.is_none() && !unless_false)
            .map(|value| Condition::Path { parameter, value }),
        _ => None,
    };
    if condition.is_none() {
        let help = "write one of query, fields, absent, items and path, with is, has or \
                    unless_false where the module `load::rule` says so";
        document.report(document.diagnose(&span, "this `when` is no condition").with_help(help));
    }
    condition
}

/// Reports a rule that can never be met by a request of its operation.
pub(super) fn check(
    document: &Document<'_>,
    section: &Section<'_>,
    operation: &Operation,
    id: &str,
) {
    for rule in &operation.rules {
        let fault = match &rule.when {
            Condition::Path { parameter, .. } => {
                let mut parameters = operation.template.parameters.iter();
                parameters
                    .all(|it| it.name != *parameter)
                    .then(|| format!("the path has no parameter `{parameter}`"))
            }
            Condition::Fields { .. } | Condition::Absent(_) => match operation.body {
                BodyUse::Read(Shape::Object | Shape::List) => None,
                BodyUse::Read(Shape::Names | Shape::Any) | BodyUse::Streamed | BodyUse::Refused => {
                    Some("the body has no fields".to_owned())
                }
            },
            Condition::Items(_) => (operation.body != BodyUse::Read(Shape::List))
                .then(|| "the body is no list".to_owned()),
            Condition::Always | Condition::Query { .. } => None,
        };
        if let Some(fault) = fault {
            let message = format!("a demand of `{id}` can never be made: {fault}");
            let place = rule.place.clone();
            document.report(
                document.diagnose(section.span(), message).with_help(format!("it is at {place}")),
            );
        }
    }
}
