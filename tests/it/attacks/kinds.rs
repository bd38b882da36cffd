//! Every kind of attack by its number, and who holds it: the rows here, tests elsewhere, or nobody,
//! because there is nothing to attack.

mod signed;

use std::fmt::Write as _;

/// Who holds a kind of attack.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Held {
    /// Rows of this suite, over raw sockets.
    Here,
    /// These tests.
    By(&'static [&'static str]),
    /// It does not apply, for this reason.
    Nothing(&'static str),
}

use Held::{By, Here, Nothing};

/// All of them, in order; those with signed tokens come last.
pub(crate) fn kinds() -> impl Iterator<Item = (u8, &'static str, Held)> {
    let all = KINDS.into_iter().chain(signed::SIGNED);
    (1..).zip(all).map(|(number, (name, held))| (number, name, held))
}

const KINDS: [(&str, Held); 104] = [
    ("dot segments", Here),
    ("encoded dot segments", Here),
    ("dot segments with a parameter", Here),
    ("encoded slashes", Here),
    ("what is encoded twice", Here),
    ("overlong UTF-8", Here),
    ("escapes of four digits", Here),
    ("broken escapes", Here),
    ("NUL", Here),
    ("encoded control characters", Here),
    ("backslashes", Here),
    ("wide forms of dots and slashes", Here),
    ("bytes outside of ASCII in the target", Here),
    ("fragments", Here),
    ("empty segments", Here),
    ("a host at the beginning of the path", Here),
    ("a slash at the end", Here),
    ("dots, spaces and tabs behind a value", Here),
    ("other case", Here),
    ("names that begin as a permitted one", Here),
    ("parameters in a path", Here),
    ("plain characters that are encoded", Here),
    ("encoded question and number signs", Here),
    ("dots where a value stands", Here),
    ("a literal where a value stands", Here),
    ("absolute form", Here),
    ("absolute form with a user", Here),
    ("authority form", Here),
    ("asterisk form, and no target", Here),
    ("targets beyond a size", Here),
    ("white space in the target", Here),
    ("one query key several times", Here),
    ("a semicolon between pairs", Here),
    ("query keys that are encoded", Here),
    ("credentials and other methods in the query", Here),
    ("empty queries and pairs", Here),
    ("control characters and other encodings in the query", Here),
    ("a query that is written anew on its way", Here),
    ("CONNECT", Here),
    ("TRACE and TRACK", Here),
    ("methods that nobody knows", Here),
    ("HEAD", Here),
    ("OPTIONS and what browsers ask first", Here),
    ("headers that ask for another method", Here),
    ("several Authorization headers, and elsewhere", Here),
    ("schemes and spaces of Authorization", Here),
    ("tokens of odd shapes", Here),
    (
        "a token that ends or is revoked",
        By(&[
            "a_token_is_dead_from_the_instant_at_which_it_ends",
            "a_token_that_is_revoked_while_the_gateway_runs_is_dead_within_a_second",
        ]),
    ),
    (
        "one listener's credentials on the other",
        By(&[
            "the_administrations_paths_are_not_on_the_agents_listener",
            "the_agents_paths_are_not_on_the_administrations_listener",
        ]),
    ),
    ("headers named by Connection", Here),
    ("headers of the connection", Here),
    ("names with an underscore", Here),
    ("what earlier proxies say", Here),
    ("what earlier proxies say, unreadable", Here),
    ("no host, several, odd ones", Here),
    ("hosts in other spellings", Here),
    ("cookies", Here),
    ("line ends and NUL in headers", Here),
    ("heads beyond a size", Here),
    ("one header several times", Here),
    ("request ids of the agent's", Here),
    (
        "texts for whoever reads the log",
        By(&[
            "a_sentence_cannot_be_forged_by_what_a_request_says",
            "a_cell_that_a_spreadsheet_would_run_is_defused",
        ]),
    ),
    ("a length beside chunks", Here),
    ("several lengths, odd ones", Here),
    ("codings other than chunks", Here),
    ("chunks over HTTP/1.0, other versions", Here),
    ("bare line feeds and empty lines", Here),
    ("chunk extensions and odd chunks", Here),
    ("trailers", Here),
    ("a body with a method that has none", Here),
    ("requests behind requests", Here),
    ("Upgrade", Here),
    ("HTTP/2 without asking", Here),
    (
        "floods of HTTP/2",
        By(&[
            "streams_that_are_opened_and_reset_end_their_connection",
            "streams_that_are_opened_and_broken_end_their_connection",
            "a_head_without_an_end_ends_its_connection",
            "settings_and_pings_starve_nobody",
            "a_head_that_unpacks_to_too_much_is_refused",
        ]),
    ),
    ("Expect", Here),
    (
        "answers that are none",
        By(&[
            "kustomer_changing_the_protocol_is_no_answer",
            "kustomer_breaking_off_its_answer_is_an_outcome",
            "what_breaks_the_rules_of_http_is_no_answer_and_ends_its_connection",
            "a_second_answer_that_nobody_asked_for_is_given_to_nobody",
        ]),
    ),
    ("bodies beyond a size, and half ones", Here),
    (
        "compressed bodies",
        By(&[
            "a_body_of_another_type_or_encoding_is_refused",
            "a_compressed_body_and_a_header_that_is_there_twice_are_refused_and_never_forwarded",
        ]),
    ),
    (
        "JSON that two readers read differently",
        By(&["a_body_that_two_readers_could_read_differently_is_refused"]),
    ),
    ("other types of body", By(&["a_body_of_another_type_or_encoding_is_refused"])),
    (
        "what is hidden behind the part that is read",
        By(&[
            "a_body_over_the_limit_is_refused_and_not_read_to_its_end",
            "the_bytes_sent_on_are_the_bytes_that_were_read",
        ]),
    ),
    (
        "slow heads, slow bodies, idle connections",
        By(&[
            "half_a_request_ends_in_time_and_is_never_forwarded",
            "an_agent_whose_body_stalls_is_an_outcome",
            "an_agent_that_takes_nothing_of_its_answer_is_an_outcome",
            "a_head_that_drips_is_given_no_more_time_than_one_that_stands_still",
            "a_body_that_drips_is_given_no_more_time_than_its_request_has",
        ]),
    ),
    (
        "an agent that leaves",
        By(&[
            "an_agent_that_leaves_before_the_answer_is_an_outcome",
            "an_agent_that_leaves_in_the_middle_of_its_body_is_an_outcome",
            "an_agent_that_leaves_in_the_middle_of_the_answer_is_an_outcome",
        ]),
    ),
    (
        "floods of requests",
        By(&[
            "a_request_over_the_agents_limit_is_recorded_and_held_back",
            "the_first_of_a_minute_are_recorded_and_the_rest_are_counted",
            "addresses_beyond_the_most_share_one_count_and_known_ones_keep_theirs",
        ]),
    ),
    (
        "redirects",
        By(&[
            "a_redirect_that_stays_with_kustomer_becomes_a_path_of_the_gateway",
            "a_redirect_to_another_host_is_not_handed_on_and_never_followed",
        ]),
    ),
    (
        "the key in an answer",
        By(&[
            "the_real_key_in_a_body_is_cut_off_before_its_first_byte",
            "the_real_key_in_pieces_is_cut_off_wherever_it_is_cut_into_two",
            "the_real_key_in_a_header_is_an_answer_that_is_not_handed_on",
        ]),
    ),
    (
        "cookies and policies in an answer",
        By(&["what_speaks_to_browsers_or_of_kustomers_machines_stays_behind_the_gateway"]),
    ),
    (
        "Kustomer refuses the key",
        By(&["kustomer_refusing_the_organisations_key_is_an_outcome_and_not_the_agents_fault"]),
    ),
    ("Kustomer's own limits", By(&["kustomers_status_body_and_rate_limits_come_down_as_they_are"])),
    ("ranges and conditions", Here),
    ("an answer for another agent", By(&["nobody_may_keep_an_answer_or_a_refusal"])),
    (
        "another Kustomer",
        By(&[
            "a_certificate_for_another_name_is_refused",
            "a_certificate_that_nobody_vouches_for_is_refused",
            "an_address_to_which_the_key_would_travel_in_clear_is_refused",
        ]),
    ),
    ("endless answers", By(&["an_endless_answer_is_cut_off_at_the_limit"])),
    (
        "a store that takes nothing",
        By(&[
            "while_the_disk_is_full_nothing_is_forwarded",
            "while_postgres_takes_no_records_nothing_is_forwarded",
            "a_record_that_takes_too_long_ends_its_request_and_says_that_nothing_was_forwarded",
        ]),
    ),
    (
        "a gateway that is killed",
        By(&[
            "a_gateway_that_is_killed_loses_and_doubles_no_record_on_sqlite",
            "a_gateway_that_is_killed_loses_and_doubles_no_record_on_postgres",
        ]),
    ),
    (
        "a trail that is changed",
        By(&[
            "a_change_by_the_owner_of_the_database_is_found_and_named",
            "an_end_that_was_cut_off_with_every_trace_is_found_by_a_checkpoint_alone",
            "rows_that_changed_places_are_found_with_the_place_they_belong_to",
        ]),
    ),
    (
        "broken policy files",
        By(&[
            "every_fault_of_every_policy_is_reported_at_once_and_nothing_starts",
            "two_policies_for_one_agent_are_refused_with_both_places",
            "a_policy_folder_that_is_not_there_is_named",
        ]),
    ),
    (
        "policies that say something else than they mean",
        By(&[
            "a_misspelt_level_gets_the_nearest_one",
            "a_misspelt_operation_gets_the_nearest_one",
            "a_name_twice_in_a_table_is_refused",
        ]),
    ),
    ("a policy that changes under a request", Nothing("one policy set holds for a whole request")),
    ("approvals used twice", Nothing("there are no approvals: the policy alone decides")),
    ("markup in what people approve", Nothing("there is no page on which people approve")),
    (
        "secrets in what the gateway prints",
        By(&[
            "a_full_run_leaves_no_trace_of_key_or_tokens",
            "a_run_that_fails_leaves_no_trace_of_the_key_either",
            "debug_output_of_settings_and_gateway_holds_neither_key_nor_token",
        ]),
    ),
    (
        "health and measures from outside",
        By(&[
            "health_answers_anybody_on_both_listeners_and_leaves_no_record",
            "the_administrations_paths_are_not_on_the_agents_listener",
        ]),
    ),
    (
        "searches of the trail",
        By(&[
            "a_target_is_looked_up_and_nothing_else_decides_how",
            "a_list_goes_on_over_several_pages_without_a_gap",
            "every_text_an_agent_can_send_goes_through_the_defusing",
        ]),
    ),
];

