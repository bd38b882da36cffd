//! Reads the files of policies and of roles, and reports everything that is wrong with all of them at
//! once.

mod agent_table;
mod entry_table;
mod grant;
mod limits_table;
mod made;
mod only_table;
mod policy_file;
mod role_file;
mod source;
mod table;
mod text;
mod when;
mod window;

use std::collections::BTreeMap;
use std::sync::Arc;

use catalogue::Catalogue;
use catalogue::diagnostic::{Diagnostics, Mark, Place};
use catalogue::document::{Document, SourceText};
use indexmap::IndexMap;

use crate::policy::Scopes;
use crate::{AgentId, Fingerprint, Observing, Policy, PolicySet, Role, RoleId};

use made::FileMark;
pub(crate) use made::Made;
pub use source::Source;
pub(crate) use source::SourceKind;
pub(crate) use table::{any_named, names};

/// The roles that policies can take: by id, with where each stands. None for one whose file is wrong,
/// so that nobody is told that it does not exist.
type Roles = BTreeMap<RoleId, (Place, Option<Arc<Role>>)>;

/// What is known of the whole set while a file is read.
struct Reading<'r> {
    catalogue: &'r Catalogue,
    observing: Observing,
    roles: Roles,
    /// The agents that a file already speaks of, and where: an agent has one policy only.
    agents: BTreeMap<AgentId, Mark>,
    scopes: Arc<Scopes>,
    /// Whether the id of some role could not be read, so that it may be any.
    lost_role: bool,
    found: Diagnostics,
}

/// Reads every source in the order of their names, the roles first. What a set before has made of the
/// same files with the same roles is taken from there.
pub(crate) fn set(
    sources: &[Source],
    catalogue: &Catalogue,
    observing: Observing,
    before: &Made,
) -> Result<PolicySet, Diagnostics> {
    let mut sorted: Vec<&Source> = sources.iter().collect();
    sorted.sort_by_key(|source| (source.kind, &source.name));
    let (of_roles, of_policies): (Vec<_>, Vec<_>) =
        sorted.into_iter().partition(|source| source.kind == SourceKind::Role);
    let mut reading = Reading::new(catalogue, observing);
    let mut made = Made::default();
    for source in of_roles {
        reading.role(source, before, &mut made);
    }
    let mut policies = IndexMap::with_capacity(of_policies.len());
    let mut is_twice = false;
    for source in of_policies {
        if let Some(policy) = reading.policy(source, before, &mut made) {
            is_twice |= policies.insert(policy.agent.id.clone(), policy).is_some();
        }
    }
    if !before.is_empty() && (is_twice || !reading.found.is_empty()) {
        // Nothing is remembered of a file but what was made of it: to say what is wrong, all are read.
        return set(sources, catalogue, observing, &Made::default());
    }
    if !reading.found.is_empty() {
        return Err(reading.found);
    }
    policies.sort_unstable_keys();
    policies.shrink_to_fit();
    let roles = reading.roles.into_iter().filter_map(|(id, (_, role))| Some((id, role?)));
    let (roles, fingerprint) = (roles.collect(), Fingerprint::of(sources));
    Ok(PolicySet { policies, roles, fingerprint, made })
}

impl<'r> Reading<'r> {
    fn new(catalogue: &'r Catalogue, observing: Observing) -> Self {
        let scopes = catalogue.scopes().map(|scope| (scope.id().clone(), scope.within().to_vec()));
        let scopes = Arc::new(scopes.collect());
        let (roles, agents, lost_role, found) = Default::default();
        Self { catalogue, observing, roles, agents, scopes, lost_role, found }
    }

    fn role(&mut self, source: &Source, before: &Made, made: &mut Made) {
        let mark = FileMark::of(source);
        let known = before.role(&mark).filter(|role| !self.roles.contains_key(&role.id));
        let (id, place, role) = match known {
            Some(role) => (role.id.clone(), role.place.clone(), Some(Arc::clone(role))),
            None => match self.read_role(source) {
                Some(read) => read,
                None => return,
            },
        };
        if let Some(role) = &role {
            made.keep_role(mark, role);
        }
        self.roles.insert(id, (place, role));
    }

    fn read_role(&mut self, source: &Source) -> Option<(RoleId, Place, Option<Arc<Role>>)> {
        let text = SourceText::read(&source.name, &source.text);
        let document = text.document();
        let read = role_file::read(&document, self.catalogue, &self.roles);
        let good = self.finish(&document);
        self.lost_role |= read.is_none();
        let (id, place, role) = read?;
        Some((id, place, role.filter(|_| good).map(Arc::new)))
    }

    fn policy(&mut self, source: &Source, before: &Made, made: &mut Made) -> Option<Arc<Policy>> {
        let mark = FileMark::of(source);
        let known = before.policy(&mark).filter(|policy| self.has_roles_of(policy));
        let policy = match known {
            Some(policy) => Arc::clone(policy),
            None => Arc::new(self.read_policy(source)?),
        };
        made.keep_policy(mark, &policy);
        Some(policy)
    }

    /// Whether the roles of a policy are those that are there now.
    fn has_roles_of(&self, policy: &Policy) -> bool {
        policy.roles.iter().all(|role| {
            let now = self.roles.get(&role.id).and_then(|(_, now)| now.as_ref());
            now.is_some_and(|now| Arc::ptr_eq(now, role))
        })
    }

    fn read_policy(&mut self, source: &Source) -> Option<Policy> {
        let text = SourceText::read(&source.name, &source.text);
        let document = text.document();
        let policy = policy_file::read(&document, self);
        if self.finish(&document) { policy } else { None }
    }

    /// Keeps what is wrong with a file; whether nothing is.
    fn finish(&mut self, document: &Document<'_>) -> bool {
        let finished = document.finish();
        finished.map_err(|faults| self.found.extend(faults)).is_ok()
    }
}
