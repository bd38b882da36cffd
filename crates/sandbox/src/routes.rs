//! The operations that work on state: one function each, found by the operation's id.
//!
//! To let one more operation work on state, write a function that takes a [`Call`], and name it
//! beside the id in the table of its file.

mod bulk;
mod companies;
mod conversations;
mod customers;
mod drafts;
mod kobjects;
mod messages;
mod notes;
mod people;
mod search;
mod tags;
mod tokens;
mod webhooks;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use catalogue::Asked;

use crate::call::{Call, Reply};
use crate::refusal::Refusal;

/// Answers one operation.
pub(crate) type Route = fn(&mut Call<'_>) -> Result<Reply, Refusal>;

/// Operations and their routes, as each file lists them.
type Table = &'static [(&'static str, Route)];

const TABLES: [Table; 13] = [
    bulk::ROUTES,
    companies::ROUTES,
    conversations::ROUTES,
    customers::ROUTES,
    drafts::ROUTES,
    kobjects::ROUTES,
    messages::ROUTES,
    notes::ROUTES,
    people::ROUTES,
    search::ROUTES,
    tags::ROUTES,
    tokens::ROUTES,
    webhooks::ROUTES,
];

/// The route of an operation; `None` where no state is behind it.
pub(crate) fn route(asked: &Asked) -> Option<Route> {
    static ROUTES: LazyLock<BTreeMap<&str, Route>> =
        LazyLock::new(|| TABLES.into_iter().flatten().copied().collect());
    ROUTES.get(asked.operation().id().as_str()).copied()
}

#[cfg(test)]
mod tests {
    use catalogue::Catalogue;

    use super::*;

    #[test]
    fn every_route_is_an_operation_of_the_catalogue_and_has_one_function() {
        let mut seen = std::collections::BTreeSet::new();
        for (id, _) in TABLES.into_iter().flatten() {
            assert!(Catalogue::builtin().operation(id).is_some(), "{id} is not in the catalogue");
            assert!(seen.insert(id), "{id} has two routes");
        }
    }

    #[test]
    fn the_28_rows_of_the_guide_all_work_on_state() {
        let routed: Vec<&str> = TABLES.into_iter().flatten().map(|(id, _)| *id).collect();
        let rows = Catalogue::builtin().operations().filter(|one| one.guide_row().is_some());
        let rows: Vec<&str> = rows.map(|one| one.id().as_str()).collect();
        assert_eq!(rows.len(), 28);
        for id in rows {
            assert!(routed.contains(&id), "{id} is only simulated");
        }
    }
}
