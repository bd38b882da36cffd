//! Tags of conversations and of the knowledge base, and saved answers.

use super::Table;
use crate::call::{Call, Reply};
use crate::record::Kind;
use crate::refusal::Refusal;

pub(super) const ROUTES: Table = &[
    ("tags.list", |call| call.list(Kind::Tag)),
    ("knowledge_base.list_tags", |call| call.list(Kind::KbTag)),
    ("knowledge_base.create_tag", |call| create(call, Kind::KbTag)),
    ("shortcuts.list", |call| call.list(Kind::Shortcut)),
    ("shortcuts.create", |call| create(call, Kind::Shortcut)),
    ("shortcuts.delete", delete_shortcut),
];

fn create(call: &mut Call<'_>, kind: Kind) -> Result<Reply, Refusal> {
    let id = call.create(kind, &call.object()?, Vec::new())?;
    call.show(kind, &id)
}

fn delete_shortcut(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.value("id").to_owned();
    call.delete(Kind::Shortcut, &id)
}
