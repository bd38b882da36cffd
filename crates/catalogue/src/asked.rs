//! What a request asks for, once its method, path and query have been read, and its body where it
//! matters.

mod body;
mod told;

pub use told::Told;

use std::fmt;
use std::sync::Arc;

use crate::body::MOST_ITEMS;
use crate::operation::IdsUse;
use crate::query::Query;
use crate::scope::{Name, Origin};
use crate::{
    Because, Body, BodyUse, Demand, Klass, Operation, Parameter, ParameterKind, QueryDefect,
    ResourceId, Rule,
};

/// The answer of [`crate::Catalogue::identify`]: one operation, or none.
#[derive(Debug, Clone)]
pub enum Identified {
    /// Exactly one operation matched.
    Known(Asked),
    /// The catalogue holds nothing with this method and path; no policy can grant it.
    Unknown(Unknown),
}

/// A method and path that name no operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// The method as sent.
    pub method: String,
    /// The path as sent, without its query.
    pub path: String,
    /// The methods with which the same path is known: for the sentence, never for the decision.
    pub known_methods: Vec<crate::Method>,
}

/// An operation with the values that the path gave its parameters, and what it demands.
#[derive(Debug, Clone)]
pub struct Asked {
    operation: Arc<Operation>,
    /// In the order of the template; values percent-decoded once.
    values: Vec<(Arc<str>, String)>,
    query: Query,
    /// INVARIANT: what `values` name, then what query and body name.
    targets: Vec<String>,
    /// How many of `targets` the path names.
    of_path: usize,
    demands: Vec<Demand>,
    /// The records of scopes that query and body name; those of the path are in `values`.
    names: Vec<Name>,
    /// How many records the request is about; at least one.
    objects: u32,
    /// What stands behind the `?`, for whoever asks for a key of it.
    query_text: Contents<String>,
    /// The body, once it has been read.
    body: Option<Body>,
}

impl Asked {
    /// An operation with a value for each parameter of its path, in the order of the template.
    pub(crate) fn new(
        operation: Arc<Operation>,
        values: Vec<(Arc<str>, String)>,
        query: Query,
        query_text: &str,
    ) -> Result<Self, QueryDefect> {
        operation.check_query(&query)?;
        let ids = query.ids()?;
        let demands = vec![own_demand(&operation, &values)];
        let targets = targets(&operation, &values);
        let of_path = targets.len();
        let mut asked = Self {
            operation,
            values,
            query,
            objects: count(of_path.max(ids.len())),
            targets,
            of_path,
            demands,
            names: Vec::new(),
            query_text: Contents(query_text.into()),
            body: None,
        };
        asked.add_rules_of_target();
        asked.add_names_of_query(ids);
        Ok(asked)
    }

    /// The same with other values behind the prefixes of its path, such as `email=`: `form` is given
    /// the prefix without its `=` and the value, and says what is to stand for it.
    ///
    /// Values are only spoken of; what is sent to Kustomer is the path as it came. So whoever must not
    /// see a customer's address is given what this returns: sentence and targets hold the new values
    /// and nothing holds the old ones any more.
    #[must_use]
    pub fn with_keys_as(mut self, form: impl Fn(&str, &str) -> String) -> Self {
        let parameters = &self.operation.template.parameters;
        for (parameter, (_, value)) in parameters.iter().zip(&mut self.values) {
            if let Some(word) = parameter.prefix.strip_suffix('=') {
                *value = form(word, value);
            }
        }
        let mut targets = targets(&self.operation, &self.values);
        let others = self.targets.split_off(self.of_path);
        self.of_path = targets.len();
        targets.extend(others);
        self.targets = targets;
        self
    }

    /// The operation that was matched.
    #[must_use]
    pub fn operation(&self) -> &Arc<Operation> {
        &self.operation
    }

    /// The resource of the operation.
    #[must_use]
    pub fn resource(&self) -> &ResourceId {
        self.operation.resource()
    }

