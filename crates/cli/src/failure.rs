//! Why a command could not answer, printed once to standard error, and the exit codes.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use audit::StoreFailure;
use catalogue::diagnostic::Diagnostics;
use gateway::StartFailure;
use gateway::audit_key::AuditKeyFailure;
use gateway::config::{ConfigFailure, StoreUrlFailure, Ttl};
use gateway::policies::LoadFailure;
use gateway::refusal::chain;
use gateway::token::NoRandomness;
use policy::NotANarrowing;
use store::OpenFailure;

use crate::agent::{EditFailure, SaveFailure};
use crate::audit::{NotACriterion, OutputFailure};
use crate::output::{BAD, painted};
use crate::policy::GitFailure;
use crate::time::NotATime;

/// What a command comes to: an answer, or the reason why there is none.
pub(crate) type Answer = Result<Verdict, Failure>;

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Yes, or done: exit code 0.
    Yes,
    /// No: exit code 1.
    No,
}

impl Verdict {
    /// Yes if so, no if not.
    pub(crate) fn of(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }

    /// This verdict, once it was written. Whoever closes a pipe early, as `head` does, has seen
    /// enough of the words; the exit code must still tell yes from no.
    pub(crate) fn told(self, written: io::Result<()>) -> Answer {
        match written {
            Err(why) if why.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Output(why)),
            Ok(()) | Err(_) => Ok(self),
        }
    }
}

/// The exit code of an answer; a failure is printed here, and nowhere else.
pub(crate) fn exit_code(answer: Answer) -> ExitCode {
    match answer {
        Ok(Verdict::Yes) => ExitCode::SUCCESS,
        Ok(Verdict::No) => ExitCode::from(1),
        // Whoever read the output, such as `head`, has seen enough.
        Err(Failure::Output(why)) if why.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            // With standard error closed there is nobody left to tell.
            let _ = writeln!(anstream::stderr(), "{}", failure.report());
            ExitCode::from(2)
        }
    }
}

