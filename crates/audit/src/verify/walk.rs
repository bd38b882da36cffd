//! The walk itself: row by row, in the order of their places.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use super::Verification;
use super::finding::{Finding, What};
use super::names::Names;
use crate::chain::{Chain, Head};
use crate::dropped::Dropped;
use crate::naming::record_of;
use crate::row::{Place, Row};
use crate::{ChainState, Hash, RecordId};

/// Most findings that are listed; what is found after them says nothing new.
const MOST: usize = 50;

/// Of a chain whose account tells none: one without rows.
const NO_HEAD: Head = Head { chain: RecordId::from_bytes([0; 16]), rows: 0, hash: Hash::NONE };

pub(super) struct Walk<'a> {
    /// Chains by their ordinals, as they were before the walk.
    chains: BTreeMap<u32, ChainState>,
    dropped: &'a Dropped,
    names: Names,
    /// The chain that is being walked along, and how far it has come.
    current: Option<Chain>,
    /// How many of its rows were dropped before the first that ought to be there.
    begun: u64,
    /// The hash that the row before ought to have, where it has another: perhaps only that was changed.
    ought: Option<Hash>,
    /// Ends of chains as they were before the walk, for those that have been walked along.
    ends: BTreeMap<u32, Head>,
    /// Ids that chains have in truth, where their accounts have others.
    ids: BTreeMap<u32, RecordId>,
    /// Where chains begin that were not known before the walk: they may have been begun since.
    unknown: BTreeMap<u32, Finding>,
    /// The last rows that were met behind the ends of chains: they may have been written since.
    beyond: BTreeMap<u32, VecDeque<Finding>>,
    walked: u64,
    rows: u64,
    /// Of these, how many are said to be dropped.
    left_over: u64,
    findings: Vec<Finding>,
}

impl<'a> Walk<'a> {
    pub(super) fn over(chains: &[ChainState], dropped: &'a Dropped, names: Names) -> Self {
        Self {
            chains: chains.iter().map(|chain| (chain.ordinal, *chain)).collect(),
            dropped,
            names,
            current: None,
            begun: 0,
            ought: None,
            ends: BTreeMap::new(),
            ids: BTreeMap::new(),
            unknown: BTreeMap::new(),
            beyond: BTreeMap::new(),
            walked: 0,
            rows: 0,
            left_over: 0,
            findings: Vec::new(),
        }
    }

    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Takes the next rows.
    pub(super) fn take(&mut self, rows: &[Row]) {
        for (at, row) in rows.iter().enumerate() {
            self.rows += 1;
            if self.current.map(|chain| chain.ordinal()) != Some(row.place.ordinal()) {
                self.go_to(row.place.ordinal(), row);
            }
            self.check(row, rows.get(at..).unwrap_or_default());
        }
    }

    /// Ends the chain before and begins the one of this ordinal; those between have no rows.
    fn go_to(&mut self, ordinal: u32, row: &Row) {
        self.end_chain();
        let Some(state) = self.chains.get(&ordinal).copied() else {
            let finding = finding(row.place, Some(row), What::UnknownChain);
            self.unknown.insert(ordinal, finding);
            self.current = Some(Chain::new(NO_HEAD.chain, ordinal));
            return;
        };
        self.walked += 1;
        let chain = self.beginning(state.head.unwrap_or(NO_HEAD).chain, ordinal);
        self.begun = chain.head().rows;
        self.ought = None;
        self.current = Some(chain);
    }

    /// Where a chain begins: at its first row, or after what was dropped.
    fn beginning(&self, id: RecordId, ordinal: u32) -> Chain {
        match self.dropped.until(id) {
            Some(head) => Chain::at(head, ordinal),
            None => Chain::new(id, ordinal),
        }
    }

    fn check(&mut self, row: &Row, ahead: &[Row]) {
        let Some(state) = self.chains.get(&row.place.ordinal()).copied() else {
            self.set_aside(row);
            return;
        };
        let Some(mut chain) = self.current else { return };
        let (number, expected) = (row.place.number(), chain.head().rows);
        if number < self.begun {
            let can_hold = |id| self.dropped.can_hold(chain.head().chain, id);
            if record_of(row).is_some_and(can_hold) {
                // Said to be dropped, and still there: it was interrupted. It goes with the next one.
                self.left_over += 1;
            } else {
                self.find(row.place, Some(row), What::Inserted);
            }
            return;
        }
        if number < expected {
            self.find(row.place, Some(row), What::Twice);
            return;
        }
        let end = state.head.map_or(0, |head| head.rows);
        if number >= end {
            if state.closed {
                self.find(row.place, Some(row), What::Inserted);
            } else {
                self.set_aside(row);
            }
            return;
        }
        if expected == self.begun {
            chain = self.rightful(chain, row);
        }
        let expected = chain.head().rows;
        if number > expected {
            let place = Place::new(chain.ordinal(), expected);
            self.find(place, None, What::Removed { rows: number - expected });
            self.ought = None;
        } else {
            self.check_hash(&chain, row, ahead);
        }
        self.names.met(row.place, row.hash);
        // On from what stands here, so that one fault is one finding.
        let head = Head { chain: chain.head().chain, rows: number + 1, hash: row.hash };
        chain = Chain::at(head, chain.ordinal());
        self.current = Some(chain);
    }

    /// Keeps a row in mind that its chain's account did not count before the walk.
    fn set_aside(&mut self, row: &Row) {
        self.rows -= 1;
        let beyond = self.beyond.entry(row.place.ordinal()).or_default();
        // A chain counts its rows without gaps, so those that its later account does not count either
        // are the last of them.
        if beyond.len() >= MOST {
            beyond.pop_front();
        }
        beyond.push_back(finding(row.place, Some(row), What::Inserted));
    }

