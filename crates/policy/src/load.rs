//! Reads the files of policies and of roles, and reports everything that is wrong with all of them at
//! once.

mod agent_table;
mod entry_table;
mod grant;
mod limits_table;
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

/// Reads every source in the order of their names, the roles first.
pub(crate) fn set(
    sources: &[Source],
    catalogue: &Catalogue,
    observing: Observing,
) -> Result<PolicySet, Diagnostics> {
    let mut sorted: Vec<&Source> = sources.iter().collect();
    sorted.sort_by_key(|source| (source.kind, &source.name));
    let (of_roles, of_policies): (Vec<_>, Vec<_>) =
        sorted.into_iter().partition(|source| source.kind == SourceKind::Role);
    let mut reading = Reading::new(catalogue, observing);
    for source in of_roles {
        reading.role(source);
    }
    let by_agent = |policy: Policy| (policy.agent.id.clone(), Arc::new(policy));
    let policies = of_policies.into_iter().filter_map(|source| reading.policy(source));
    let mut policies: IndexMap<_, _> = policies.map(by_agent).collect();
    policies.sort_unstable_keys();
    policies.shrink_to_fit();
    if !reading.found.is_empty() {
        return Err(reading.found);
    }
    let roles = reading.roles.into_iter().filter_map(|(id, (_, role))| Some((id, role?)));
    Ok(PolicySet { policies, roles: roles.collect(), fingerprint: Fingerprint::of(sources) })
}

impl<'r> Reading<'r> {
    fn new(catalogue: &'r Catalogue, observing: Observing) -> Self {
        let scopes = catalogue.scopes().map(|scope| (scope.id().clone(), scope.within().to_vec()));
        let scopes = Arc::new(scopes.collect());
        let (roles, agents, lost_role, found) = Default::default();
        Self { catalogue, observing, roles, agents, scopes, lost_role, found }
    }

    fn role(&mut self, source: &Source) {
        let text = SourceText::read(&source.name, &source.text);
        let document = text.document();
        let read = role_file::read(&document, self.catalogue, &self.roles);
        let good = self.finish(&document);
        self.lost_role |= read.is_none();
        if let Some((id, place, role)) = read {
            self.roles.insert(id, (place, role.filter(|_| good).map(Arc::new)));
        }
    }

    fn policy(&mut self, source: &Source) -> Option<Policy> {
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
