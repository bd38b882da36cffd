//! `kustodian catalogue`: what can be asked of Kustomer, as policies and records name it.

mod facts;
mod list;

use std::io::Write;

use catalogue::{Catalogue, Level};
use gateway::policies::load_catalogue;

use crate::failure::{Answer, Failure};
use crate::output::hint;
use crate::settings::Settings;

/// Look up operations, resources and actions: the names that policies are written with.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    List(ListArgs),
    Show(ShowArgs),
    /// List the actions: named groups of operations that a policy can grant as one.
    ///
    /// Each with what it lets an agent do and the operations that it stands for.
    #[command(after_help = "\
Examples:
  kustodian catalogue actions
  kustodian catalogue actions --json")]
    Actions {
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// List the resources: the kinds of things that a policy gives levels on.
    ///
    /// Each with the number of operations on it.
    #[command(after_help = "\
Examples:
  kustodian catalogue resources
  kustodian catalogue resources --json")]
    Resources {
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
    },
}

/// List operations, with the level that each needs.
///
/// An operation is a method and a path. The filters can be combined.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian catalogue list
  kustodian catalogue list --resource customers --level full
  kustodian catalogue list --action reply_to_customers --json")]
struct ListArgs {
    /// Only operations on this resource, such as customers
    #[arg(long)]
    resource: Option<String>,
    /// Only operations of this action, such as `reply_to_customers`
    #[arg(long)]
    action: Option<String>,
    /// Only operations that need exactly this level: read, write or full
    #[arg(long)]
    level: Option<Level>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// Show everything that is known of one operation.
///
/// Its method and path, the level it needs, the roles that the organisation's key needs for it,
/// Kustomer's limits, and what is odd about it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian catalogue show customers.update
  kustodian catalogue show search.customers --json")]
struct ShowArgs {
    /// The operation's id, such as customers.update
    operation: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Looks up and prints.
pub(crate) fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> Answer {
    let catalogue = load_catalogue(&settings.read()?.catalogue.extend)?;
    answer(&args.command, &catalogue, out)
}

fn answer(command: &Command, catalogue: &Catalogue, out: &mut dyn Write) -> Answer {
    match command {
        Command::List(args) => list::operations(args, catalogue, out),
        Command::Show(args) => facts::show(args, catalogue, out),
        Command::Actions { json: true } => list::actions_as_json(catalogue, out),
        Command::Actions { json: false } => list::actions(catalogue, out),
        Command::Resources { json: true } => list::resources_as_json(catalogue, out),
        Command::Resources { json: false } => list::resources(catalogue, out),
    }
}

fn unknown<'n>(
    kind: &'static str,
    name: &str,
    known: impl Iterator<Item = &'n str> + Clone,
) -> Failure {
    Failure::UnknownName { kind, name: name.to_owned(), hint: hint(name, known) }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::testing;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn catalogue(line: &str) -> Result<String, Failure> {
        let words = ["catalogue"].into_iter().chain(line.split(' '));
        let mut out = Vec::new();
        answer(&Line::parse_from(words).args.command, Catalogue::builtin(), &mut out)?;
        Ok(testing::plain(&out))
    }

    #[test]
    fn a_list_lines_up_and_can_be_filtered() {
        insta::assert_snapshot!(catalogue("list --resource notes --level full").unwrap(), @r#"
        operation          needs          what it does          request
        notes.bulk_create  full on notes  create notes in bulk  POST /v1/notes/bulk
        notes.bulk_update  full on notes  update notes in bulk  PUT /v1/notes/bulk
        notes.delete       full on notes  delete note {id}      DELETE /v1/notes/{id}
        "#);
    }

    #[test]
    fn an_action_lists_its_operations() {
        let text = catalogue("list --action delete_customers --json").unwrap();
        let action = Catalogue::builtin().action("delete_customers").unwrap();
        assert_eq!(text.lines().count(), action.operations().len());
    }

    #[test]
    fn all_operations_actions_and_resources_are_listed() {
        let builtin = Catalogue::builtin();
        let lines = |line| catalogue(line).unwrap().lines().count();
        assert_eq!(lines("list --json"), builtin.operations().count());
        assert_eq!(lines("actions --json"), builtin.actions().count());
        assert_eq!(lines("resources --json"), builtin.resources().count());
    }

    #[test]
    fn an_operation_is_shown_with_all_that_is_known_of_it() {
        let text = catalogue("show customers.update").unwrap();
        // Which line of the data says so changes with every line above it.
        let (facts, place) = text.split_once("  written in ").unwrap();
        assert!(place.trim_start().starts_with("catalogue/data/customers.toml:"), "{place}");
        insta::assert_snapshot!(facts, @r#"
        customers.update
          request      PUT /v1/customers/{id}
          does         update customer {id}
          needs        write on customers
          also needs   full on customers, and what customers.delete needs, when the body has `deleted` or `deletedAt`, unless it is false: the body marks it as deleted
          also needs   full on customers when the body has `createdAt` or `createdBy` or `modifiedAt` or `modifiedBy` or `updatedAt` or `updatedBy`: the body sets who wrote it or when, which is for administrators
          also needs   full on customers when the body has `importedAt`: the body marks it as imported, which lifts Kustomer's limit for each customer
          also needs   full on customers when the body has `customer` or `customerId` or `conversation` or `conversationId`: the body moves it to another customer or conversation
          also needs   full on customers when the query has `replace`, unless it is false: everything that is not sent is lost
          also needs   full on customers when the body has `redacted`, unless it is false: what is redacted cannot be brought back
          body         read: one object
          actions      update_customers
          key's roles  org.user.customer.write or org.permission.customer.update
          success      200
          limit        600 in 600 s for each customer
          webhook      kustomer.customer.update
          guide        row 5 of 28
          notes        Changes only the fields sent, unless the query says `replace=true`; a body without `company` unlinks the company. The guide names one write role; permission sets tell create and update apart.
        "#);
    }

    #[test]
    fn every_operation_can_be_shown_both_ways() {
        for operation in Catalogue::builtin().operations() {
            let id = operation.id();
            assert!(catalogue(&format!("show {id}")).unwrap().contains(id.as_str()));
            let json = catalogue(&format!("show {id} --json")).unwrap();
            let json: serde_json::Value = serde_json::from_str(&json).unwrap();
            assert_eq!(json["id"], id.as_str());
        }
    }

    #[test]
    fn an_unknown_name_gets_a_suggestion() {
        let failure = |line| catalogue(line).unwrap_err().to_string();
        assert_eq!(
            failure("show customer.update"),
            "there is no operation `customer.update`; did you mean `customers.update`?"
        );
        assert_eq!(
            failure("list --action reply_to_customer"),
            "there is no action `reply_to_customer`; did you mean `reply_to_customers`?"
        );
    }
}
