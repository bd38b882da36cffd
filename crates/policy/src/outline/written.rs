//! An outline that is never there as a whole, but where it is written.

#![expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "what is derived lends each field to what writes it"
)]

use serde::{Serialize, Serializer};

use super::agent::AgentOutline;
use super::difference::Difference;
use super::role::RoleOutline;
use crate::PolicySet;

/// Written as [`super::Outline`] is.
#[derive(Debug, Serialize)]
pub(super) struct Written<'s> {
    #[serde(serialize_with = "agents")]
    agents: &'s PolicySet,
    #[serde(serialize_with = "roles", skip_serializing_if = "has_none")]
    roles: &'s PolicySet,
}

impl<'s> Written<'s> {
    pub(super) fn of(set: &'s PolicySet) -> Self {
        Self { agents: set, roles: set }
    }
}

/// Written as [`super::OutlinePatch`] is.
#[derive(Debug, Serialize)]
pub(super) struct WrittenPatch<'s> {
    #[serde(serialize_with = "other_agents")]
    agents: Difference<'s>,
    #[serde(serialize_with = "other_roles", skip_serializing_if = "has_no_other_role")]
    roles: Difference<'s>,
}

impl<'s> WrittenPatch<'s> {
    pub(super) fn of(difference: Difference<'s>) -> Self {
        Self { agents: difference, roles: difference }
    }
}

fn other_agents<S: Serializer>(of: &Difference<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(of.agents().map(|(id, is, _)| (id, is)))
}

fn other_roles<S: Serializer>(of: &Difference<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(of.roles().map(|(id, is, _)| (id, is)))
}

fn has_no_other_role(of: &Difference<'_>) -> bool {
    of.roles().next().is_none()
}

fn agents<S: Serializer>(set: &&PolicySet, serializer: S) -> Result<S::Ok, S::Error> {
    let outlines =
        set.policies().map(|policy| (policy.agent().id().as_str(), AgentOutline::of(policy)));
    serializer.collect_map(outlines)
}

fn roles<S: Serializer>(set: &&PolicySet, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(set.roles().map(|role| (role.id().as_str(), RoleOutline::of(role))))
}

fn has_none(set: &&PolicySet) -> bool {
    set.roles().next().is_none()
}
