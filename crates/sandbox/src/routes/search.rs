//! The two searches. The sandbox keeps everything at hand, so its archive is the same place.

use super::Table;
use crate::call::{Call, Reply};
use crate::refusal::Refusal;
use crate::search;

pub(super) const ROUTES: Table = &[("search.customers", run), ("search.customers_archive", run)];

fn run(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    search::run(call.state, call.path, call.query, &call.object()?).map(Reply::Document)
}
