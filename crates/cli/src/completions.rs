//! `kustodian completions`: what a shell needs to complete the command line.

use std::io::Write;

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::args::Cli;
use crate::failure::{Answer, Verdict};

/// Print what a shell needs to complete Kustodian's commands.
///
/// Put the output where your shell looks for completions, and start a new shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian completions bash > ~/.local/share/bash-completion/completions/kustodian
  kustodian completions zsh > ~/.zfunc/_kustodian
  kustodian completions fish > ~/.config/fish/completions/kustodian.fish")]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

/// Writes the script.
pub(crate) fn run(args: &Args, out: &mut dyn Write) -> Answer {
    // By way of memory, because `generate` panics where the output cannot be written.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "kustodian", &mut script);
    out.write_all(&script)?;
    Ok(Verdict::Yes)
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    #[test]
    fn every_shell_gets_a_script_that_knows_the_commands() {
        for shell in Shell::value_variants() {
            let mut out = Vec::new();
            run(&Args { shell: *shell }, &mut out).unwrap();
            let script = String::from_utf8(out).unwrap();
            assert!(script.contains("explain") && script.contains("revoke"), "{shell}");
        }
    }
}
