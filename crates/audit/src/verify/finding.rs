//! What is wrong with a trail, in plain English.

use std::fmt;

use serde::Serialize;

use crate::row::Place;
use crate::{Hash, RecordId};

/// Something that a whole trail would not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The first row that it concerns; none where it is about no row.
    pub place: Option<Place>,
    /// The record that the row is a part of, where it can be told.
    pub record: Option<RecordId>,
    /// What it is.
    pub what: What,
}

/// Kinds of findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The row's hash is not the one that its cells and the row before it make.
    Changed {
        /// What they make.
        computed: Hash,
        /// What stands there.
        stored: Hash,
    },
    /// The row belongs elsewhere: the one that belongs here stands further on.
    Reordered {
        /// Where the one stands that belongs here.
        belongs: Place,
    },
    /// Rows are not there, from this one to before the next that is.
    Removed {
        /// How many.
        rows: u64,
    },
    /// The chain's last rows are not there.
    CutOff {
        /// How many rows the chain had.
        had: u64,
        /// How many of them there are.
        has: u64,
    },
    /// The row stands behind the end of its chain.
    Inserted,
    /// There is another row in the same place.
    Twice,
    /// The rows belong to no chain that is known.
    UnknownChain,
    /// The chain's account has another id than the chain itself: that of its first record.
    OtherId {
        /// The id in the account.
        id: RecordId,
        /// The chain's.
        is: RecordId,
    },
    /// The chain is at another hash than its own account says.
    OtherHead,
    /// A chain that another one names, or a checkpoint, is not there or was another.
    NotAsNamed {
        /// The chain.
        chain: RecordId,
        /// How many rows it had.
        rows: u64,
        /// Who says so.
        by: Named,
    },
    /// A statement of what was dropped bears no good signature.
    BadStatement {
        /// The record that holds it.
        record: RecordId,
    },
}

/// Who names a chain's head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// The chain of this ordinal, in its first row.
    Chain(u32),
    /// The checkpoint that the trail is held against.
    Checkpoint,
}

impl Finding {
    pub(super) fn of_nowhere(what: What) -> Self {
        Self { place: None, record: None, what }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.what {
            What::Changed { .. } => "changed",
            What::Reordered { .. } => "reordered",
            What::Removed { .. } => "removed",
            What::CutOff { .. } => "cut_off",
            What::Inserted => "inserted",
            What::Twice => "twice",
            What::UnknownChain => "unknown_chain",
            What::OtherId { .. } => "other_id",
            What::OtherHead => "other_head",
            What::NotAsNamed { .. } => "not_as_named",
            What::BadStatement { .. } => "bad_statement",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = self.place {
            write!(f, "row {} of chain {}", place.number(), place.ordinal())?;
        }
        if let Some(record) = self.record {
            write!(f, " (record {record})")?;
        }
        match &self.what {
            What::Changed { computed, stored } => write!(
                f,
                " was changed, or is not the row that was written there: what it holds makes the hash \
                 {computed:.12}, and its hash is {stored:.12}"
            ),
            What::Reordered { belongs } => {
                write!(f, " was reordered: what belongs here stands as row {}", belongs.number())
            }
            What::Removed { rows: 1 } => f.write_str(" was removed"),
            What::Removed { rows } => {
                write!(f, " was removed, and the {} rows after it", rows.saturating_sub(1))
            }
            What::CutOff { had, has } => write!(
                f,
                " was removed, and all after it: the chain had {had} rows, and {has} are there"
            ),
            What::Inserted => f.write_str(" was inserted: it stands behind the end of its chain"),
            What::Twice => f.write_str(" was inserted: there is another row in its place"),
            What::UnknownChain => {
                f.write_str(" and those after it belong to no chain that is known")
            }
            What::OtherId { id, is } => write!(
                f,
                " is of the chain {is}: the chain's id was changed to {id}, which is not that of its \
                 first record"
            ),
            What::OtherHead => {
                f.write_str(" is the last of its chain, and its hash is not the chain's head")
            }
            What::NotAsNamed { chain, rows, by } => {
                match by {
                    Named::Chain(ordinal) => write!(f, "chain {ordinal} names the chain {chain}")?,
                    Named::Checkpoint => write!(f, "the checkpoint names the chain {chain}")?,
                }
                write!(f, " with {rows} rows; it is not there, or it was another")
            }
            What::BadStatement { record } => write!(
                f,
                "record {record} says that old rows were dropped, and is not signed with the gateway's \
                 key"
            ),
        }
    }
}

impl Serialize for Finding {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;
        let mut object = serializer.serialize_struct("Finding", 4)?;
        object.serialize_field("finding", self.code())?;
        object.serialize_field("place", &self.place.map(|place| place.to_string()))?;
        object.serialize_field("record", &self.record)?;
        object.serialize_field("said", self.to_string().trim_start())?;
        object.end()
    }
}
