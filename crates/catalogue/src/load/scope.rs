//! Reads `[[scope]]` and `[[searchable]]` stanzas, and works out what they mean for each operation.

use std::sync::Arc;

use super::id::check_snake_case;
use super::{Draft, report_taken};
use crate::diagnostic::Code;
use crate::document::{Document, Section, Value};
use crate::operation::Links;
use crate::rule::Condition;
use crate::search::Searchable;
use crate::template::Segment;
use crate::{BodyUse, Method, Operation, ParameterKind, ResourceId, Scope, ScopeId, Shape};

impl Draft {
    /// Reads a scope; its resource is looked up later, by [`Draft::check_scope`].
    pub(super) fn add_scope<'d>(
        &mut self,
        mut section: Section<'d>,
    ) -> Option<(ScopeId, Value<&'d str>)> {
        let document = section.document();
        let id = section.require_string("id");
        let singular = section.require_string("singular");
        let resource = section.require_string("resource");
        let mut words = |key: &str| -> Vec<Arc<str>> {
            let words = section.strings(key).unwrap_or_default();
            words.into_iter().map(|word| word.value.into()).collect()
        };
        let (behind, fields, query) = (words("behind"), words("fields"), words("query"));
        let within = words("within").iter().map(|scope| ScopeId::new(scope)).collect();
        let klasses = section.boolean("klasses").is_some_and(|flag| flag.value);
        section.finish();
        let id = id.filter(|id| check_snake_case(document, id))?;
        let scope_id = ScopeId::new(id.value);
        if let Some(other) = self.scopes.get(&scope_id) {
            report_taken(document, &id.span, "a scope", id.value, &other.place);
            return None;
        }
        let resource = resource?;
        let scope = Scope {
            id: scope_id.clone(),
            singular: singular?.value.to_owned(),
            resource: ResourceId::new(resource.value),
            behind,
            fields,
            query,
            within,
            klasses,
            place: document.place(&id.key_span),
        };
        self.scopes.insert(scope_id.clone(), scope);
        Some((scope_id, resource))
    }

    /// Reports a scope whose resource, or a scope that it is within, is not there.
    pub(super) fn check_scope(
        &mut self,
        document: &Document<'_>,
        scope: &ScopeId,
        resource: &Value<&str>,
    ) {
        let within = self.scopes.get(scope).map(|it| it.within.clone()).unwrap_or_default();
        for other in within.iter().filter(|other| !self.scopes.contains_key(*other)) {
            let message = format!("`{scope}` is within `{other}`, which is no scope");
            let fault = document.diagnose(&resource.key_span, message);
            document.report(fault.with_code(Code::UnknownScope));
        }
        if self.known_resource(document, resource).is_none() {
            self.scopes.remove(scope);
        }
    }

    /// Reads a word that searches know.
    pub(super) fn add_searchable(&mut self, mut section: Section<'_>) {
        let document = section.document();
        let word = section.require_string("word");
        let resource = section.require_string("resource");
        section.finish();
        let resource = resource.and_then(|named| self.known_resource(document, &named));
        let (Some(word), Some(resource)) = (word, resource) else { return };
        let has_klasses = self.resources.get(&resource).is_some_and(|it| it.has_klasses);
        self.searchables.push(Searchable { word: word.value.into(), resource, has_klasses });
    }

    /// Puts every operation that is new under the common rules, and works out its links.
    pub(super) fn link(&mut self) {
        let Self { operations, rules, scopes, resources, ids, .. } = self;
        for operation in operations.values_mut().filter(|it| !it.is_linked) {
            let common: Vec<_> =
                rules.iter().filter_map(|rule| rule.for_operation(operation, ids)).collect();
            operation.rules.extend(common);
            operation.rules.retain(|rule| {
                rule.resource != operation.resource
                    || rule.level > operation.level
                    || rule.acts_as.is_some()
            });
            operation.settle_body_use();
            let has_klasses =
                resources.get(&operation.resource).is_some_and(|resource| resource.has_klasses);
            operation.links = links(operation, scopes.values(), has_klasses);
            // A body could name another record than the path does.
            if operation.body == BodyUse::Streamed && operation.links.name_records() {
                operation.body = BodyUse::Read(Shape::Object);
            }
            operation.is_linked = true;
        }
    }
}

fn links<'s>(
    operation: &Operation,
    scopes: impl Iterator<Item = &'s Scope> + Clone,
    has_klasses: bool,
) -> Links {
    let parameters = &operation.template.parameters;
    let own_parameter = match operation.template.segments.last() {
        Some(Segment::Parameter(last))
            if last.kind == ParameterKind::Id
                && matches!(operation.method, Method::Put | Method::Patch) =>
        {
            Some(parameters.len() - 1)
        }
        Some(Segment::Parameter(_) | Segment::Literal(_)) | None => None,
    };
    let klass_parameter = if has_klasses {
        parameters.iter().position(|it| it.kind == ParameterKind::Klass)
    } else {
        None
    };
    let of_operation = |scope: &Scope| {
        let own = operation.names.iter().filter(|(id, _)| *id == scope.id);
        scope.fields.iter().chain(own.flat_map(|(_, fields)| fields)).cloned().collect::<Vec<_>>()
    };
    let fields = scopes.clone().map(|scope| (scope.id.clone(), of_operation(scope)));
    let keys = |scope: &Scope| {
        let own = operation.queries.iter().filter(|(id, _)| *id == scope.id);
        let own = own.flat_map(|(_, keys)| keys).filter(|key| !scope.query.contains(key));
        scope.query.iter().chain(own).cloned().collect::<Vec<_>>()
    };
    let queries = scopes.clone().map(|scope| (scope.id.clone(), keys(scope)));
    let scope_queries: Vec<_> = queries.filter(|(_, keys)| !keys.is_empty()).collect();
    Links {
        path_scopes: path_scopes(operation, &scopes),
        scope_fields: fields.filter(|(_, fields)| !fields.is_empty()).collect(),
        query_keys: query_keys(operation, &scope_queries),
        scope_queries,
        own_scope: scopes
            .into_iter()
            .find(|it| it.resource == operation.resource && !it.klasses)
            .map(|scope| scope.id.clone()),
        own_parameter,
        klass_parameter,
    }
}

fn query_keys(operation: &Operation, of_scopes: &[(ScopeId, Vec<Arc<str>>)]) -> Vec<Arc<str>> {
    let mut keys: Vec<Arc<str>> = of_scopes.iter().flat_map(|(_, keys)| keys).cloned().collect();
    for rule in &operation.rules {
        if let Condition::Query { key, .. } = &rule.when
            && !keys.contains(key)
        {
            keys.push(Arc::clone(key));
        }
    }
    keys
}

fn path_scopes<'s>(
    operation: &Operation,
    scopes: &(impl Iterator<Item = &'s Scope> + Clone),
) -> Vec<(usize, ScopeId)> {
    let mut found = Vec::new();
    let mut before = "";
    let mut at = 0;
    for segment in &operation.template.segments {
        match segment {
            Segment::Literal(literal) => before = literal,
            Segment::Parameter(parameter) => {
                let named = scopes.clone().filter(|scope| scope.is_named_by(before, parameter));
                found.extend(named.map(|scope| (at, scope.id.clone())));
                before = "";
                at += 1;
            }
        }
    }
    found
}
