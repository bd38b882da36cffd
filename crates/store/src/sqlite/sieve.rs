//! Which runs cannot have a target: a Bloom filter over the targets of each.
//!
//! A search for a target would otherwise look into every run, and read a page of each. What a sieve lets
//! through may still not be there; what it holds back is not.

use sqlx::{QueryBuilder, Sqlite};

/// Bits for each target; with as many probes as below, one in eighty of the others gets through.
const BITS: usize = 10;
/// Bits that each target sets.
const PROBES: u64 = 4;

/// The sieve of a run with these targets. It fits on a page of its own beside its run.
pub(super) fn of<'a>(targets: impl ExactSizeIterator<Item = &'a str>) -> Vec<u8> {
    let mut sieve = vec![0; (targets.len() * BITS).div_ceil(8).max(1)];
    for target in targets {
        for probe in probes(target) {
            let at = probe.number % sieve.len() as u64;
            if let Some(byte) = usize::try_from(at).ok().and_then(|at| sieve.get_mut(at)) {
                *byte |= 1 << probe.bit;
            }
        }
    }
    sieve
}

/// Adds the conditions that the sieve of `runs` lets the target through.
///
/// SQLite has no words for the bits of a blob, but it finds a byte among all those that have the bit.
pub(super) fn push(query: &mut QueryBuilder<Sqlite>, target: &str) {
    for probe in probes(target) {
        let having: Vec<u8> = (0..=u8::MAX).filter(|byte| byte >> probe.bit & 1 == 1).collect();
        query.push("\n    AND instr(").push_bind(having);
        query.push(", substr(runs.sieve, 1 + ").push_bind(probe.number.cast_signed());
        query.push(" % length(runs.sieve), 1)) > 0");
    }
}

/// A bit of a sieve: that of the byte at this number, counted around as often as need be.
#[derive(Debug, Clone, Copy)]
struct Probe {
    number: u64,
    bit: u8,
}

fn probes(target: &str) -> impl Iterator<Item = Probe> {
    let first = hash(target.as_bytes());
    let second = hash(&first.to_be_bytes()) | 1;
    (0..PROBES).map(move |number| {
        let hash = first.wrapping_add(second.wrapping_mul(number));
        // What is left has 61 bits, so that SQLite takes it for no negative number.
        Probe { number: hash >> 3, bit: (hash & 7).to_be_bytes()[7] }
    })
}

/// FNV-1a: short enough to be written down here, and the same for ever, as what is stored must be.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lets_through(sieve: &[u8], target: &str) -> bool {
        probes(target).all(|probe| {
            let at = usize::try_from(probe.number % sieve.len() as u64).unwrap();
            sieve[at] >> probe.bit & 1 == 1
        })
    }

    fn targets(of: &str) -> Vec<String> {
        (0..3000).map(|number| format!("{of}{number:020x}")).collect()
    }

    #[test]
    fn a_sieve_lets_all_of_its_own_through_and_hardly_another() {
        let own = targets("6614");
        let sieve = of(own.iter().map(String::as_str));
        assert!(own.iter().all(|target| lets_through(&sieve, target)));
        let others = targets("6615");
        let through = others.iter().filter(|target| lets_through(&sieve, target)).count();
        assert!(through < 60, "{through} of 3000");
    }

    #[test]
    fn a_run_without_a_target_lets_none_through() {
        let sieve = of(std::iter::empty());
        assert_eq!(sieve, [0]);
        assert!(!lets_through(&sieve, ""));
    }

    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(hash(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
