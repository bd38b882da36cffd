//! Signed tokens prove what their issuers say, and only that: of issuers that the settings trust, signed
//! with a key that the issuer has now, for this gateway, for now, and for an agent that has a policy.

mod attacks;
mod examples;
mod inspect;
mod keys;
mod settings;
mod stage;
mod tokens;
