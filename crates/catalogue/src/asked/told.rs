//! Which records a request names: for the limits of a policy to some of them.

use std::sync::Arc;

use super::Asked;
use crate::operation::IdsUse;
use crate::scope::Origin;
use crate::{BodyUse, Method, Operation, ParameterKind, Scope, ScopeId, Shape};

/// What a request tells of the records of one scope.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// The records that it names, in lower case; none for one that it names in a way that cannot be
    /// told.
    pub names: Vec<Option<String>>,
    /// Whether what it is about belongs to the records that it names, and to no others.
    pub is_told: bool,
}

impl Asked {
    /// Which records of a scope the request names, and whether it is about them alone.
    #[must_use]
    pub fn told(&self, scope: &Scope) -> Told {
        let mut told = Told::default();
        for (at, _) in self.operation.links.path_scopes.iter().filter(|(_, id)| id == scope.id()) {
            let value = self.values.get(*at).map_or("", |(_, value)| value.as_str());
            told.names.extend(value.split(',').map(|id| Some(id.to_ascii_lowercase())));
        }
        let named = self.names.iter().filter(|name| name.scope == *scope.id());
        let targets = named.clone().filter(|name| name.origin == Origin::Target);
        told.names.extend(targets.map(|name| name.id.clone()));
        told.is_told = !told.names.is_empty();
        let fields = named.filter(|name| name.origin == Origin::Field);
        told.names.extend(fields.map(|name| name.id.clone()));
        // What is created belongs to whom the body says. What is there already need not.
        told.is_told |= self.creates_freely() && !told.names.is_empty();
        let aside = self.names.iter().filter(|name| name.scope == *scope.id());
        let aside = aside.filter(|name| name.origin == Origin::Aside);
        told.names.extend(aside.map(|name| name.id.clone()));
        told
    }

    /// The scopes of which the request names a record, other than `scope`.
    pub fn other_scopes<'a>(&'a self, scope: &'a ScopeId) -> impl Iterator<Item = &'a ScopeId> {
        let of_path = self.operation.links.path_scopes.iter().map(|(_, id)| id);
        of_path.chain(self.names.iter().map(|name| &name.scope)).filter(move |id| *id != scope)
    }

    /// Whether it creates one record, and its path names none that it could belong to.
    fn creates_freely(&self) -> bool {
        self.objects == 1 && self.operation.creates_freely()
    }
}

impl Operation {
    /// Whether a request of it can say of which records of a scope it is about, and that it is about no
    /// others; if not, no request of it keeps to some of them.
    #[must_use]
    pub fn can_tell(&self, scope: &Scope) -> bool {
        if scope.is_of_klasses() {
            return self.names_a_klass() || self.searches;
        }
        let is_it = |id: &ScopeId| id == scope.id();
        let links = &self.links;
        let by_query = self.queries.iter().any(|(id, _)| is_it(id));
        let by_ids = self.ids != IdsUse::NotTaken;
        let by_item = matches!(self.body, BodyUse::Read(Shape::List));
        let by_field = self.creates_freely()
            && matches!(self.body, BodyUse::Read(_))
            && links.scope_fields.iter().any(|(id, _)| is_it(id));
        self.path_scopes().any(is_it)
            || by_query
            || by_field
            || (links.own_scope.as_ref().is_some_and(is_it) && (by_ids || by_item))
    }

    /// Where a record is named by a key of the query.
    pub(super) fn origin_of_query(&self, scope: &ScopeId, key: &str) -> Origin {
        let is_own = |(id, keys): &(ScopeId, Vec<Arc<str>>)| {
            id == scope && keys.iter().any(|it| **it == *key)
        };
        if self.queries.iter().any(is_own) { Origin::Target } else { Origin::Aside }
    }

    /// The scopes of which its path names a record.
    pub fn path_scopes(&self) -> impl Iterator<Item = &ScopeId> {
        self.links.path_scopes.iter().map(|(_, id)| id)
    }

    fn creates_freely(&self) -> bool {
        let names_one =
            |kind| matches!(kind, ParameterKind::Id | ParameterKind::Ids | ParameterKind::IdList);
        self.method == Method::Post
            && !self.searches
            && !self.template.parameters.iter().any(|it| names_one(it.kind))
    }
}
