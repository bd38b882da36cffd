//! Where an export goes: to standard output, or to a file that is whole or not there.

use std::fs::Permissions;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::failure::Failure;

/// How much is gathered before it is written.
const BUFFER: usize = 64 * 1024;

/// Standard output as it is. The program's own takes colours out, and with them bytes that only look
/// like colours.
pub(crate) struct Standard<'o> {
    /// Where bytes go.
    pub(crate) out: &'o mut (dyn Write + Send),
    /// Whether somebody looks at them.
    pub(crate) terminal: bool,
}

/// What to do with a file that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Existing {
    /// Leave it, and refuse.
    Keep,
    /// Put the new one in its place.
    Replace,
}

/// Takes the bytes of an export, and counts them.
pub(super) struct Output<'o> {
    to: BufWriter<To<'o>>,
    bytes: u64,
}

enum To<'o> {
    Standard(&'o mut (dyn Write + Send)),
    File(Unfinished),
}

/// A file under a name of its own beside the one it shall have; it is removed when it is dropped.
struct Unfinished {
    file: NamedTempFile,
    path: PathBuf,
    existing: Existing,
}

impl<'o> Output<'o> {
    /// To standard output.
    pub(super) fn standard(standard: Standard<'o>) -> Self {
        let Standard { out, .. } = standard;
        Self::to(To::Standard(out))
    }

    /// To a file that takes its name when the export is complete.
    pub(super) fn file(path: &Path, existing: Existing) -> Result<Self, OutputFailure> {
        check(path, existing)?;
        let file = unfinished(path).map_err(|why| cannot_write(path, why))?;
        Ok(Self::to(To::File(Unfinished { file, path: path.to_owned(), existing })))
    }

    fn to(to: To<'o>) -> Self {
        Self { to: BufWriter::with_capacity(BUFFER, to), bytes: 0 }
    }

    /// Makes sure that everything is written, gives a file its name, and says how many bytes it was.
    pub(super) fn complete(self) -> Result<u64, Failure> {
        let to = self.to.into_inner().map_err(io::IntoInnerError::into_error)?;
        match to {
            To::Standard(out) => out.flush()?,
            To::File(unfinished) => unfinished.complete()?,
        }
        Ok(self.bytes)
    }
}

impl Write for Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.bytes = self.bytes.saturating_add(u64::try_from(written).unwrap_or(u64::MAX));
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

impl Write for To<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Standard(out) => out.write(bytes),
            Self::File(unfinished) => unfinished.file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Standard(out) => out.flush(),
            Self::File(unfinished) => unfinished.file.flush(),
        }
    }
}

impl Unfinished {
    fn complete(self) -> Result<(), OutputFailure> {
        let Self { file, path, existing } = self;
        file.as_file().sync_all().map_err(|why| cannot_write(&path, why))?;
        let named = match existing {
            Existing::Keep => file.persist_noclobber(&path),
            Existing::Replace => file.persist(&path),
        };
        match named {
            Ok(_) => Ok(()),
            // Somebody made it in the meantime.
            Err(why) if why.error.kind() == io::ErrorKind::AlreadyExists => {
                Err(OutputFailure::Exists(path))
            }
            Err(why) => Err(cannot_write(&path, why.error)),
        }
    }
}

/// Looks before hours of exporting what could not be kept.
fn check(path: &Path, existing: Existing) -> Result<(), OutputFailure> {
    match (path.symlink_metadata(), existing) {
        // A device or a link would be replaced by a file, which nobody means.
        (Ok(found), _) if !found.is_file() => Err(OutputFailure::NoFile(path.to_owned())),
        (Ok(_), Existing::Keep) => Err(OutputFailure::Exists(path.to_owned())),
        (Ok(_), Existing::Replace) => Ok(()),
        (Err(why), _) if why.kind() == io::ErrorKind::NotFound => Ok(()),
        (Err(why), _) => Err(cannot_write(path, why)),
    }
}

/// Records are personal, so only their owner may read the file.
fn unfinished(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    tempfile::Builder::new()
        .prefix(&format!(".{name}."))
        .suffix(".unfinished")
        .permissions(Permissions::from_mode(0o600))
        .tempfile_in(folder.unwrap_or(Path::new(".")))
}

fn cannot_write(path: &Path, why: io::Error) -> OutputFailure {
    OutputFailure::File { path: path.to_owned(), why }
}

/// Why an export could not go where it was to go.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutputFailure {
    #[error("Parquet is no text and a terminal cannot show it; add --output FILE, or use a pipe")]
    BinaryToTerminal,
    #[error("`{}` is there already; choose another name, or replace it with --force", .0.display())]
    Exists(PathBuf),
    #[error(
        "`{}` is no ordinary file, so it is not replaced; name a new file, or use a pipe", .0.display()
    )]
    NoFile(PathBuf),
    #[error("cannot write the file `{}`", path.display())]
    File {
        path: PathBuf,
        #[source]
        why: io::Error,
    },
    #[error("the export was stopped before it was complete; nothing of it was kept")]
    Interrupted,
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_has_its_name_only_when_it_is_complete_and_only_its_owner_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("records.csv");
        let mut output = Output::file(&path, Existing::Keep).unwrap();
        output.write_all(b"all of it").unwrap();
        let unfinished = names(folder.path());
        assert!(unfinished.len() == 1 && unfinished[0].ends_with(".unfinished"), "{unfinished:?}");
        assert_eq!(output.complete().unwrap(), 9);
        assert_eq!(names(folder.path()), ["records.csv"]);
        assert_eq!(fs::read(&path).unwrap(), b"all of it");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn an_export_that_breaks_off_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("records.csv");
        fs::write(&path, "the last one").unwrap();
        let mut output = Output::file(&path, Existing::Replace).unwrap();
        output.write_all(b"half of").unwrap();
        output.flush().unwrap();
        drop(output);
        assert_eq!(names(folder.path()), ["records.csv"]);
        assert_eq!(fs::read(&path).unwrap(), b"the last one");
    }

    #[test]
    fn a_file_that_is_there_is_replaced_only_by_force() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("records.csv");
        fs::write(&path, "the last one").unwrap();
        let refused = Output::file(&path, Existing::Keep).err().unwrap().to_string();
        assert!(refused.contains("--force"), "{refused}");
        let mut output = Output::file(&path, Existing::Replace).unwrap();
        output.write_all(b"new").unwrap();
        output.complete().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_somebody_makes_in_the_meantime_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("records.csv");
        let output = Output::file(&path, Existing::Keep).unwrap();
        fs::write(&path, "somebody's").unwrap();
        let refused = output.complete().unwrap_err().to_string();
        assert!(refused.contains("--force"), "{refused}");
        assert_eq!(fs::read(&path).unwrap(), b"somebody's");
    }

    #[test]
    fn what_is_no_ordinary_file_is_not_replaced_even_by_force() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(folder.path().join("records"), &link).unwrap();
        for path in [folder.path(), &link, Path::new("/dev/null")] {
            let refused = Output::file(path, Existing::Replace).err().unwrap();
            assert!(matches!(refused, OutputFailure::NoFile(_)), "{refused}");
        }
    }
}
