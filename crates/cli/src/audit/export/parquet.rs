//! Parquet: typed columns, compressed, that pandas, Spark and other tools read as they are.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::Arc;

use ::parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use ::parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use ::parquet::schema::types::Type;
use audit::Record;
use jiff::Timestamp;

use super::column::{COLUMNS, Cells, Column};
use super::writer::Writer;

/// How many records make a row group. One is gathered in memory before it is written, so this bounds
/// the memory; larger ones would hardly be smaller on disk.
const GROUP: usize = 32_768;

/// Writes records as row groups.
pub(super) struct Parquet<W: Write + Send> {
    file: SerializedFileWriter<W>,
    /// What was gathered for the next row group, column by column.
    columns: Vec<Gathered>,
    records: usize,
}

impl<W: Write + Send> Parquet<W> {
    /// Writes what comes before the first row group.
    pub(super) fn new(out: W) -> io::Result<Self> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(concat!("kustodian ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let schema = schema().map_err(io_error)?;
        let file = SerializedFileWriter::new(out, schema.into(), properties.into());
        let columns = COLUMNS.iter().map(|column| Gathered::new(&column.cells)).collect();
        Ok(Self { file: file.map_err(io_error)?, columns, records: 0 })
    }

    fn write_group(&mut self) -> Result<(), ParquetError> {
        let mut group = self.file.next_row_group()?;
        for gathered in &mut self.columns {
            let Some(mut column) = group.next_column()? else { break };
            gathered.write(&mut column)?;
            column.close()?;
        }
        group.close()?;
        self.records = 0;
        Ok(())
    }
}

impl<W: Write + Send> Writer for Parquet<W> {
    fn write(&mut self, record: &Record) -> io::Result<()> {
        for column in &mut self.columns {
            column.add(record);
        }
        self.records = self.records.saturating_add(1);
        if self.records < GROUP { Ok(()) } else { self.write_group().map_err(io_error) }
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        if self.records > 0 {
            self.write_group().map_err(io_error)?;
        }
        self.file.close().map(drop).map_err(io_error)
    }
}

/// The names and types of all columns.
fn schema() -> Result<Type, ParquetError> {
    let columns: Result<_, _> = COLUMNS.iter().map(|it| kind(it).map(Arc::new)).collect();
    Type::group_type_builder("record").with_fields(columns?).build()
}

fn kind(column: &Column) -> Result<Type, ParquetError> {
    let instant = LogicalType::timestamp(true, TimeUnit::MICROS);
    let (physical, logical, repetition) = match column.cells {
        Cells::Text(_) => (Physical::BYTE_ARRAY, LogicalType::String, Repetition::REQUIRED),
        Cells::MaybeText(_) => (Physical::BYTE_ARRAY, LogicalType::String, Repetition::OPTIONAL),
        Cells::MaybeNumber(_) => {
            (Physical::INT64, LogicalType::integer(64, true), Repetition::OPTIONAL)
        }
        Cells::Instant(_) => (Physical::INT64, instant, Repetition::REQUIRED),
    };
    Type::primitive_type_builder(column.name, physical)
        .with_logical_type(Some(logical))
        .with_repetition(repetition)
        .build()
}

/// The cells of one column for the next row group, and where they come from.
enum Gathered {
    Text(fn(&Record) -> Cow<'_, str>, Vec<ByteArray>),
    MaybeText(fn(&Record) -> Option<Cow<'_, str>>, Vec<ByteArray>, Levels),
    MaybeNumber(fn(&Record) -> Option<u64>, Vec<i64>, Levels),
    Instant(fn(&Record) -> Timestamp, Vec<i64>),
}

/// For each record, 1 where the column has a cell and 0 where it has none.
type Levels = Vec<i16>;

impl Gathered {
    fn new(cells: &Cells) -> Self {
        match *cells {
            Cells::Text(read) => Self::Text(read, Vec::new()),
            Cells::MaybeText(read) => Self::MaybeText(read, Vec::new(), Levels::new()),
            Cells::MaybeNumber(read) => Self::MaybeNumber(read, Vec::new(), Levels::new()),
            Cells::Instant(read) => Self::Instant(read, Vec::new()),
        }
    }

    fn add(&mut self, record: &Record) {
        match self {
            Self::Text(read, cells) => cells.push(read(record).as_ref().into()),
            Self::MaybeText(read, cells, levels) => {
                let cell = read(record);
                levels.push(i16::from(cell.is_some()));
                cells.extend(cell.map(|cell| ByteArray::from(cell.as_ref())));
            }
            Self::MaybeNumber(read, cells, levels) => {
                let cell = read(record);
                levels.push(i16::from(cell.is_some()));
                cells.extend(cell.map(|number| i64::try_from(number).unwrap_or(i64::MAX)));
            }
            Self::Instant(read, cells) => cells.push(read(record).as_microsecond()),
        }
    }

    /// Writes the cells, and is empty again.
    fn write(&mut self, column: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        match self {
            Self::Text(_, cells) => {
                column.typed::<ByteArrayType>().write_batch(cells, None, None)?;
                cells.clear();
            }
            Self::MaybeText(_, cells, levels) => {
                column.typed::<ByteArrayType>().write_batch(cells, Some(levels), None)?;
                cells.clear();
                levels.clear();
            }
            Self::MaybeNumber(_, cells, levels) => {
                column.typed::<Int64Type>().write_batch(cells, Some(levels), None)?;
                cells.clear();
                levels.clear();
            }
            Self::Instant(_, cells) => {
                column.typed::<Int64Type>().write_batch(cells, None, None)?;
                cells.clear();
            }
        }
        Ok(())
    }
}

/// The failure of the output beneath, if it was that: a closed pipe must be told from all else.
fn io_error(why: ParquetError) -> io::Error {
    if let ParquetError::External(inner) = why {
        return inner.downcast().map_or_else(io::Error::other, |inner| *inner);
    }
    io::Error::other(why)
}

#[cfg(test)]
mod tests {
    use ::parquet::file::metadata::RowGroupMetaData;
    use ::parquet::file::reader::{FileReader as _, SerializedFileReader};
    use ::parquet::record::{Field, Row};

    use super::super::testing::{permitted, under_way};
    use super::*;

    fn written(records: impl Iterator<Item = Record>) -> SerializedFileReader<bytes::Bytes> {
        let mut out = Vec::new();
        let mut parquet = Box::new(Parquet::new(&mut out).unwrap());
        for record in records {
            parquet.write(&record).unwrap();
        }
        parquet.finish().unwrap();
        SerializedFileReader::new(out.into()).unwrap()
    }

    fn cell<'r>(row: &'r Row, name: &str) -> &'r Field {
        row.get_column_iter().find(|(column, _)| *column == name).unwrap().1
    }

