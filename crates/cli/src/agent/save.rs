//! Puts a policy in its place: read together with all others first, and then at once or not at all.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use ::catalogue::Catalogue;
use ::policy::{Observing, PolicySet, Source};
use gateway::policies::{LoadFailure, read_policies};

use crate::failure::Failure;

/// The set as it would be with this text in this file; every mistake in it is a failure.
pub(super) fn set_with(
    folder: &Path,
    file: &Path,
    text: &str,
    catalogue: &Catalogue,
    observing: Observing,
) -> Result<PolicySet, Failure> {
    let mut sources = read_policies(folder)?;
    let source = Source::policy(file.display().to_string(), text);
    sources.retain(|other| other.name() != source.name());
    sources.push(source);
    PolicySet::load_with(&sources, catalogue, observing)
        .map_err(|wrong| LoadFailure::Wrong(wrong).into())
}

/// Writes a file that must not be there yet.
pub(super) fn write_new(file: &Path, text: &str) -> Result<(), SaveFailure> {
    let draft = draft(file, text, None)?;
    draft.persist_noclobber(file).map_err(|failed| {
        if failed.error.kind() == io::ErrorKind::AlreadyExists {
            SaveFailure::Exists { file: file.to_owned() }
        } else {
            SaveFailure::wrote(file)(failed.error)
        }
    })?;
    Ok(())
}

/// Puts a text in the place of another, if that is what still stands there.
pub(super) fn replace(file: &Path, read: &str, text: &str) -> Result<(), SaveFailure> {
    // Where the name is a link, what it leads to is changed, and the link stays.
    let place = fs::canonicalize(file).map_err(SaveFailure::wrote(file))?;
    let before = fs::metadata(&place).map_err(SaveFailure::wrote(file))?;
    let draft = draft(&place, text, Some(before.permissions()))?;
    keep_owner(draft.path(), &before).map_err(SaveFailure::wrote(file))?;
    if fs::read_to_string(&place).ok().as_deref() != Some(read) {
        return Err(SaveFailure::ChangedMeanwhile { file: file.to_owned() });
    }
    draft.persist(&place).map_err(|failed| SaveFailure::wrote(file)(failed.error))?;
    Ok(())
}

/// A complete file beside the one that it is to become; its name is hidden, so it is no policy yet.
fn draft(
    file: &Path,
    text: &str,
    permissions: Option<fs::Permissions>,
) -> Result<tempfile::NamedTempFile, SaveFailure> {
    let wrote = || SaveFailure::wrote(file);
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".kustodian-").suffix(".new");
    if permissions.is_none() {
        readable(&mut builder);
    }
    let mut draft = builder.tempfile_in(folder.unwrap_or(Path::new("."))).map_err(wrote())?;
    draft.write_all(text.as_bytes()).map_err(wrote())?;
    if let Some(permissions) = permissions {
        draft.as_file().set_permissions(permissions).map_err(wrote())?;
    }
    draft.as_file().sync_all().map_err(wrote())?;
    Ok(draft)
}

/// Gives a draft to the owner and group of the file that it replaces, which may be the only ones that can
/// read it. Whoever may not do that does without where everybody may read the file.
fn keep_owner(draft: &Path, before: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, chown};
    const EVERYBODY_READS: u32 = 0o004;
    let now = fs::metadata(draft)?;
    let user = (now.uid() != before.uid()).then(|| before.uid());
    let group = (now.gid() != before.gid()).then(|| before.gid());
    if user.is_none() && group.is_none() {
        return Ok(());
    }
    match chown(draft, user, group) {
        Err(why)
            if why.kind() == io::ErrorKind::PermissionDenied
                && before.mode() & EVERYBODY_READS != 0 =>
        {
            Ok(())
        }
        answer => answer,
    }
}

/// A new policy is as any file that somebody makes: whom the gateway runs as has to read it.
fn readable(builder: &mut tempfile::Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt as _;
    builder.permissions(fs::Permissions::from_mode(0o666));
}

/// Why a policy is not in its place.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SaveFailure {
    #[error("there is a file `{}` already, and it is not overwritten; change it, or choose another id", file.display())]
    Exists { file: PathBuf },
    #[error("`{}` was changed by somebody else meanwhile; nothing was written, so try again", file.display())]
    ChangedMeanwhile { file: PathBuf },
    #[error("cannot write `{}`", file.display())]
    Write {
        file: PathBuf,
        #[source]
        why: io::Error,
    },
}

impl SaveFailure {
    fn wrote(file: &Path) -> impl Fn(io::Error) -> Self {
        let file = file.to_owned();
        move |why| Self::Write { file: file.clone(), why }
    }
}

#[cfg(test)]
mod tests;