/// The holes of others that became known, and the kind of attack that each is.
#[rustfmt::skip]
pub(crate) const KNOWN: [(&str, u8); 37] = [
    ("CVE-2019-9901", 1), ("CVE-2021-29492", 4), ("CVE-2021-32779", 14), ("CVE-2021-32777", 60),
    ("CVE-2023-27491", 73), ("CVE-2026-26308", 60), ("CVE-2021-31920", 15), ("CVE-2024-45410", 50),
    ("CVE-2026-40912", 24), ("CVE-2026-48020", 24), ("GHSA-5m6w", 52), ("GHSA-6384", 53),
    ("CVE-2026-27587", 22), ("CVE-2026-27588", 56), ("CVE-2025-64484", 52), ("CVE-2026-40575", 53),
    ("CVE-2025-48865", 50), ("CVE-2021-39206", 1), ("CVE-2023-33189", 1),
    ("GHSA-p224-6x5r-fjpm", 1), ("GHSA-4mq7-pvjg-xp2r", 47), ("GHSA-vhr5-ggp3-qq85", 53),
    ("CVE-2026-42274", 2), ("CVE-2026-42273", 56), ("GHSA-r8x2", 38), ("CVE-2026-49468", 56),
    ("CVE-2026-42208", 47), ("CVE-2026-35030", 47), ("CVE-2025-4366", 71), ("CVE-2026-2833", 72),
    ("CVE-2026-2835", 66), ("RUSTSEC-2021-0078", 64), ("RUSTSEC-2021-0079", 68),
    ("RUSTSEC-2021-0020", 65), ("CVE-2026-110723", 53), ("CVE-2024-47070", 54),
    ("nginx#1427", 76),
];

