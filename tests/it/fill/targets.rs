//! The Kustomer records that the requests name: many, each now and then, and a few all the time.

use crate::support::dice::Dice;

/// How often one of the requests that name a record names this one, in ten thousand.
const HOT: [u64; 3] = [250, 100, 10];

/// Who and what there is to be named, in a trail of some length.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Targets {
    seed: u64,
    /// How many there are: each is named by about five requests.
    size: u64,
}

impl Targets {
    /// Those of a trail of so many records.
    pub(crate) fn of(seed: u64, records: u64) -> Self {
        Self { seed, size: (records / 5).max(100) }
    }

    /// The id of one that is named all the time: the first the most often.
    pub(crate) fn hot(&self, rank: u64) -> String {
        self.id(u64::MAX - rank)
    }

    /// Any but the hot ones, as often as any other.
    pub(crate) fn any(&self, dice: &mut Dice) -> String {
        self.id(dice.below(self.size))
    }

    /// Whom the next request names.
    pub(crate) fn pick(&self, dice: &mut Dice) -> String {
        let mut at = dice.below(10_000);
        for (rank, share) in (0..).zip(HOT) {
            if at < share {
                return self.hot(rank);
            }
            at -= share;
        }
        self.any(dice)
    }

    /// The email address by which a customer is looked up.
    pub(crate) fn email(&self, dice: &mut Dice) -> String {
        format!("email=customer{}@example.com", dice.below(self.size))
    }

    /// 24 digits as Kustomer gives them: the first for the time, the rest in no order.
    fn id(&self, number: u64) -> String {
        let mut dice = Dice::new(self.seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let time = 0x6400_0000 + dice.below(0x0600_0000);
        format!("{time:08x}{:016x}", dice.below(u64::MAX))
    }
}
