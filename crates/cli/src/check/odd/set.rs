//! What is odd about a set of policies as a whole.

use catalogue::diagnostic::Code;
use policy::PolicySet;

use super::Odd;

pub(super) fn look(policies: &PolicySet) -> Vec<Odd> {
    let is_used = |id: &policy::RoleId| {
        policies.policies().any(|policy| policy.roles().iter().any(|role| role.id() == id))
    };
    let unused = policies.roles().filter(|role| !is_used(role.id()));
    unused
        .map(|role| {
            let message = format!("no policy takes the role `{}`", role.id());
            Odd::new(Code::UnusedRole, role.place(), message)
        })
        .collect()
}
