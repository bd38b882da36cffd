//! The command line: which commands there are, and what their help says.

use clap::{Parser, Subcommand};

use crate::settings::Settings;
use crate::{
    agent, audit, catalogue, check, completions, demo, explain, health, matrix, policy, sandbox,
    schema, token,
};

/// An access gateway between AI agents and Kustomer.
///
/// Agents call Kustodian with a token of their own. It decides each call by the agent's policy,
/// forwards what is permitted with the organisation's real key, and keeps a record of every decision
/// in plain English.
///
/// Exit codes: 0 yes or done, 1 the answer is no, 2 the question could not be answered.
#[derive(Debug, Parser)]
#[command(
    name = "kustodian",
    version,
    propagate_version = true,
    disable_help_subcommand = true,
    after_help = "\
Examples:
  kustodian demo --run                 see it work, with a stand-in for Kustomer
  kustodian check                      are the settings and policies right?
  kustodian explain support-agent DELETE /v1/customers/5f1a2b3c4d5e6f708192a3b4
  kustodian token issue support-agent --expires 90d
  kustodian serve                      run the gateway
  kustodian audit tail -f              watch what agents do"
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) settings: Settings,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands, one file each.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Demo(demo::Args),
    /// Run the gateway.
    ///
    /// Reads the settings and policies, refuses to start with anything unsafe, and serves until it is
    /// told to stop (Ctrl-C or SIGTERM). Requests under way are then finished; a second signal stops
    /// at once. Its log goes to standard error.
    #[command(after_help = "\
Examples:
  kustodian serve
  kustodian serve --config /etc/kustodian/kustodian.toml
  KUSTODIAN_LISTEN__AGENTS=127.0.0.1:9000 kustodian serve")]
    Serve,
    Sandbox(sandbox::Args),
    Check(check::Args),
    Schema(schema::Args),
    Explain(explain::Args),
    Matrix(matrix::Args),
    #[command(subcommand)]
    Policy(policy::Command),
    Catalogue(catalogue::Args),
    #[command(subcommand)]
    Agent(agent::Command),
    #[command(subcommand)]
    Token(token::Command),
    #[command(subcommand)]
    Audit(audit::Command),
    Health(health::Args),
    Completions(completions::Args),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_configuration_may_be_named_before_and_after_the_command() {
        for line in [
            ["kustodian", "--config", "a.toml", "serve"],
            ["kustodian", "serve", "--config", "a.toml"],
        ] {
            let cli = Cli::try_parse_from(line).unwrap();
            assert_eq!(cli.settings.config.unwrap().to_str(), Some("a.toml"));
        }
    }

    #[test]
    fn no_line_of_an_example_is_broken_by_the_width_of_help() {
        fn check(command: &clap::Command) {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            for line in help.lines() {
                assert!(line.chars().count() <= 100, "too long to be copied: {line}");
            }
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }

    #[test]
    fn the_help_of_every_command_has_an_example() {
        fn check(command: &clap::Command, path: &str) {
            for command in command.get_subcommands() {
                let path = format!("{path} {}", command.get_name());
                if command.has_subcommands() {
                    check(command, &path);
                } else {
                    let help = command.get_after_help().map(ToString::to_string);
                    assert!(help.is_some_and(|help| help.contains(&path)), "{path} has no example");
                    assert!(command.get_long_about().is_some(), "{path} has no explanation");
                }
            }
        }
        check(&Cli::command(), "kustodian");
    }
}
