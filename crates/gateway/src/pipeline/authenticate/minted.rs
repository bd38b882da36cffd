//! Minted tokens, those that this gateway or another with the same audit key signed.
//!
//! How long a refusal takes may tell which step refused, and that is nothing but what the token says
//! itself. What depends on the store comes after the check of its signature.

use std::net::IpAddr;

use audit::Unproven;

use super::{Claim, Verdict};
use crate::arrival::Arrival;
use crate::gateway::Gateway;
use crate::mint::{Mint, Shown};
use crate::tokens::Tokens;

/// Whose a token is that says it was minted here, and whether it is good; nothing for any other token.
pub(super) fn claim(gateway: &Gateway, token: &str, arrival: &Arrival) -> Option<Claim> {
    let proven = gateway.minter.prove(token, &gateway.catalogue, arrival.at)?;
    Some(match proven {
        Ok(shown) => of(shown, &gateway.tokens, arrival.address),
        Err(fault) => Claim::nobodys(fault.into()),
    })
}

fn of(shown: Shown, tokens: &Tokens, address: IpAddr) -> Claim {
    let Shown { id, agent, mint } = shown;
    let claim = Claim { agent, token: id, ..Claim::nobodys(Unproven::Unknown) };
    match mint {
        Err(why) => Claim { verdict: Verdict::Bad(why), ..claim },
        Ok(mint) => Claim {
            verdict: fault(&mint, tokens, address).map_or(Verdict::Good, Verdict::Bad),
            detail: Some(mint.detail()),
            narrowing: mint.only,
            ..claim
        },
    }
}

/// What is wrong with a token that is good by itself, if anything is.
fn fault(mint: &Mint, tokens: &Tokens, address: IpAddr) -> Option<Unproven> {
    if tokens.is_revoked_mint(&mint.id) {
        return Some(Unproven::Revoked);
    }
    (!mint.addresses.admit(address)).then_some(Unproven::AddressOutside)
}