    /// Parameter names and their values (percent-decoded once), in the order of the template.
    pub fn values(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(name, value)| (&**name, value.as_str()))
    }

    /// The records that the request names: every id of every id parameter, the values of key
    /// parameters written `email=...`, and the ids that query and body name.
    #[must_use]
    pub fn targets(&self) -> &[String] {
        &self.targets
    }

    /// How many records the request is about; at least one.
    #[must_use]
    pub fn objects(&self) -> u32 {
        self.objects
    }

    /// What the request needs, as far as it has been read; the operation's own demand comes first.
    /// Never empty.
    #[must_use]
    pub fn demands(&self) -> &[Demand] {
        &self.demands
    }

    /// Whether the body may demand more and has not been read. Such a request is never permitted.
    #[must_use]
    pub fn wants_body(&self) -> bool {
        matches!(self.operation.body, BodyUse::Read(_)) && self.body.is_none()
    }

    /// The body, if it has been read.
    #[must_use]
    pub fn body(&self) -> Option<&Body> {
        self.body.as_ref()
    }

    /// A parameter of the path and its value (percent-decoded once).
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<(&Parameter, &str)> {
        let parameters = self.operation.template.parameters.iter();
        let mut named = parameters.zip(&self.values).filter(|(_, (it, _))| **it == *name);
        named.next().map(|(parameter, (_, value))| (parameter, value.as_str()))
    }

    /// The value of a plain key of the query (percent-decoded once), as strictly as those that matter to
    /// the catalogue: a key that is there twice, or that a server might take for this one, is a defect.
    pub fn query_value(&self, key: &str) -> Result<Option<String>, QueryDefect> {
        let text = self.query_text.0.as_str();
        if text.is_empty() {
            return Ok(None);
        }
        Ok(Query::read(text, &[key.into()])?.value(key).map(str::to_owned))
    }

    /// How many bytes stand behind the `?`: what looking for a key of it takes.
    #[must_use]
    pub fn query_length(&self) -> usize {
        self.query_text.0.len()
    }

    /// The same without what its query and body say: all that a decision needs of them is over when it
    /// is made, and what nobody holds nobody can give away.
    #[must_use]
    pub fn without_contents(mut self) -> Self {
        self.body = self.body.map(|_| Body::empty());
        self.query_text = Contents(String::new());
        self
    }

    fn add_rules_of_target(&mut self) {
        let operation = Arc::clone(&self.operation);
        for rule in &operation.rules {
            if rule.is_made_by_target(&self.values, &self.query) {
                self.add_rule(rule);
            }
        }
    }

    fn add_names_of_query(&mut self, ids: Vec<String>) {
        let operation = Arc::clone(&self.operation);
        for (scope, keys) in &operation.links.scope_queries {
            for key in keys {
                let origin = operation.origin_of_query(scope, key);
                let values: Vec<String> =
                    self.query.values(key).map(str::to_ascii_lowercase).collect();
                for id in values {
                    self.add_target(&id);
                    self.names.push(Name { scope: scope.clone(), id: Some(id), origin });
                }
            }
        }
        let origin = if operation.ids == IdsUse::NotTaken { Origin::Aside } else { Origin::Target };
        for id in ids {
            self.add_target(&id);
            if let Some(scope) = &operation.links.own_scope {
                self.names.push(Name { scope: scope.clone(), id: Some(id), origin });
            }
        }
    }

    /// Adds the demand of a rule; on custom objects it is on those of the klass that the path names.
    /// Where the request does in effect what another operation does, that is demanded besides.
    fn add_rule(&mut self, rule: &Rule) {
        let own = self.demands.first().filter(|own| own.resource == *rule.resource());
        let demand = Demand {
            resource: rule.resource().clone(),
            klass: own.and_then(|own| own.klass.clone()),
            level: rule.level(),
            because: Because::Rule(Arc::clone(&rule.because)),
            acts_as: None,
        };
        for acts_as in [None, rule.acts_as.clone()] {
            let demand = Demand { acts_as, ..demand.clone() };
            if !self.demands.contains(&demand) {
                self.demands.push(demand);
            }
        }
    }

    /// Adds a record that is named outside of the path. What is no id may be anything, and is not kept.
    fn add_target(&mut self, id: &str) {
        let known = || self.targets.iter().any(|target| target == id);
        if ParameterKind::Id.accepts(id) && self.targets.len() <= 2 * MOST_ITEMS && !known() {
            self.targets.push(id.to_owned());
        }
    }
}

/// What a customer may have written, which no picture of a value shows.
#[derive(Clone)]
struct Contents<T>(T);

impl<T> fmt::Debug for Contents<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

/// The demand that the operation itself makes.
fn own_demand(operation: &Operation, values: &[(Arc<str>, String)]) -> Demand {
    let klass = operation.links.klass_parameter.and_then(|at| values.get(at));
    Demand {
        resource: operation.resource().clone(),
        klass: klass.map(|(_, name)| Klass::new(name)),
        level: operation.level(),
        because: Because::Operation,
        acts_as: None,
    }
}

fn count(objects: usize) -> u32 {
    u32::try_from(objects.max(1)).unwrap_or(u32::MAX)
}

fn targets(operation: &Operation, values: &[(Arc<str>, String)]) -> Vec<String> {
    let mut targets = Vec::new();
    for (parameter, (_, value)) in operation.template.parameters.iter().zip(values) {
        push_targets(&mut targets, parameter, value);
    }
    targets
}

/// The records that a value names. Ids are written in lower case, so that a record has one name.
fn push_targets(targets: &mut Vec<String>, parameter: &Parameter, value: &str) {
    match parameter.kind {
        ParameterKind::Id => targets.push(value.to_ascii_lowercase()),
        ParameterKind::Ids | ParameterKind::IdList => {
            targets.extend(value.split(',').map(str::to_ascii_lowercase));
        }
        ParameterKind::Key | ParameterKind::KeyWithSlash => {
            targets.push(format!("{}{value}", parameter.prefix));
        }
        ParameterKind::Klass | ParameterKind::Word => {}
    }
}
