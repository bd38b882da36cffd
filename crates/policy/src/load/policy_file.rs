//! The file of a policy: `[agent]`, the three tables of entries, `[only]` and `[limits]`.

use std::sync::Arc;

use catalogue::diagnostic::Code;
use catalogue::document::{Document, Section};

use super::table::Table;
use super::{Reading, agent_table, entry_table, limits_table, only_table};
use crate::{Layer, Limits, Policy};

/// Reads a whole file; none where something in it is wrong, which the document then knows.
pub(super) fn read(document: &Document<'_>, reading: &mut Reading<'_>) -> Option<Policy> {
    let mut root = document.root();
    // Of a role among the policies nobody wants to know that it has no agent.
    let is_role = root.has(&["role"]);
    let agent = if is_role { root.table("agent") } else { root.require_table("agent") };
    let agent = agent.map(|section| {
        let place = document.place(section.span());
        agent_table::read(section, reading).map(|agent| (agent, place))
    });
    let catalogue = reading.catalogue;
    let entries = Table::ALL.map(|table| entry_table::read(&mut root, table, catalogue, None));
    let only = root.table("only").map(|section| only_table::read(section, catalogue));
    let limits = root.table("limits").map(limits_table::read).unwrap_or_default();
    report_role(&mut root);
    agent_table::report_strays(&mut root);
    root.finish();
    let ((agent, roles), place) = agent??;
    let limits = limits.or_strictest_of(roles.iter().map(|role| &role.limits));
    let own = Layer::new(entries.into_iter().flatten().collect());
    let scopes = Arc::clone(&reading.scopes);
    let limits = (limits != Limits::NONE).then(|| Box::new(limits));
    let only = only.unwrap_or_default();
    Some(Policy { roles, only, scopes, limits, ..Policy::of_own(agent, place, own) })
}

/// A role among the policies.
fn report_role(root: &mut Section<'_>) {
    if let Some(span) = root.take("role") {
        let document = root.document();
        let fault =
            document.diagnose(&span, "a policy has no `role`").with_code(Code::MisplacedKey);
        document.report(fault.with_help(
            "a file with [role] belongs in the folder `roles` beside the policies; a policy takes \
             roles by `roles` in [agent]",
        ));
    }
}
