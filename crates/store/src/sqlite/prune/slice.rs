//! How much is deleted in one transaction.

use audit::Place;

/// The most rows of a slice.
const ROWS: u64 = 5_000;
/// The most stretches of a slice: each takes statements of its own.
const STRETCHES: usize = 500;

/// Stretches of places, each from the first to before the last, with no more rows together than one
/// transaction may delete.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Slice(pub(super) Vec<(Place, Place)>);

/// Cuts up the stretches, of which each lies within one chain.
pub(super) fn slices(stretches: &[(Place, Place)]) -> Vec<Slice> {
    let (mut slices, mut slice, mut room) = (Vec::new(), Vec::new(), ROWS);
    for (start, stop) in stretches {
        let mut number = start.number();
        while number < stop.number() {
            let upto = stop.number().min(number + room);
            let place = |number| Place::new(start.ordinal(), number);
            slice.push((place(number), place(upto)));
            room -= upto - number;
            number = upto;
            if room == 0 || slice.len() == STRETCHES {
                slices.push(Slice(std::mem::take(&mut slice)));
                room = ROWS;
            }
        }
    }
    if !slice.is_empty() {
        slices.push(Slice(slice));
    }
    slices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(stretches: &[(u32, u64, u64)], expected: &[&[(u32, u64, u64)]]) {
        let place = |(ordinal, start, stop): &(u32, u64, u64)| {
            (Place::new(*ordinal, *start), Place::new(*ordinal, *stop))
        };
        let stretches: Vec<_> = stretches.iter().map(place).collect();
        let expected: Vec<_> =
            expected.iter().map(|slice| Slice(slice.iter().map(place).collect())).collect();
        assert_eq!(slices(&stretches), expected);
    }

    #[test]
    fn no_slice_has_more_rows_than_one_transaction_may_delete() {
        check(
            &[(1, 7, 12_000)],
            &[&[(1, 7, 5_007)], &[(1, 5_007, 10_007)], &[(1, 10_007, 12_000)]],
        );
    }

    #[test]
    fn short_chains_share_a_slice() {
        check(
            &[(1, 0, 1), (2, 0, 4_000), (3, 5, 2_005)],
            &[&[(1, 0, 1), (2, 0, 4_000), (3, 5, 1_004)], &[(3, 1_004, 2_005)]],
        );
    }

    #[test]
    fn no_slice_has_more_stretches_than_one_transaction_may_have_statements_for() {
        let chain = |ordinal| (Place::new(ordinal, 0), Place::new(ordinal, 1));
        let chains: Vec<_> = (1..=1_201).map(chain).collect();
        let lengths: Vec<_> = slices(&chains).iter().map(|slice| slice.0.len()).collect();
        assert_eq!(lengths, [500, 500, 201]);
    }

    #[test]
    fn nothing_is_no_slice() {
        check(&[], &[]);
        check(&[(4, 3, 3)], &[]);
    }
}
