//! Reads the policies of a revision with the `git` program that is installed. It only looks: nothing is
//! checked out, fetched or written.

use std::io::{self, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ::policy::Source;

/// The repository in which a folder of policies is.
#[derive(Debug)]
pub(super) struct Repository {
    folder: PathBuf,
    /// The folder's path from the root of the repository: empty, or with a `/` at its end.
    prefix: String,
}

/// A file of a commit.
#[derive(Debug, PartialEq, Eq)]
struct Blob {
    id: String,
    path: String,
}

/// Where a file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Policies,
    Roles,
}

impl Repository {
    /// The repository around a folder, in order to read the revision `wanted` of it.
    pub(super) fn around(folder: &Path, wanted: &str) -> Result<Self, GitFailure> {
        if !folder.is_dir() {
            return Err(GitFailure::NoFolder { folder: folder.to_owned() });
        }
        let found = git(folder, &["rev-parse", "--show-prefix"], Stdio::null())?;
        let prefix = found.map_err(|said| GitFailure::NoRepository {
            wanted: wanted.to_owned(),
            folder: folder.to_owned(),
            said,
        })?;
        let prefix = String::from_utf8_lossy(&prefix).trim_end_matches(['\n', '\r']).to_owned();
        Ok(Self { folder: folder.to_owned(), prefix })
    }

    /// The commit that a revision names.
    pub(super) fn commit(&self, revision: &str) -> Result<String, GitFailure> {
        let wrong = |said| GitFailure::NoRevision { revision: revision.to_owned(), said };
        // It would be an option to git, and no revision begins so.
        if revision.starts_with('-') {
            return Err(wrong("a revision does not begin with `-`".to_owned()));
        }
        let name = format!("{revision}^{{commit}}");
        let found = git(&self.folder, &["rev-parse", "--verify", &name], Stdio::null())?;
        let commit = found.map_err(wrong)?;
        Ok(String::from_utf8_lossy(&commit).trim().to_owned())
    }

    /// The policies as they were in a commit. A folder that was not there yet held none.
    pub(super) fn policies(&self, revision: &str, commit: &str) -> Result<Vec<Source>, GitFailure> {
        let failed = |said| GitFailure::Failed { revision: revision.to_owned(), said };
        let mut list = vec!["ls-tree", "-r", "-z", "--full-tree", commit];
        if !self.prefix.is_empty() {
            list.extend(["--", self.prefix.as_str()]);
        }
        let listed = git(&self.folder, &list, Stdio::null())?.map_err(failed)?;
        let blobs: Vec<Blob> = blobs(&listed, revision)?
            .into_iter()
            .filter(|blob| self.place(blob).is_some())
            .collect();
        let texts = self.texts(&blobs)?.map_err(failed)?;
        let sources = blobs.into_iter().zip(texts).map(|(blob, text)| {
            let name = format!("{revision}:{}", blob.path);
            let text =
                String::from_utf8(text).map_err(|_| GitFailure::NotUtf8 { file: name.clone() })?;
            Ok(match self.place(&blob) {
                Some(Place::Roles) => Source::role(name, text),
                Some(Place::Policies) | None => Source::policy(name, text),
            })
        });
        sources.collect()
    }

    fn place(&self, blob: &Blob) -> Option<Place> {
        place(blob.path.strip_prefix(&self.prefix)?)
    }

    /// What the files hold, in their order: asked of one git, however many they are.
    fn texts(&self, blobs: &[Blob]) -> Result<Result<Vec<Vec<u8>>, String>, GitFailure> {
        // A file, not a pipe: git answers while it still reads, and nobody would read its answers.
        let mut asked = tempfile::tempfile().map_err(GitFailure::Run)?;
        for blob in blobs {
            writeln!(asked, "{}", blob.id).map_err(GitFailure::Run)?;
        }
        asked.rewind().map_err(GitFailure::Run)?;
        let answer = git(&self.folder, &["cat-file", "--batch"], asked.into())?;
        Ok(answer.and_then(|answer| {
            split(&answer, blobs.len()).ok_or_else(|| "git's answer cannot be read".to_owned())
        }))
    }
}

/// The files of `ls-tree -z`: `100644 blob 1a2b...<tab>policies/a.toml`.
fn blobs(listed: &[u8], revision: &str) -> Result<Vec<Blob>, GitFailure> {
    let mut blobs = Vec::new();
    for line in listed.split(|byte| *byte == 0).filter(|line| !line.is_empty()) {
        let line = String::from_utf8_lossy(line);
        let Some((facts, path)) = line.split_once('\t') else { continue };
        let mut facts = facts.split(' ');
        let (mode, _, id) = (facts.next(), facts.next(), facts.next().unwrap_or_default());
        let is_file = matches!(mode, Some("100644" | "100755"));
        if is_file {
            blobs.push(Blob { id: id.to_owned(), path: path.to_owned() });
        } else if has_ending(path) {
            let file = format!("{revision}:{path}");
            return Err(GitFailure::NoFile { file });
        }
    }
    Ok(blobs)
}

