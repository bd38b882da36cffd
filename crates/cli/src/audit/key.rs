//! `kustodian audit key`: the secret behind hashed identifiers and signed checkpoints.

use std::io::Write;
use std::path::PathBuf;

use gateway::audit_key::AuditKey;
use secrecy::ExposeSecret as _;

use crate::failure::{Answer, Verdict};
use crate::settings::Settings;

/// Make or show the audit key, which hashes identifiers and signs what is said of the trail.
///
/// A gateway whose store is an SQLite file makes the key itself. Gateways that share a Postgres
/// database must share the key too: make it once, and give each the same file. Keep it for as long as
/// the records: without it, nobody can tell whose hashed identifiers they hold.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    New(NewArgs),
    Show(ShowArgs),
}

/// Make an audit key, in a new file that only its owner can read.
///
/// A file that is there is never written over. Set `audit.key_file` to where the file will be.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian audit key new kustodian-audit.key
  kustodian audit key new /etc/kustodian/audit.key")]
pub(crate) struct NewArgs {
    /// The file to make
    file: PathBuf,
}

/// Show the public key of the audit key in use, as 64 hexadecimal digits.
///
/// It checks signatures and is no secret: keep it where whoever runs the gateway cannot change it. Two
/// gateways that show the same have the same audit key.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian audit key show
  kustodian audit key show --config /etc/kustodian/kustodian.toml")]
pub(crate) struct ShowArgs {}

/// Does what concerns the key; no store is opened for it.
pub(super) fn run(command: &Command, settings: &Settings, out: &mut dyn Write) -> Answer {
    match command {
        Command::New(args) => new(args, out),
        Command::Show(ShowArgs {}) => show(settings, out),
    }
}

fn new(args: &NewArgs, out: &mut dyn Write) -> Answer {
    let key = AuditKey::create(&args.file)?;
    let public = key.signing_seed().public_key();
    writeln!(out, "made the audit key `{}`; its public key is {public}", args.file.display())?;
    Ok(Verdict::Yes)
}

fn show(settings: &Settings, out: &mut dyn Write) -> Answer {
    let config = settings.read()?;
    let url = config.store.url()?;
    let key = AuditKey::read(&config.audit.key_path(url.expose_secret()))?;
    writeln!(out, "{}", key.signing_seed().public_key())?;
    Ok(Verdict::Yes)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::failure::Failure;
    use crate::testing;

    #[test]
    fn the_key_that_is_made_is_the_key_that_is_shown_and_neither_is_the_secret() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("audit.key");
        let config = folder.path().join("kustodian.toml");
        fs::write(&config, format!("[audit]\nkey_file = {:?}\n", file.display().to_string()))
            .unwrap();
        let settings = Settings { config: Some(config) };
        let said = |command: &Command| {
            let mut out = Vec::new();
            run(command, &settings, &mut out).map(|_| testing::plain(&out))
        };
        let show = Command::Show(ShowArgs {});
        assert!(matches!(said(&show), Err(Failure::AuditKey(_))));
        assert!(!file.exists());

        let new = Command::New(NewArgs { file: file.clone() });
        let (made, shown) = (said(&new).unwrap(), said(&show).unwrap());
        assert_eq!(shown.trim_end().len(), 64);
        assert!(made.contains(shown.trim_end()), "{made}");
        let secret = fs::read_to_string(&file).unwrap();
        assert!(!made.contains(secret.trim_end()) && !shown.contains(secret.trim_end()));
        assert!(matches!(said(&new), Err(Failure::AuditKey(_))));
        assert_eq!(fs::read_to_string(&file).unwrap(), secret);
    }
}
