//! Promise: both databases behave alike. Every case here runs on a real SQLite file and on a real
//! Postgres.
//!
//! To add a case: a function in one of the modules beneath, and its name in the list below. One that is
//! not in the list is dead code, and the compiler says so.

#![expect(clippy::unwrap_used, reason = "these are the bodies of tests")]

mod counting;
mod finding;
mod listing;
mod opening;
mod postgres_only;
mod postgres_pruning;
mod pruning;
mod records;
mod sample;
mod searching;
mod silent_server;
mod tokens;
mod world;

use world::World;

/// Makes two tests of each case, one for each database.
macro_rules! on_both_databases {
    ($($module:ident: $($case:ident),+;)+) => {
        mod on_sqlite {
            $($(
                #[tokio::test]
                async fn $case() {
                    super::$module::$case(&super::World::on_sqlite().await).await;
                }
            )+)+
        }
        mod on_postgres {
            $($(
                #[tokio::test]
                async fn $case() {
                    super::$module::$case(&super::World::on_postgres().await).await;
                }
            )+)+
        }
    };
}

on_both_databases! {
    records:
        a_full_record_comes_back_as_it_was,
        a_bare_record_comes_back_as_it_was,
        a_refused_record_has_its_outcome_in_its_one_row,
        every_decision_and_outcome_comes_back,
        any_text_comes_back,
        a_nul_is_replaced_and_fails_nobody_else,
        the_greatest_numbers_come_back,
        an_instant_keeps_its_microseconds,
        a_second_outcome_is_refused_and_fails_its_batch,
        an_outcome_completes_its_own_record_only,
        a_batch_fails_as_a_whole,
        a_big_batch_is_kept_whole_and_in_order,
        nothing_to_append_is_no_failure,
        an_unknown_id_finds_nothing,
        writers_at_the_same_time_lose_nothing;
    listing:
        the_newest_record_comes_first,
        the_limit_is_kept,
        each_filter_keeps_what_fits_it,
        filters_together_keep_what_fits_all,
        since_is_inclusive_and_until_is_not,
        a_time_between_two_microseconds_is_kept_apart,
        pages_backwards_leave_no_gap_and_repeat_nothing,
        pages_forwards_leave_no_gap_and_repeat_nothing,
        a_cursor_keeps_to_the_filter;
    finding:
        a_resource_a_token_or_an_address_is_found,
        a_status_is_found_whichever_row_it_stands_in,
        a_target_is_found_whole_and_nothing_like_it,
        a_text_is_found_in_the_sentence_that_shows,
        a_text_means_nothing_but_itself,
        capitals_count_as_small_letters_from_a_to_z_only,
        an_id_finds_its_record_and_a_beginning_all_that_begin_so;
    searching:
        a_search_finds_what_comparing_all_records_finds,
        pages_of_a_search_leave_no_gap_and_repeat_nothing,
        a_summary_by_target_counts_what_comparing_finds;
    counting:
        a_summary_counts_what_the_list_lists,
        an_instant_is_counted_in_its_quarter_of_an_hour,
        a_summary_looks_at_no_cursor;
    pruning:
        a_prune_drops_what_is_old_and_keeps_what_is_not,
        the_record_of_a_prune_says_how_much_and_from_before_when,
        a_second_prune_right_after_finds_nothing_to_drop,
        a_request_under_way_keeps_its_chain_from_there_on,
        the_last_row_of_an_open_chain_stays,
        a_chain_that_is_gone_is_forgotten_once_nobody_names_it,
        a_later_statement_repeats_what_still_matters,
        what_was_put_on_record_and_not_dropped_is_dropped_by_the_next,
        what_goes_without_a_statement_is_found,
        a_statement_that_another_key_signed_hides_nothing,
        a_statement_without_a_good_signature_is_found_without_the_key,
        a_chain_in_which_rows_are_missing_is_left_alone,
        a_checkpoint_from_before_a_prune_still_holds,
        a_record_that_another_chain_completed_goes_like_any_other,
        an_observed_request_left_behind_is_found_and_kept_like_a_permitted_one;
    tokens:
        a_token_comes_back_as_it_was,
        tokens_are_listed_oldest_first,
        an_id_or_fingerprint_is_issued_once,
        a_revoked_token_keeps_its_first_time,
        an_unknown_token_cannot_be_revoked,
        the_generation_changes_with_every_change_and_only_then,
        a_nul_in_a_note_is_replaced,
        a_note_is_changed_and_taken_away,
        a_token_is_retired_once_and_never_lives_longer_by_it,
        the_last_use_of_each_token_is_kept_and_loads_no_tokens,
        a_minted_token_is_revoked_once_and_forgotten_a_day_after_its_end;
    opening:
        a_store_is_ready_and_readiness_leaves_nothing,
        a_reopened_store_has_everything,
        two_handles_see_each_others_writes,
        many_may_open_a_new_store_at_once,
        the_kind_is_the_urls,
        a_closed_store_fails_and_does_not_hang,
        what_it_shows_of_itself_is_no_secret;
}
