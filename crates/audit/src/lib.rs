//! What happened: the record of every request, its plain-English sentence, and the trail that keeps it.
//!
//! [`Trail::open`] is the only way to an [`OpenRecord`], and it returns one only after the record is
//! durable; forwarding takes an `OpenRecord`, so nothing can be forwarded without its record. Where
//! records are kept is behind [`AuditSink`], [`AuditReader`] and [`AuditPruner`]; this crate knows no SQL.

mod chain;
mod detail;
mod dropped;
mod event;
mod filter;
mod id_range;
mod keep;
mod naming;
mod outcome;
mod page;
mod prune;
mod pruner;
mod record;
mod row;
mod scribe;
pub mod sentence;
mod signed;
mod sink;
mod summary;
mod text;
mod trail;
mod undecided;
mod unproven;
mod verify;

pub use chain::{Chain, ENCODING, Hash, Head, NotAHash};
pub use detail::{Detail, NotJson};
pub use event::{Event, KeptOutline, POLICIES_LOADED, TOKEN_MINTED};
pub use filter::{Cursor, Filter};
pub use id_range::{IdRange, NotAnId};
pub use keep::{Keep, NotASpan};
pub use outcome::{Outcome, OutcomeKind};
pub use prune::Prune;
pub use pruner::{AuditPruner, Cut, Old, OldChain};
pub use record::{Decided, Opening, PolicyLine, Record, RecordId, RecordedDemand};
pub use row::{
    Cell, Cells, CellsIter, Column, Kind, MOST_CHAINS, Misread, Place, Row, Table, later_outcome,
    record,
};
pub use scribe::{Entry, Scribe, Settled};
pub use signed::{About, Signed};
pub use sink::{Abandoned, AuditReader, AuditSink, Batch, ChainState, NewChain, StoreFailure};
pub use summary::{QUARTER, Quarter, Summary, Tally};
pub use text::clean;
pub use trail::{
    Ending, FirstRecord, Heirs, OpenRecord, Trail, TrailFailure, TrailSettings, TrailWriter,
};
pub use undecided::Undecided;
pub use unproven::{JwtFault, Unproven};
pub use verify::{Against, Finding, Named, Verification, What, heads, verify};
