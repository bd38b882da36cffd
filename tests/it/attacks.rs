//! No way around: whatever an agent sends, Kustomer sees nothing of it but what the policy grants, and
//! exactly one record says what came of each request.
//!
//! Each module has the rows of one section of docs/security.md. A row says what is sent, byte for byte,
//! and what must come of it. Kustomer is a recorder that reads HTTP by the letter; every request that
//! it gets is compared with the one that was permitted, in its line and in its body.

mod a_target;
mod b_query;
mod c_method;
pub(crate) mod case;
mod d_headers;
mod e_framing;
#[cfg(test)]
mod floods;
mod frames;
mod http2;
pub(crate) mod kinds;
pub(crate) mod recorder;
pub(crate) mod stage;
pub(crate) mod wires;

use case::Case;
use stage::Stage;

#[tokio::test]
async fn no_spelling_of_a_target_reaches_what_is_not_granted() {
    attack(&a_target::cases()).await;
}

#[tokio::test]
async fn a_query_goes_up_as_it_came_or_not_at_all() {
    attack(&b_query::cases()).await;
}

#[tokio::test]
async fn no_method_is_another_in_disguise() {
    attack(&c_method::cases()).await;
}

#[tokio::test]
async fn no_header_makes_an_agent_another() {
    attack(&d_headers::cases()).await;
}

#[tokio::test]
async fn no_request_hides_another() {
    attack(&e_framing::cases()).await;
}

#[tokio::test]
async fn http_2_is_no_way_around_either() {
    attack(&http2::cases()).await;
}

/// All rows, section by section.
pub(crate) fn cases() -> Vec<Case> {
    let sections = [
        a_target::cases(),
        b_query::cases(),
        c_method::cases(),
        d_headers::cases(),
        e_framing::cases(),
        http2::cases(),
    ];
    sections.concat()
}

/// Makes every attack, over each protocol that can express it, and fails with all that are not as they
/// must be.
async fn attack(cases: &[Case]) {
    let mut stage = Stage::start().await;
    let mut wrong = Vec::new();
    for case in cases {
        wrong.extend(stage.http1(case).await);
        wrong.extend(stage.http2(case).await);
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