    /// The chain that its first row proves it to be, where its account has another's id.
    fn rightful(&mut self, chain: Chain, row: &Row) -> Chain {
        let number = row.place.number();
        let follows =
            |chain: &Chain| chain.head().rows == number && chain.next_hash(&row.cells) == row.hash;
        if follows(&chain) {
            return chain;
        }
        let ordinal = chain.ordinal();
        let first = record_of(row).map(|id| Chain::new(id, ordinal));
        let dropped = self.dropped.heads().map(|head| Chain::at(head, ordinal));
        let Some(rightful) = first.into_iter().chain(dropped).find(follows) else { return chain };
        let (id, is) = (chain.head().chain, rightful.head().chain);
        self.find(row.place, None, What::OtherId { id, is });
        self.ids.insert(ordinal, is);
        self.begun = number;
        rightful
    }

    fn check_hash(&mut self, chain: &Chain, row: &Row, ahead: &[Row]) {
        let computed = chain.next_hash(&row.cells);
        let ought = self.ought.take().map(|hash| Head { hash, ..chain.head() });
        let ought = ought.map(|head| Chain::at(head, chain.ordinal()).next_hash(&row.cells));
        if computed == row.hash || ought == Some(row.hash) {
            return;
        }
        self.ought = Some(computed);
        if self.findings.len() >= MOST {
            // Nobody is told of it, and to look for each row's place in the chain takes long.
            return;
        }
        let follows = |other: &&Row| {
            other.place.ordinal() == row.place.ordinal()
                && chain.next_hash(&other.cells) == other.hash
        };
        let what = match ahead.iter().skip(1).find(follows) {
            Some(other) => What::Reordered { belongs: other.place },
            None => What::Changed { computed, stored: row.hash },
        };
        self.find(row.place, Some(row), what);
    }

    /// The chain must have come as far as its own account says.
    fn end_chain(&mut self) {
        let Some(chain) = self.current.take() else { return };
        let Some(state) = self.chains.remove(&chain.ordinal()) else { return };
        let Some(head) = state.head else { return };
        self.ends.insert(chain.ordinal(), head);
        self.end_at(chain, head);
    }

    fn end_at(&mut self, chain: Chain, head: Head) {
        let reached = chain.head();
        if reached.rows < head.rows {
            let what = What::CutOff { had: head.rows, has: reached.rows };
            self.find(Place::new(chain.ordinal(), reached.rows), None, what);
        } else if reached.rows == head.rows && reached.hash != head.hash {
            let last = Place::new(chain.ordinal(), reached.rows.saturating_sub(1));
            self.find(last, None, What::OtherHead);
        }
    }

    fn find(&mut self, place: Place, row: Option<&Row>, what: What) {
        if self.findings.len() < MOST {
            self.findings.push(finding(place, row, what));
        }
    }

    /// The chains that have grown since the walk began, by their accounts `now`: as far as these say
    /// the rows are to be walked too, after [`Self::resume`]. A row and its chain's account are
    /// committed together, so what was met and is not counted even now was not written by a gateway.
    pub(super) fn grown(&mut self, now: &[ChainState]) -> Vec<ChainState> {
        self.end_chain();
        // Chains of which no row was met.
        for (ordinal, state) in std::mem::take(&mut self.chains) {
            let Some(head) = state.head else { continue };
            let chain = self.beginning(head.chain, ordinal);
            self.walked += 1;
            self.ends.insert(ordinal, head);
            self.end_at(chain, head);
        }
        self.unknown.retain(|ordinal, _| now.iter().all(|chain| chain.ordinal != *ordinal));
        for chain in now {
            let end = chain.head.map_or(0, |head| head.rows);
            let beyond = self.beyond.remove(&chain.ordinal).unwrap_or_default();
            let planted = |finding: &Finding| finding.place.is_some_and(|at| at.number() >= end);
            self.findings.extend(beyond.into_iter().filter(planted));
        }
        let was = |chain: &ChainState| self.ends.get(&chain.ordinal).map_or(0, |head| head.rows);
        let has_grown = |chain: &&ChainState| chain.head.is_some_and(|head| head.rows > was(chain));
        now.iter().filter(has_grown).copied().collect()
    }

    /// Goes on along a chain that has grown, by its account of now; gives from where to where.
    pub(super) fn resume(&mut self, mut state: ChainState) -> Range<Place> {
        self.end_chain();
        let ordinal = state.ordinal;
        if let (Some(head), Some(id)) = (&mut state.head, self.ids.get(&ordinal)) {
            head.chain = *id;
        }
        let head = state.head.unwrap_or(NO_HEAD);
        let chain = if let Some(end) = self.ends.get(&ordinal) {
            Chain::at(Head { chain: head.chain, ..*end }, ordinal)
        } else {
            self.walked += 1;
            self.beginning(head.chain, ordinal)
        };
        self.chains.insert(ordinal, state);
        self.begun = chain.head().rows;
        self.ought = None;
        self.current = Some(chain);
        Place::new(ordinal, self.begun)..Place::new(ordinal, head.rows)
    }

    /// Ends the walk.
    pub(super) fn finish(mut self) -> Verification {
        self.end_chain();
        self.findings.extend(std::mem::take(&mut self.unknown).into_values());
        let mut findings = self.findings;
        findings.extend(self.names.finish());
        // Those about no row come last.
        findings.sort_by_key(|finding| (finding.place.is_none(), finding.place));
        Verification {
            chains: self.walked,
            rows: self.rows,
            left_over: self.left_over,
            findings,
            ..Verification::default()
        }
    }
}

fn finding(place: Place, row: Option<&Row>, what: What) -> Finding {
    Finding { place: Some(place), record: row.and_then(record_of), what }
}