/// Which folder a file stands in, by its path from that of the policies; none for what is neither a
/// policy nor a role.
fn place(path: &str) -> Option<Place> {
    let (place, name) = match path.strip_prefix("roles/") {
        Some(name) => (Place::Roles, name),
        None => (Place::Policies, path),
    };
    let is_one = has_ending(name) && !name.contains('/') && !name.starts_with('.');
    is_one.then_some(place)
}

fn has_ending(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "toml")
}

/// The answers of `cat-file --batch`: a line `1a2b... blob 123`, so many bytes, and a line feed.
fn split(mut answer: &[u8], count: usize) -> Option<Vec<Vec<u8>>> {
    let mut texts = Vec::with_capacity(count);
    for _ in 0..count {
        let end = answer.iter().position(|byte| *byte == b'\n')?;
        let head = str::from_utf8(answer.get(..end)?).ok()?;
        let length: usize = head.rsplit_once(' ')?.1.parse().ok()?;
        let start = end + 1;
        texts.push(answer.get(start..start + length)?.to_vec());
        answer = answer.get(start + length + 1..)?;
    }
    Some(texts)
}

/// Runs git in a folder: what it printed, or what it complained of.
fn git(
    folder: &Path,
    arguments: &[&str],
    input: Stdio,
) -> Result<Result<Vec<u8>, String>, GitFailure> {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(["--no-pager", "--literal-pathspecs"]).args(arguments);
    // It must neither fetch what a partial clone left out, nor ask anybody, nor speak another language.
    command.envs([
        ("GIT_NO_LAZY_FETCH", "1"),
        ("GIT_OPTIONAL_LOCKS", "0"),
        ("GIT_TERMINAL_PROMPT", "0"),
        ("LC_ALL", "C"),
    ]);
    let output = command.stdin(input).output().map_err(|why| {
        let is_missing = why.kind() == io::ErrorKind::NotFound;
        if is_missing { GitFailure::NoGit } else { GitFailure::Run(why) }
    })?;
    if output.status.success() {
        return Ok(Ok(output.stdout));
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
    Ok(Err(said.trim_start_matches("fatal: ").to_owned()))
}

/// Why the policies of a revision cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GitFailure {
    #[error(
        "the program `git` is not installed, and revisions are read with it; install it, or give two folders"
    )]
    NoGit,
    #[error("cannot run the program `git`")]
    Run(#[source] io::Error),
    #[error(
        "the policies' folder `{}` is not there, so there is no repository to look into; name it with --policies", folder.display()
    )]
    NoFolder { folder: PathBuf },
    #[error(
        "`{wanted}` is no folder, and `{}` is in no git repository that could have such a revision (git: {said})", folder.display()
    )]
    NoRepository { wanted: String, folder: PathBuf, said: String },
    #[error(
        "`{revision}` is neither a folder nor a revision of the repository; write a folder, a branch, a tag or HEAD~1 (git: {said})"
    )]
    NoRevision { revision: String, said: String },
    #[error(
        "git cannot tell the policies of `{revision}`; a shallow or partial clone lacks them (git: {said})"
    )]
    Failed { revision: String, said: String },
    #[error("`{file}` is a symbolic link or a submodule, which cannot be followed in a revision")]
    NoFile { file: String },
    #[error("`{file}` is not UTF-8")]
    NotUtf8 { file: String },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answers_of_a_batch_are_split_by_their_lengths() {
        let answer = b"1a blob 3\na\nb\n2b blob 0\n\n";
        assert_eq!(split(answer, 2).unwrap(), [b"a\nb".to_vec(), Vec::new()]);
        assert_eq!(split(b"1a missing\n", 1), None);
        assert_eq!(split(b"1a blob 9\nshort\n", 1), None);
    }

    #[test]
    fn files_of_the_folder_are_policies_and_those_of_roles_are_roles() {
        for (path, is) in [
            ("a.toml", Some(Place::Policies)),
            ("roles/a.toml", Some(Place::Roles)),
            ("tests/a.toml", None),
            ("roles/old/a.toml", None),
            (".a.toml", None),
            ("README.md", None),
        ] {
            assert_eq!(place(path), is, "{path}");
        }
        let listed = b"100644 blob 1a\tp/a.toml\x00100755 blob 2b\tp/b c.toml\0";
        let paths: Vec<_> = blobs(listed, "main").unwrap().into_iter().map(|it| it.path).collect();
        assert_eq!(paths, ["p/a.toml", "p/b c.toml"]);
        let linked = blobs(b"120000 blob 1a\tp/a.toml\0", "main");
        assert!(matches!(linked, Err(GitFailure::NoFile { file }) if file == "main:p/a.toml"));
    }
}