    #[test]
    fn every_cell_is_read_back_with_its_type() {
        let record = permitted();
        let file = written([record.clone(), under_way()].into_iter());
        let rows: Vec<Row> = file.get_row_iter(None).unwrap().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 2);
        for column in COLUMNS {
            let expected = match column.cells {
                Cells::Text(read) => Field::Str(read(&record).into_owned()),
                Cells::MaybeText(read) => {
                    read(&record).map_or(Field::Null, |text| Field::Str(text.into_owned()))
                }
                Cells::MaybeNumber(read) => Field::Long(read(&record).unwrap().try_into().unwrap()),
                Cells::Instant(read) => Field::TimestampMicros(read(&record).as_microsecond()),
            };
            assert_eq!(*cell(&rows[0], column.name), expected, "{}", column.name);
        }
        assert_eq!(*cell(&rows[1], "outcome_kind"), Field::Null);
        assert_eq!(*cell(&rows[1], "outcome_status"), Field::Null);
        assert_eq!(*cell(&rows[1], "reason"), Field::Str("granted".to_owned()));
    }

    #[test]
    fn a_long_export_has_several_row_groups_and_no_record_is_lost_between_them() {
        let many = GROUP * 2 + 3;
        let file = written((0..many).map(|_| permitted()));
        let sizes = file.metadata().row_groups().iter().map(RowGroupMetaData::num_rows);
        let group = i64::try_from(GROUP).unwrap();
        assert_eq!(sizes.collect::<Vec<_>>(), [group, group, 3]);
    }

    #[test]
    fn an_export_of_nothing_is_a_table_without_rows() {
        let file = written(std::iter::empty());
        assert_eq!(file.metadata().file_metadata().num_rows(), 0);
        let columns = file.metadata().file_metadata().schema_descr().num_columns();
        assert_eq!(columns, COLUMNS.len());
    }
}