/// Why a command could not answer. Exit code 2.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Config(#[from] ConfigFailure),
    #[error(transparent)]
    Files(#[from] LoadFailure),
    #[error(transparent)]
    Start(#[from] StartFailure),
    #[error(transparent)]
    StoreUrl(#[from] StoreUrlFailure),
    #[error("the store cannot be used")]
    Open(#[source] OpenFailure),
    #[error(
        "there is no store at `{}` yet; `kustodian serve` and `kustodian token issue` make one (is this the right folder, and the right --config?)", .0.display()
    )]
    NoStoreYet(PathBuf),
    #[error("the store failed")]
    Store(#[from] StoreFailure),
    #[error(transparent)]
    AuditKey(#[from] AuditKeyFailure),
    #[error(
        "a checkpoint cannot be checked without the key that signed it; give --public-key (`kustodian audit key show` tells it)"
    )]
    NoPublicKey,
    #[error("the checkpoint `{}` cannot be used: {why}", file.display())]
    Checkpoint { file: PathBuf, why: String },
    #[error(
        "nothing says for how long records are kept; set `audit.keep`, or add --keep, such as --keep 400d"
    )]
    KeptForEver,
    #[error(
        "the database's user does not own the trail, so it may not drop anything; run this with the owner's `store.url`"
    )]
    MayNotDrop,
    #[error(transparent)]
    Token(#[from] NoRandomness),
    #[error("the token could not be written, so it was revoked at once")]
    UnseenToken(#[source] io::Error),
    #[error(
        "{successor} was issued and works, but {old} keeps its term; once the agent has changed over: kustodian token revoke {old}"
    )]
    NotRetired {
        old: String,
        successor: String,
        #[source]
        why: StoreFailure,
    },
    #[error(transparent)]
    Narrowing(#[from] NotANarrowing),
    #[error("--ttl {ttl} is no time; write 1h, 30m or 90s")]
    Ttl { ttl: String },
    #[error(
        "--ttl {ttl} is longer than a minted token may last, which is {longest} (`tokens.longest_ttl`); `kustodian token issue` makes one that lasts"
    )]
    TtlTooLong { ttl: Ttl, longest: Ttl },
    #[error("no policy speaks of an agent `{agent}`{hint}")]
    UnknownAgent { agent: String, hint: String },
    #[error("there is no {kind} `{name}`{hint}")]
    UnknownName { kind: &'static str, name: String, hint: String },
    #[error(transparent)]
    Time(#[from] NotATime),
    #[error(transparent)]
    Criterion(#[from] NotACriterion),
    #[error(
        "`{path}` is a page of the gateway itself; it never reaches Kustomer, and no policy speaks of it"
    )]
    OwnPage { path: String },
    #[error(
        "standard input holds no signed token, which has three parts with dots between them; what became of a token that begins with kst_ is shown by `kustodian token list`"
    )]
    NoSignedToken,
    #[error("standard input cannot be read as text")]
    Input(#[source] io::Error),
    #[error("the body cannot be read from `{}`", file.display())]
    BodyFile {
        file: PathBuf,
        #[source]
        why: std::io::Error,
    },
    #[error("`log.filter` is `{filter}`; write a level such as `info`, or `info,gateway=debug`")]
    LogFilter {
        filter: String,
        #[source]
        why: tracing_subscriber::filter::ParseError,
    },
    #[error(
        "{0} can be reached from other machines, and anybody can make a key for the sandbox; listen on 127.0.0.1, or add --open-to-network"
    )]
    OpenSandbox(SocketAddr),
    #[error("cannot listen on {at}; is something else there? choose another address or port")]
    Listen {
        at: SocketAddr,
        #[source]
        why: io::Error,
    },
    #[error("the sandbox stopped")]
    Sandbox(#[source] io::Error),
    #[error("`{}` is there already; choose another name, or remove it first", .0.display())]
    FileIsThere(PathBuf),
    #[error("cannot use the folder `{}`", path.display())]
    Folder {
        path: PathBuf,
        #[source]
        why: io::Error,
    },
    #[error("cannot listen for signals")]
    Signals(#[source] io::Error),
    #[error("cannot start the threads that the program needs")]
    Runtime(#[source] io::Error),
    #[error("{}", no_tests(folder, filter.as_deref()))]
    NoTests { folder: PathBuf, filter: Option<String> },
    #[error("agent `{agent}` has a policy already, `{file}`; `kustodian agent set` changes it")]
    AgentExists { agent: String, file: String },
    #[error(transparent)]
    Edit(#[from] EditFailure),
    #[error(transparent)]
    Save(#[from] SaveFailure),
    #[error(transparent)]
    Git(#[from] GitFailure),
    #[error(transparent)]
    Export(#[from] OutputFailure),
    #[error("cannot write the output")]
    Output(#[from] io::Error),
}

impl Failure {
    /// The failure for people: mistakes in files as pictures, all else as one line with its causes.
    fn report(&self) -> String {
        let error = painted(BAD, "error:");
        match self.mistakes() {
            Some(mistakes) => mistakes.render(true),
            None => format!("{error} {}", chain(self)),
        }
    }

    /// The mistakes in files that people wrote, if that is what failed.
    fn mistakes(&self) -> Option<&Diagnostics> {
        match self {
            Self::Config(ConfigFailure::Wrong(mistakes))
            | Self::Files(LoadFailure::Wrong(mistakes))
            | Self::Start(StartFailure::Files(LoadFailure::Wrong(mistakes))) => Some(mistakes),
            Self::Config(_)
            | Self::Files(_)
            | Self::Start(_)
            | Self::StoreUrl(_)
            | Self::Open(_)
            | Self::NoStoreYet(_)
            | Self::Store(_)
            | Self::AuditKey(_)
            | Self::NoPublicKey
            | Self::Checkpoint { .. }
            | Self::KeptForEver
            | Self::MayNotDrop
            | Self::Token(_)
            | Self::UnseenToken(_)
            | Self::NotRetired { .. }
            | Self::Narrowing(_)
            | Self::Ttl { .. }
            | Self::TtlTooLong { .. }
            | Self::UnknownAgent { .. }
            | Self::UnknownName { .. }
            | Self::Time(_)
            | Self::Criterion(_)
            | Self::OwnPage { .. }
            | Self::BodyFile { .. }
            | Self::LogFilter { .. }
            | Self::OpenSandbox(_)
            | Self::Listen { .. }
            | Self::Sandbox(_)
            | Self::FileIsThere(_)
            | Self::Folder { .. }
            | Self::Signals(_)
            | Self::Runtime(_)
            | Self::NoTests { .. }
            | Self::AgentExists { .. }
            | Self::Edit(_)
            | Self::Save(_)
            | Self::Git(_)
            | Self::Export(_)
            | Self::NoSignedToken
            | Self::Input(_)
            | Self::Output(_) => None,
        }
    }
}

fn no_tests(folder: &Path, filter: Option<&str>) -> String {
    let folder = folder.display();
    match filter {
        Some(filter) => format!("no test has `{filter}` in its name; see `kustodian policy test`"),
        None => format!(
            "there are no tests in `{folder}`; put a file there, as `kustodian policy test --help` \
             shows one"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_one_line_with_its_causes() {
        let failure = Failure::Listen {
            at: "127.0.0.1:80".parse().unwrap(),
            why: io::Error::other("permission denied"),
        };
        let report = anstream::adapter::strip_str(&failure.report()).to_string();
        assert_eq!(
            report,
            "error: cannot listen on 127.0.0.1:80; is something else there? choose another address \
             or port: permission denied"
        );
    }

    #[test]
    fn a_reader_that_has_seen_enough_is_no_failure() {
        let closed = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(exit_code(Err(closed)), ExitCode::SUCCESS);
        let full = Failure::from(io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(exit_code(Err(full)), ExitCode::from(2));
    }

    #[test]
    fn a_closed_pipe_does_not_turn_no_into_yes() {
        let closed = || Err(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(Verdict::No.told(closed()).unwrap(), Verdict::No);
        assert_eq!(Verdict::Yes.told(Ok(())).unwrap(), Verdict::Yes);
        let full = Err(io::Error::from(io::ErrorKind::StorageFull));
        assert!(matches!(Verdict::Yes.told(full), Err(Failure::Output(_))));
    }
}
