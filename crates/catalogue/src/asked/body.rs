//! What a request's body adds to what it asks.

use std::sync::Arc;

use super::{Asked, count};
use crate::body::{Field, Items, check_fields, check_keys};
use crate::query::IDS;
use crate::scope::{Name, Origin};
use crate::{Body, BodyDefect, BodyUse, Catalogue, Identified, Json, Method, Operation, search};

/// The fields by which a record names itself.
const OWN_IDS: [&str; 2] = ["id", "_id"];

impl Catalogue {
    /// A request of an operation with made-up values, that demands as little as one can. None only if
    /// the catalogue could not read what it made up.
    #[must_use]
    pub fn example(&self, operation: &Operation) -> Option<Asked> {
        let target = operation.example_target();
        let Ok(Identified::Known(asked)) = self.identify(operation.method.as_str(), &target) else {
            return None;
        };
        let body = operation.example_body().unwrap_or_default();
        self.read_body(asked, &Body::read(body.as_bytes()).ok()?).ok()
    }

    /// What is asked, with what its body demands.
    pub fn read_body(&self, mut asked: Asked, body: &Body) -> Result<Asked, BodyDefect> {
        let operation = Arc::clone(&asked.operation);
        let shape = match operation.body {
            BodyUse::Streamed => return Ok(asked),
            BodyUse::Refused if body.is_empty() => {
                asked.body = Some(Body::empty());
                return Ok(asked);
            }
            BodyUse::Refused => return Err(BodyDefect::NotTaken),
            BodyUse::Read(shape) => shape,
        };
        let by_ids = asked.query.value(IDS).is_some();
        let items = Items::of(body, shape, operation.method == Method::Patch, by_ids)?;
        check_keys(items.fields().map(|(name, _)| *name))?;
        asked.check_names(&items, by_ids)?;
        for rule in &operation.rules {
            if rule.is_made_by_body(&items) {
                asked.add_rule(rule);
            }
        }
        asked.add_names_of_body(&items);
        if operation.searches {
            asked.demands.extend(search::demands(self, body)?);
        }
        if items.listed {
            asked.objects = asked.objects.max(count(items.records.len()));
        }
        asked.body = Some(body.clone());
        Ok(asked)
    }

    /// The same where a policy looks into the body of its own accord: one that is otherwise passed on as
    /// it comes is then read as strictly as any.
    pub fn read_any_body(&self, mut asked: Asked, body: &Body) -> Result<Asked, BodyDefect> {
        match asked.operation.body {
            BodyUse::Streamed => {
                body.json().map_or(Ok(()), check_fields)?;
                asked.body = Some(body.clone());
                Ok(asked)
            }
            BodyUse::Refused | BodyUse::Read(_) => self.read_body(asked, body),
        }
    }
}

impl Asked {
    /// Refuses a body that names another record than the path where both name one.
    fn check_names(&self, items: &Items<'_>, by_ids: bool) -> Result<(), BodyDefect> {
        let operation = &self.operation;
        let own = operation.links.own_parameter.and_then(|at| self.values.get(at));
        for (name, value) in items.fields() {
            let other = || Err(BodyDefect::NamesAnother(Arc::from(*name)));
            let is_own = OWN_IDS.contains(name);
            if is_own && by_ids {
                return other();
            }
            if is_own && own.is_some_and(|(_, id)| !is_same(*value, id)) {
                return other();
            }
            for (at, scope) in &operation.links.path_scopes {
                let fields = operation.links.scope_fields.iter().find(|(id, _)| id == scope);
                let names = fields.is_some_and(|(_, fields)| fields.iter().any(|f| **f == **name));
                let of_path = self.values.get(*at).map_or("", |(_, value)| value);
                if names && !is_same(*value, of_path) {
                    return other();
                }
            }
        }
        Ok(())
    }

    fn add_names_of_body(&mut self, items: &Items<'_>) {
        let operation = Arc::clone(&self.operation);
        for fields in &items.records {
            if items.listed {
                self.add_own_id(fields);
            }
            for (name, value) in fields {
                for (scope, names) in &operation.links.scope_fields {
                    if !names.iter().any(|it| **it == **name) {
                        continue;
                    }
                    for id in ids_of(*value) {
                        if let Some(id) = &id {
                            self.add_target(id);
                        }
                        self.names.push(Name { scope: scope.clone(), id, origin: Origin::Field });
                    }
                }
            }
        }
    }

    /// The record that an item of a list is.
    fn add_own_id(&mut self, fields: &[Field<'_>]) {
        let own = fields.iter().filter(|(name, _)| OWN_IDS.contains(name));
        let ids: Vec<Option<String>> = own.flat_map(|(_, value)| ids_of(*value)).collect();
        for id in &ids {
            if let Some(id) = id {
                self.add_target(id);
            }
            if let Some(scope) = &self.operation.links.own_scope {
                let (scope, id) = (scope.clone(), id.clone());
                self.names.push(Name { scope, id, origin: Origin::Target });
            }
        }
        if ids.is_empty() && self.operation.method != Method::Post {
            // Which record the item is cannot be told, so no limit to some records holds it.
            if let Some(scope) = &self.operation.links.own_scope {
                let scope = scope.clone();
                self.names.push(Name { scope, id: None, origin: Origin::Target });
            }
        }
    }
}

fn is_same(value: Option<&Json>, id: &str) -> bool {
    value.and_then(Json::as_text).is_some_and(|text| text.eq_ignore_ascii_case(id))
}

/// The ids that a field holds: a text, a list of them, or an object with an id. Of an object with two, a
/// server may take either. What is none of these names a record that cannot be told.
fn ids_of(value: Option<&Json>) -> Vec<Option<String>> {
    match value {
        Some(Json::Text(id)) => vec![Some(id.to_ascii_lowercase())],
        Some(Json::List(items)) => items.iter().flat_map(|item| ids_of(Some(item))).collect(),
        Some(Json::Object(fields)) if OWN_IDS.iter().any(|own| fields.contains_key(*own)) => {
            let own = OWN_IDS.iter().filter_map(|own| fields.get(*own));
            own.flat_map(|id| ids_of(Some(id))).collect()
        }
        Some(Json::Object(_) | Json::Null | Json::Bool(_) | Json::Number(_)) | None => vec![None],
    }
}
