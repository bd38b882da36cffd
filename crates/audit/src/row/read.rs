//! From cells back to a record.

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::cells::CellsIter;
use super::{Cell, Cells, Table};
use crate::{Decided, Detail, Opening, Outcome, OutcomeKind, PolicyLine, Record, RecordId};

/// Reads a record from the cells of its row in `records`, and of its row in `outcomes` if there is one.
pub fn record(opening: &Cells, later: Option<Outcome>) -> Result<Record, Misread> {
    let opening = self::opening(opening)?;
    let outcome = opening.outcome.clone().or(later);
    Ok(Record { opening, outcome })
}

/// Reads an outcome from the cells of its row in `outcomes`.
pub fn later_outcome(cells: &Cells) -> Result<(RecordId, Outcome), Misread> {
    let mut cells = Reader::of(cells);
    let id = cells.id()?;
    let outcome = Outcome {
        kind: cells.word::<OutcomeKind>()?,
        status: cells.small_if_any()?,
        duration_ms: cells.count()?,
        bytes_in: cells.count()?,
        bytes_out: cells.count()?,
        sentence: cells.text()?,
    };
    Ok((id, outcome))
}

fn opening(cells: &Cells) -> Result<Opening, Misread> {
    let mut cells = Reader::of(cells);
    let mut opening = Opening {
        id: cells.id()?,
        at: cells.instant()?,
        agent: cells.text_if_any()?,
        token: cells.text_if_any()?,
        address: cells.text()?,
        method: cells.text()?,
        path: cells.text()?,
        operation: cells.text_if_any()?,
        resource: cells.text_if_any()?,
        targets: cells.json()?,
        demands: cells.json()?,
        decision: cells.word::<Decided>()?,
        reason: cells.text()?,
        policy: PolicyLine {
            file: cells.text_if_any()?,
            line: cells.small_if_any()?,
            fingerprint: cells.text()?,
        },
        requests: cells.count()?,
        detail: cells.detail_if_any()?,
        sentence: cells.text()?,
        outcome: None,
    };
    let (status, duration_ms) = (cells.small_if_any()?, cells.count_if_any()?);
    opening.outcome = at_once(&opening, status, duration_ms);
    Ok(opening)
}

/// The outcome of what was over when it was decided; its sentence is the record's own.
fn at_once(opening: &Opening, status: Option<u16>, duration_ms: Option<u64>) -> Option<Outcome> {
    let kind = opening.decision.outcome_at_once()?;
    let sentence = opening.sentence.clone();
    Some(Outcome { kind, status, duration_ms: duration_ms?, bytes_in: 0, bytes_out: 0, sentence })
}

/// Takes one cell after the other and knows whose turn it is.
struct Reader<'c> {
    table: Table,
    cells: CellsIter<'c>,
    taken: usize,
}

impl<'c> Reader<'c> {
    fn of(cells: &'c Cells) -> Self {
        Self { table: cells.table(), cells: cells.iter(), taken: 0 }
    }

    fn next(&mut self) -> Cell<'c> {
        self.taken += 1;
        self.cells.next().unwrap_or(Cell::Null)
    }

    fn misread(&self, expected: &'static str) -> Misread {
        let column = self.table.columns().get(self.taken.saturating_sub(1));
        Misread { table: self.table, column: column.map_or("", |column| column.name), expected }
    }

    fn text_if_any(&mut self) -> Result<Option<String>, Misread> {
        Ok(self.lent_text_if_any()?.map(str::to_owned))
    }

    fn lent_text_if_any(&mut self) -> Result<Option<&'c str>, Misread> {
        match self.next() {
            Cell::Null => Ok(None),
            Cell::Text(text) => Ok(Some(text)),
            Cell::Number(_) | Cell::Bytes(_) => Err(self.misread("expected a text")),
        }
    }

    fn text(&mut self) -> Result<String, Misread> {
        self.text_if_any()?.ok_or_else(|| self.misread("expected a text, met null"))
    }

    fn number_if_any(&mut self) -> Result<Option<i64>, Misread> {
        match self.next() {
            Cell::Null => Ok(None),
            Cell::Number(number) => Ok(Some(number)),
            Cell::Text(_) | Cell::Bytes(_) => Err(self.misread("expected a number")),
        }
    }

    fn small_if_any<N: TryFrom<i64>>(&mut self) -> Result<Option<N>, Misread> {
        let Some(number) = self.number_if_any()? else { return Ok(None) };
        N::try_from(number).map(Some).map_err(|_| self.misread("the number is out of range"))
    }

    fn count_if_any(&mut self) -> Result<Option<u64>, Misread> {
        self.small_if_any()
    }

    fn count(&mut self) -> Result<u64, Misread> {
        self.count_if_any()?.ok_or_else(|| self.misread("expected a number, met null"))
    }

    fn id(&mut self) -> Result<RecordId, Misread> {
        let Cell::Bytes(bytes) = self.next() else { return Err(self.misread("expected bytes")) };
        let bytes = bytes.try_into().map_err(|_| self.misread("the bytes have another length"))?;
        Ok(RecordId::from_bytes(bytes))
    }

    fn instant(&mut self) -> Result<Timestamp, Misread> {
        let micros = self.number_if_any()?.ok_or_else(|| self.misread("expected an instant"))?;
        Timestamp::from_microsecond(micros).map_err(|_| self.misread("the instant is out of range"))
    }

    fn word<W: std::str::FromStr>(&mut self) -> Result<W, Misread> {
        let word = self.lent_text_if_any()?.unwrap_or_default();
        word.parse().map_err(|_| self.misread("expected a word that this release knows"))
    }

    fn detail_if_any(&mut self) -> Result<Option<Detail>, Misread> {
        let Some(text) = self.lent_text_if_any()? else { return Ok(None) };
        Detail::read(text).map(Some).map_err(|_| self.misread("expected JSON"))
    }

    fn json_if_any<T: DeserializeOwned>(&mut self) -> Result<Option<T>, Misread> {
        let Some(text) = self.lent_text_if_any()? else { return Ok(None) };
        serde_json::from_str(text).map(Some).map_err(|_| self.misread("expected other JSON"))
    }

    fn json<T: DeserializeOwned>(&mut self) -> Result<T, Misread> {
        self.json_if_any()?.ok_or_else(|| self.misread("expected JSON, met null"))
    }
}

/// A cell that holds what this program would not have written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`{column}` of `{}` cannot be read: {expected}", table.name())]
pub struct Misread {
    /// The table.
    pub table: Table,
    /// The column.
    pub column: &'static str,
    /// What was expected of it.
    pub expected: &'static str,
}