/// The table of them for docs/security.md.
pub(crate) fn table() -> String {
    let mut table = "| # | kind of attack | held by |\n|---|---|---|\n".to_owned();
    for (number, name, held) in kinds() {
        let held = match held {
            Here => format!("{} rows", rows_of(number)),
            By(tests) => format!("`{}`", tests.join("`, `")),
            Nothing(why) => format!("does not apply: {why}"),
        };
        let known = KNOWN.iter().filter(|(_, of)| *of == number).map(|(hole, _)| *hole);
        let known = known.collect::<Vec<_>>().join(", ");
        let known = if known.is_empty() { known } else { format!(" ({known})") };
        // A text takes whatever is written to it.
        let _ = writeln!(table, "| {number} | {name}{known} | {held} |");
    }
    table
}

/// How many rows a kind has.
fn rows_of(number: u8) -> usize {
    super::cases().iter().filter(|case| case.number == number).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::project;

    #[test]
    fn every_kind_of_attack_is_made_here_or_held_by_a_test_that_is_there() {
        let sources = project::sources();
        let is_there = |name: &str| {
            let opening = format!("fn {name}()");
            sources.iter().any(|source| source.text.contains(&opening))
        };
        for (number, name, held) in kinds() {
            match held {
                Here => assert!(rows_of(number) > 0, "{number} {name} has no row"),
                By(tests) => {
                    let missing = tests.iter().find(|test| !is_there(test));
                    assert_eq!(missing, None, "{number} {name}");
                }
                Nothing(_) => {}
            }
        }
    }

    #[test]
    fn every_known_hole_of_others_is_a_kind_of_attack_that_is_held() {
        for (hole, number) in KNOWN {
            let (_, name, held) = kinds().nth(usize::from(number) - 1).expect("a kind");
            assert!(matches!(held, Here | By(_)), "{hole}: {name}");
        }
    }

    #[test]
    fn the_page_on_security_says_who_holds_each_kind() {
        let page = project::read("docs/security.md");
        let missing = table().lines().find(|line| !page.contains(line)).map(ToOwned::to_owned);
        assert_eq!(missing, None, "take the table from `cargo run -p acceptance --bin attacks`");
    }

    #[test]
    fn every_row_is_of_a_kind() {
        let last = kinds().last().expect("a kind").0;
        for case in crate::attacks::cases() {
            assert!((1..=last).contains(&case.number), "{} {}", case.number, case.name);
        }
    }
}
