//! The acceptance tests: one file for each promise of ARCHITECTURE.md, and a few for what a user
//! meets. They drive the real thing: sockets, files, databases, and the `kustodian` program itself.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "what stands under the tests fails a test by panicking, as the tests do"
)]

mod access;
mod agents_are_made_and_changed;
mod agents_over_tls;
mod answers;
mod attacks;
mod audit_key;
#[expect(dead_code, reason = "the command compares; the tests hold what it prints")]
mod beside;
mod both_databases_behave_alike;
mod broken_files_never_replace_working_ones;
mod commands;
mod conditions_hold;
mod crash;
mod decision_is_pure;
mod decisions_agree_everywhere;
mod denies_by_default;
mod deploy_files_are_sound;
mod every_request_has_one_record;
mod fill;
mod forwarding;
mod fuzz;
mod identifiers_are_not_kept_in_clear;
mod issuers;
mod key_never_comes_back;
mod kustomer_over_tls;
mod leak;
mod limits_hold;
mod listeners_are_apart;
mod metrics;
mod minted_tokens;
mod modes;
mod no_way_around;
mod nothing_forwarded_without_a_record;
mod odd_requests;
mod path_matched_is_path_sent;
mod policies_are_compared;
mod policies_are_tested;
mod policies_from_what_was_used;
mod pure_crates_are_pure;
mod refusals;
mod reloads;
mod replicas;
mod retention;
mod roles;
#[expect(dead_code, reason = "the command measures; the tests hold what it reads and prints")]
mod speed;
#[expect(dead_code, reason = "the command measures; the tests hold what it reads")]
mod starve;
mod support;
mod the_gateway_is_on_record_too;
mod the_trail_proves_itself;
mod tidy;
mod tokens;
mod tokens_are_rotated_and_bound;
mod tokens_for_programs;
mod windows;
