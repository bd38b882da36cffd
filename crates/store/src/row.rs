//! What a row means, said once for both databases: types to cells, and cells to types.
//!
//! Both databases keep the same few kinds of cell: text, bytes and 64-bit numbers. What the cells of the
//! trail mean is the audit crate's to say.

mod cells;
mod chain;
mod record;
mod summary;
mod token;

pub(crate) use cells::Cells;
pub(crate) use chain::{ChainCells, abandoned, chain_state, id_of, tip};
pub(crate) use record::{ends, record, row};
pub(crate) use summary::summary;
pub(crate) use token::{TokenCells, revoked_mint, token, token_use};
