//! What a request asks for, once its method and path have been read.

use std::sync::Arc;

use crate::{Because, Demand, Operation, Parameter, ParameterKind, ResourceId};

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
    /// INVARIANT: what `values` name.
    targets: Vec<String>,
    demands: Vec<Demand>,
}

impl Asked {
    /// An operation with a value for each parameter of its path, in the order of the template.
    pub(crate) fn new(operation: Arc<Operation>, values: Vec<(Arc<str>, String)>) -> Self {
        let demands = vec![Self::own_demand(&operation)];
        let targets = targets(&operation, &values);
        Self { operation, values, targets, demands }
    }

    /// The same with other values behind the prefixes of its path, such as `email=`: `form` is given
    /// the prefix without its `=` and the value, and says what is to stand for it.
    ///
    /// Values are only spoken of; what is sent to Kustomer is the path as it came. So whoever must not
    /// see a customer's address is given what this returns: sentence and targets hold the new values
    /// and nothing holds the old ones any more.
    #[must_use]
    pub fn with_keys_as(self, form: impl Fn(&str, &str) -> String) -> Self {
        let Self { operation, mut values, demands, .. } = self;
        for (parameter, (_, value)) in operation.template.parameters.iter().zip(&mut values) {
            if let Some(word) = parameter.prefix.strip_suffix('=') {
                *value = form(word, value);
            }
        }
        let targets = targets(&operation, &values);
        Self { operation, values, targets, demands }
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

    /// The records that the path names: every id of every id parameter, and the values of key
    /// parameters written `email=...`.
    #[must_use]
    pub fn targets(&self) -> &[String] {
        &self.targets
    }

    /// What the request needs; the operation's own demand comes first. Never empty.
    #[must_use]
    pub fn demands(&self) -> &[Demand] {
        &self.demands
    }

    /// The demand that the operation itself makes.
    fn own_demand(operation: &Operation) -> Demand {
        Demand {
            resource: operation.resource().clone(),
            level: operation.level(),
            because: Because::Operation,
        }
    }
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
