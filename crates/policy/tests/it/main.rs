//! What the policy crate promises, one file per promise. Everything goes through its public API and
//! the built-in catalogue, as the gateway uses it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as promised"
)]

mod access_matrix;
mod attacks;
mod comparing;
mod conditions;
mod decisions;
mod diagnostics;
mod layers;
mod many_conditions;
mod matrix_conditions;
mod mistakes;
mod narrowed_tokens;
mod narrowing;
mod outlines;
mod precedence;
mod properties;
mod samples;
mod scene;
mod sets;
mod wrong_files;
