//! The kinds of attack with signed tokens; each is a test of `tests/it/issuers/`.

use super::Held::{self, By};

/// All of them, in order.
pub(crate) const SIGNED: [(&str, Held); 11] = [
    (
        "signed tokens that are not signed",
        By(&["a_token_that_is_not_signed_is_refused_however_it_says_so"]),
    ),
    (
        "a public key taken for a secret, and other algorithms than the settings'",
        By(&[
            "a_public_key_is_no_secret",
            "an_algorithm_that_is_not_listed_is_refused_although_the_key_could_do_it",
            "a_key_is_good_for_its_own_algorithm_only",
        ]),
    ),
    (
        "keys that a token brings or points to, and what else its header asks for",
        By(&[
            "a_token_that_brings_its_own_key_is_refused_and_nobody_is_asked_for_it",
            "a_header_asks_for_nothing_and_is_of_an_access_token",
        ]),
    ),
    (
        "names of keys that are paths, statements or made up in numbers",
        By(&[
            "the_name_of_a_key_is_looked_up_and_never_used_otherwise",
            "any_number_of_made_up_keys_is_one_fetch",
        ]),
    ),
    (
        "tokens of another issuer, and for somebody else",
        By(&[
            "an_issuer_is_itself_to_the_letter",
            "one_issuers_key_is_none_for_anothers_tokens",
            "a_token_for_others_is_none_for_us",
        ]),
    ),
    (
        "signed tokens out of their time, or without an end",
        By(&[
            "a_token_out_of_its_time_is_refused",
            "a_token_is_good_until_its_end_however_often_it_was_shown",
        ]),
    ),
    (
        "claims of odd kinds and spellings",
        By(&[
            "a_claim_names_an_agent_as_a_plain_text_or_not_at_all",
            "agents_are_mapped_to_the_letter_where_there_is_a_map",
            "required_claims_are_met_to_the_letter",
        ]),
    ),
    (
        "signed tokens written in another way, twice, or without an end",
        By(&["a_token_is_written_in_one_way", "a_token_has_an_end_in_length_too"]),
    ),
    (
        "an issuer that is out of reach, silent, or not itself",
        By(&[
            "an_issuer_out_of_reach_stops_no_key_that_is_known_until_they_are_too_old",
            "an_issuer_that_says_nothing_holds_up_nobody_whose_key_is_known",
            "what_is_no_list_of_keys_changes_nothing",
        ]),
    ),
    (
        "keys that are weak, twice there, or for something else",
        By(&[
            "a_key_that_is_odd_weak_or_for_something_else_is_none",
            "two_keys_of_one_name_are_none_and_others_are_not_touched_by_it",
        ]),
    ),
    (
        "keys that were taken back",
        By(&[
            "a_key_that_is_no_longer_listed_is_gone_and_so_are_tokens_that_were_good_by_it",
            "a_key_that_takes_anothers_name_takes_its_place",
            "an_issuer_that_lists_no_key_has_none",
        ]),
    ),
];
