//! The records that an agent is confined to: the `[only]` table.

use std::collections::BTreeSet;

use catalogue::diagnostic::Place;
use catalogue::{Asked, Operation, ParameterKind, ResourceId, Scope, ScopeId};

use crate::Policy;
use crate::matrix::least_demands;

/// One line of `[only]`: of one kind of records, only these.
#[derive(Debug, Clone)]
pub struct Only {
    pub(crate) scope: Scope,
    /// The resources whose records belong to records of the scope.
    pub(crate) resources: BTreeSet<ResourceId>,
    /// In lower case.
    pub(crate) ids: BTreeSet<String>,
    pub(crate) place: Place,
}

/// A line of `[only]` that a request does not keep to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    /// The line's key, such as `customers`.
    pub scope: String,
    /// What one of its records is called.
    pub singular: String,
    /// Why the request is outside of it.
    pub why: OutsideBecause,
    /// Where the line stands.
    pub place: Place,
}

/// Why a request is outside of a line of `[only]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutsideBecause {
    /// It names a record that the line does not.
    Named(String),
    /// It cannot be told from the request whose records it is about.
    Untold,
}

impl Only {
    /// The key of the line, such as `customers`.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The ids, or the names of klasses, in lower case.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.ids.iter().map(String::as_str)
    }

    /// Where the line stands.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Whether no request of an operation that demands something on a resource keeps to the line,
    /// whatever else is in it.
    #[must_use]
    pub fn shuts_out(&self, operation: &Operation, on: &ResourceId, policy: &Policy) -> bool {
        let always = least_demands(operation);
        let mut demanded = always.iter().map(|demand| &demand.resource).chain([on]);
        if !demanded.any(|resource| self.resources.contains(resource)) {
            return false;
        }
        let leads_astray = |other: &ScopeId| is_astray(other, self.scope.id(), policy);
        self.ids.is_empty()
            || !operation.can_tell(&self.scope)
            || (!self.scope.is_of_klasses() && operation.path_scopes().any(leads_astray))
    }

    fn outside(&self, why: OutsideBecause) -> Outside {
        Outside {
            scope: self.scope.id().to_string(),
            singular: self.scope.singular().to_owned(),
            why,
            place: self.place.clone(),
        }
    }

    /// A record that the request names and the line does not. What is named in a way that cannot be
    /// told is none of the line's either.
    pub(crate) fn named_outside(&self, asked: &Asked) -> Option<Outside> {
        let mut named: Vec<Option<String>> = asked.told(&self.scope).names;
        if self.scope.is_of_klasses() {
            let klasses = asked.demands().iter().filter_map(|demand| demand.klass.as_ref());
            named.extend(klasses.map(|klass| Some(klass.to_string())));
        }
        let outside = named.into_iter().find(|name| match name {
            Some(id) => !self.ids.contains(id),
            None => true,
        })?;
        // What has not the form of an id may be a person's address, and is not to stand in records.
        let shown = outside.filter(|name| self.has_form_of_its_ids(name));
        Some(self.outside(shown.map_or(OutsideBecause::Untold, OutsideBecause::Named)))
    }

    fn has_form_of_its_ids(&self, name: &str) -> bool {
        let kind =
            if self.scope.is_of_klasses() { ParameterKind::Klass } else { ParameterKind::Id };
        kind.accepts(name)
    }

    /// Whether what the request is about belongs to records of the scope, and it cannot be told to
    /// which.
    pub(crate) fn untold(&self, asked: &Asked, policy: &Policy) -> Option<Outside> {
        let mut concerned =
            asked.demands().iter().filter(|demand| self.resources.contains(&demand.resource));
        let told = if self.scope.is_of_klasses() {
            concerned.all(|demand| demand.klass.is_some())
        } else {
            concerned.next().is_none()
                || (asked.told(&self.scope).is_told && !self.is_led_astray(asked, policy))
        };
        (!told).then(|| self.outside(OutsideBecause::Untold))
    }

    /// Whether the request also names a record that could belong to another of the scope: the
    /// conversation of a message need not be the customer's whom the request names.
    fn is_led_astray(&self, asked: &Asked, policy: &Policy) -> bool {
        asked.other_scopes(self.scope.id()).any(|other| is_astray(other, self.scope.id(), policy))
    }
}

/// Whether a record of one scope need not be of the records of another to which an agent is confined.
fn is_astray(other: &ScopeId, scope: &ScopeId, policy: &Policy) -> bool {
    let is_confined = policy.only().any(|only| only.scope.id() == other);
    other != scope && !is_confined && policy.belongs_to(other, scope)
}
