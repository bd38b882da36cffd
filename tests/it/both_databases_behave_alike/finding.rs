//! Finding records by what they say.

use audit::{Entry, Filter, Opening, Outcome, OutcomeKind};

use super::World;
use super::sample::{bare, entry, id, numbers, opening, outcome, refused};

/// Six records: answered with 201, refused, under way, answered with 403, by nobody, unanswered.
async fn fill(world: &World) {
    let elsewhere = "192.0.2.9".to_owned();
    let unanswered =
        Outcome { kind: OutcomeKind::UpstreamSilent, status: None, ..said("Nobody answered.") };
    let forbidden = Outcome { status: Some(403), ..said("Kustomer answered 403.") };
    world
        .append(&[
            entry(&opening(1)),
            entry(&Opening { resource: Some("customers".to_owned()), ..refused(2) }),
            entry(&Opening { token: Some("tok_2".to_owned()), ..opening(3) }),
            entry(&opening(4)),
            entry(&Opening { address: elsewhere, ..bare(5) }),
            entry(&opening(6)),
            Entry::outcome(id(1), &outcome()),
            Entry::outcome(id(4), &forbidden),
            Entry::outcome(id(6), &unanswered),
        ])
        .await;
}

fn said(sentence: &str) -> Outcome {
    Outcome { sentence: sentence.to_owned(), ..outcome() }
}

async fn check(world: &World, filter: Filter, expected: &[i64]) {
    assert_eq!(numbers(&world.list(&filter, 100).await), expected, "{filter:?}");
}

pub(super) async fn a_resource_a_token_or_an_address_is_found(world: &World) {
    fill(world).await;
    let some = |text: &str| Some(text.to_owned());
    check(world, Filter { resource: some("customers"), ..Filter::default() }, &[2]).await;
    check(world, Filter { resource: some("notes"), ..Filter::default() }, &[6, 4, 3, 1]).await;
    check(world, Filter { token: some("tok_2"), ..Filter::default() }, &[3]).await;
    check(world, Filter { address: some("192.0.2.9"), ..Filter::default() }, &[5]).await;
    check(world, Filter { address: some("192.0.2"), ..Filter::default() }, &[]).await;
    let both = Filter { resource: some("notes"), token: some("tok_2"), ..Filter::default() };
    check(world, both, &[3]).await;
}

pub(super) async fn a_status_is_found_whichever_row_it_stands_in(world: &World) {
    fill(world).await;
    for (status, expected) in [(403, &[5, 4, 2][..]), (201, &[1]), (500, &[]), (0, &[])] {
        check(world, Filter { status: Some(status), ..Filter::default() }, expected).await;
    }
}

pub(super) async fn a_target_is_found_whole_and_nothing_like_it(world: &World) {
    let targets = ["5f1a2b", "5f1a2b3", "email=a\"b\\c@example.com", ",", "größer%_", "a\0b"];
    for (number, target) in (1..).zip(targets) {
        let targets = vec!["x,".to_owned(), target.to_owned(), ",y".to_owned()];
        world.append(&[entry(&Opening { targets, ..opening(number) })]).await;
    }
    world.append(&[entry(&bare(9))]).await;
    for (number, target) in (1..).zip(targets) {
        let filter = Filter { target: Some(target.to_owned()), ..Filter::default() };
        check(world, filter, &[number]).await;
    }
    for target in ["", "5f1a2", "5F1A2B", "\"", "[", "%", "x", "x,\",\""] {
        let filter = Filter { target: Some(target.to_owned()), ..Filter::default() };
        check(world, filter, &[]).await;
    }
    let everywhere = Filter { target: Some("x,".to_owned()), ..Filter::default() };
    check(world, everywhere, &[6, 5, 4, 3, 2, 1]).await;
}

pub(super) async fn a_text_is_found_in_the_sentence_that_shows(world: &World) {
    fill(world).await;
    for (text, expected) in [
        ("Support Agent asked to write", &[3][..]),
        ("support agent WROTE a note", &[1]),
        ("was refused", &[5, 2]),
        ("answered 4", &[4]),
        ("ANSWERED", &[6, 4, 1]),
        ("no such words", &[]),
        ("", &[6, 5, 4, 3, 2, 1]),
    ] {
        check_text(world, text, expected).await;
    }
}

/// The store's answer, and that of whoever follows the trail and compares by itself.
async fn check_text(world: &World, text: &str, expected: &[i64]) {
    let filter = Filter { text: Some(text.to_owned()), ..Filter::default() };
    let mut all = world.list(&Filter::default(), 100).await;
    all.retain(|record| filter.fits_outcome(record));
    assert_eq!(numbers(&all), expected, "{text}");
    check(world, filter, expected).await;
}

pub(super) async fn a_text_means_nothing_but_itself(world: &World) {
    for (number, sentence) in (1..).zip(["50% of a_b", "50 of axb", r"C:\dir 'quoted'", "(a|b)*"]) {
        world.append(&[entry(&opening(number)), Entry::outcome(id(number), &said(sentence))]).await;
    }
    for (text, expected) in [
        ("%", &[1][..]),
        ("50%", &[1]),
        ("5%f", &[]),
        ("a_b", &[1]),
        ("a?b", &[]),
        (r"\", &[3]),
        (r"c:\DIR", &[3]),
        ("'quoted'", &[3]),
        ("' OR '1' = '1", &[]),
        ("(a|b)", &[4]),
        (".*", &[]),
    ] {
        check_text(world, text, expected).await;
    }
}

pub(super) async fn capitals_count_as_small_letters_from_a_to_z_only(world: &World) {
    for (number, sentence) in (1..).zip(["Größer", "GRÖSSER", "İstanbul K"]) {
        world.append(&[entry(&opening(number)), Entry::outcome(id(number), &said(sentence))]).await;
    }
    for (text, expected) in [
        ("größer", &[1][..]),
        ("GRößER", &[1]),
        ("GRÖßER", &[]),
        ("grÖsser", &[2]),
        ("istanbul", &[]),
        ("İSTANBUL k", &[3]),
    ] {
        check_text(world, text, expected).await;
    }
}

pub(super) async fn an_id_finds_its_record_and_a_beginning_all_that_begin_so(world: &World) {
    fill(world).await;
    let written = id(3).to_string();
    let begins = |text: &str| Filter { id: Some(text.parse().unwrap()), ..Filter::default() };
    check(world, begins(&written), &[3]).await;
    check(world, begins(&written.to_uppercase()), &[3]).await;
    // The ids of the samples are the same but for the last digits of their times.
    let common = &written[..8];
    check(world, begins(common), &[6, 5, 4, 3, 2, 1]).await;
    check(world, begins("f"), &[]).await;
    let of_nobody = Filter { decision: Some(bare(5).decision), ..begins(common) };
    check(world, of_nobody, &[5]).await;
}
