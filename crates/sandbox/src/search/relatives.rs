//! Which records a criterion looks at, seen from the record that is searched for.

use crate::record::{Kind, Record};
use crate::state::State;

/// The records of a kind that are related to a record: itself, what it belongs to, what belongs to
/// it, or what belongs to the same customer. Records that were put away do not count.
pub(super) fn of<'a>(state: &'a State, record: &'a Record, kind: Kind) -> Vec<&'a Record> {
    if record.kind == kind {
        return vec![record];
    }
    // A relationship to one of these has the name of its kind.
    let is_owner = matches!(kind, Kind::Customer | Kind::Company | Kind::Conversation);
    if let Some(id) = record.related(kind.type_name()).filter(|_| is_owner) {
        return state.get(kind, id).into_iter().filter(|found| !found.is_deleted()).collect();
    }
    let timeline = matches!(kind, Kind::Message | Kind::Note);
    let owns = record.kind == Kind::Customer || (record.kind == Kind::Conversation && timeline);
    let owner = if owns { Some(record.id.as_str()) } else { record.related("customer") };
    let belongings = owner.into_iter().flat_map(|owner| state.owned(kind, owner));
    belongings.filter(|found| !found.is_deleted()).collect()
}
