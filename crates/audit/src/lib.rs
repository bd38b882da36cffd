//! What happened: the record of every request, its plain-English sentence, and the trail that keeps it.
//!
//! [`Trail::open`] is the only way to an [`OpenRecord`], and it returns one only after the record is
//! durable; forwarding takes an `OpenRecord`, so nothing can be forwarded without its record. Where
//! records are kept is behind [`AuditSink`] and [`AuditReader`]; this crate knows no SQL.

mod filter;
mod id_range;
mod outcome;
mod record;
pub mod sentence;
mod sink;
mod summary;
mod trail;
mod unproven;

pub use filter::{Cursor, Filter};
pub use id_range::{IdRange, NotAnId};
pub use outcome::{Outcome, OutcomeKind};
pub use record::{Decided, Opening, PolicyLine, Record, RecordId, RecordedDemand};
pub use sink::{AuditReader, AuditSink, Entry, StoreFailure};
pub use summary::{QUARTER, Quarter, Summary, Tally};
pub use trail::{Ending, OpenRecord, Trail, TrailFailure, TrailSettings, TrailWriter};
pub use unproven::Unproven;
