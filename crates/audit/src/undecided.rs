//! Why a request ended before it was on record what was decided. Nothing was sent to Kustomer.

use std::fmt;

/// What became of a request that has no decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Undecided {
    /// The gateway failed inside.
    FailedInside,
    /// The agent closed its connection, or took its request back.
    AgentLeft,
    /// It took longer in all than a request may.
    TimedOut,
    /// The gateway stopped.
    GatewayStopped,
}

impl Undecided {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::FailedInside, Self::AgentLeft, Self::TimedOut, Self::GatewayStopped];

    /// The stable code in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::FailedInside => "internal_failure",
            Self::AgentLeft => "agent_left",
            Self::TimedOut => "timed_out",
            Self::GatewayStopped => "gateway_stopped",
        }
    }
}

impl fmt::Display for Undecided {
    /// What a sentence says of whoever sent the request.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FailedInside => {
                "was refused: the gateway failed inside before the request was on record"
            }
            Self::AgentLeft => "left before its request was decided",
            Self::TimedOut => "was cut off: its time was up before its request was decided",
            Self::GatewayStopped => {
                "was cut off: the gateway stopped before the request was decided"
            }
        })
    }
}
