//! Policies that say the same in the same words: no question can tell them apart, so none has to be asked.
//!
//! Where an entry stands, and what comments say beside it, is no difference. That two policies are not
//! alike proves nothing: they may still permit the same.

use std::collections::BTreeSet;

use super::terms;
use crate::{Entry, Layer, Policy, PolicySet, Role, RoleId};

/// What is known of the roles of two sets.
#[derive(Debug)]
pub(super) struct Alike<'s> {
    /// The roles of the earlier set that the later one has in the same words.
    roles: BTreeSet<&'s RoleId>,
}

impl<'s> Alike<'s> {
    pub(super) fn of(earlier: &'s PolicySet, later: &PolicySet) -> Self {
        let is_kept = |role: &&Role| {
            later.roles().any(|it| it.id() == role.id() && layers(role.layer(), it.layer()))
        };
        let roles = earlier.roles().map(AsRef::as_ref).filter(is_kept);
        Self { roles: roles.map(Role::id).collect() }
    }

    /// Whether two policies of one agent say the same in the same words.
    pub(super) fn are(&self, was: &Policy, is: &Policy) -> bool {
        let ids = |policy: &Policy| -> BTreeSet<RoleId> {
            policy.roles().iter().map(|role| role.id().clone()).collect()
        };
        layers(was.own(), is.own())
            && was.roles().iter().all(|role| self.roles.contains(role.id()))
            && ids(was) == ids(is)
            && terms::changes(Some(was), Some(is), None).is_empty()
    }
}

fn layers(one: &Layer, other: &Layer) -> bool {
    one.entries().count() == other.entries().count()
        && one.entries().zip(other.entries()).all(|(one, other)| entries(one, other))
}

fn entries(one: &Entry, other: &Entry) -> bool {
    one.name == other.name
        && one.level == other.level
        && one.window() == other.window()
        && one.when() == other.when()
}
