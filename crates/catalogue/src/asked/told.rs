//! Which records a request names: for the limits of a policy to some of them.

use super::Asked;
use crate::scope::Origin;
use crate::{Method, ParameterKind, Scope, ScopeId};

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
        told
    }

    /// The scopes of which the request names a record, other than `scope`.
    pub fn other_scopes<'a>(&'a self, scope: &'a ScopeId) -> impl Iterator<Item = &'a ScopeId> {
        let of_path = self.operation.links.path_scopes.iter().map(|(_, id)| id);
        of_path.chain(self.names.iter().map(|name| &name.scope)).filter(move |id| *id != scope)
    }

    /// Whether it creates one record, and its path names none that it could belong to.
    fn creates_freely(&self) -> bool {
        let names_one =
            |kind| matches!(kind, ParameterKind::Id | ParameterKind::Ids | ParameterKind::IdList);
        self.operation.method == Method::Post
            && !self.operation.searches
            && self.objects == 1
            && !self.operation.template.parameters.iter().any(|it| names_one(it.kind))
    }
}
