//! What a request asks for, once its method and path have been read.

use std::sync::Arc;

use crate::{Because, Demand, Operation, ResourceId};

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
    pub(crate) operation: Arc<Operation>,
    /// In the order of the template; values percent-decoded once.
    pub(crate) values: Vec<(Arc<str>, String)>,
    pub(crate) targets: Vec<String>,
    pub(crate) demands: Vec<Demand>,
}

impl Asked {
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
    #[must_use]
    pub(crate) fn own_demand(operation: &Operation) -> Demand {
        Demand {
            resource: operation.resource().clone(),
            level: operation.level(),
            because: Because::Operation,
        }
    }
}
