//! A number of a body, told apart from others as far as every server would.

use std::cmp::Ordering;

/// Beyond this, whole numbers run together for a server that keeps them as most do, in a double.
const LARGEST: i64 = 1 << 53;

/// A JSON number. `1`, `1.0` and `1e0` are one number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// A whole number of at most 2 to the power of 53, up or down.
    Whole(i64),
    /// One with a fraction. It is finite.
    Fraction(f64),
    /// A larger one: which one it is depends on who reads it.
    Unclear,
}

impl Number {
    /// The number that a whole one is.
    #[must_use]
    pub fn of_whole(value: i64) -> Self {
        if (-LARGEST..=LARGEST).contains(&value) { Self::Whole(value) } else { Self::Unclear }
    }

    /// The number that a double is.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "a double without a fraction between these bounds is a whole number of 64 bits"
    )]
    pub fn of_double(value: f64) -> Self {
        if !value.is_finite() || value.abs() > LARGEST as f64 {
            Self::Unclear
        } else if value.fract() == 0.0 {
            Self::Whole(value as i64)
        } else {
            Self::Fraction(value)
        }
    }

    /// Which of the two is the larger; none where it is not clear which numbers they are.
    #[must_use]
    pub fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Whole(one), Self::Whole(other)) => Some(one.cmp(&other)),
            _ => self.as_double()?.partial_cmp(&other.as_double()?),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a double holds every whole number up to 2^53")]
    fn as_double(self) -> Option<f64> {
        match self {
            Self::Whole(value) => Some(value as f64),
            Self::Fraction(value) => Some(value),
            Self::Unclear => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_is_one_however_it_is_written() {
        assert_eq!(Number::of_double(1.0), Number::of_whole(1));
        assert_eq!(Number::of_double(-0.0), Number::of_whole(0));
        assert_eq!(Number::of_double(1e2), Number::of_whole(100));
        assert_eq!(Number::of_double(0.5), Number::Fraction(0.5));
    }

    #[test]
    fn numbers_that_run_together_in_a_double_are_unclear() {
        assert_eq!(Number::of_whole(LARGEST), Number::Whole(LARGEST));
        assert_eq!(Number::of_whole(LARGEST + 1), Number::Unclear);
        assert_eq!(Number::of_whole(i64::MIN), Number::Unclear);
        assert_eq!(Number::of_double(1e300), Number::Unclear);
        assert_eq!(Number::of_double(f64::NAN), Number::Unclear);
        assert_eq!(Number::Unclear.compare(Number::Unclear), None);
    }

    #[test]
    fn numbers_with_and_without_a_fraction_are_compared_by_size() {
        let order = |one: f64, other: f64| Number::of_double(one).compare(Number::of_double(other));
        assert_eq!(order(1.5, 2.0), Some(Ordering::Less));
        assert_eq!(order(2.0, 1.5), Some(Ordering::Greater));
        assert_eq!(order(3.0, 3.0), Some(Ordering::Equal));
        assert_eq!(order(0.1, 0.1), Some(Ordering::Equal));
    }
}
