//! The agents of the trail: a few are busy, and the last one asks next to nothing.

use crate::support::dice::Dice;

/// Of so many requests the last agent makes one.
const RARE: u64 = 50_000;

/// One agent, as its records show it.
#[derive(Debug, Clone)]
pub(crate) struct Agent {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) token: String,
    pub(crate) address: String,
    pub(crate) file: String,
}

const WORK: [(&str, &str); 10] = [
    ("support", "Support"),
    ("triage", "Triage"),
    ("returns", "Returns"),
    ("billing", "Billing"),
    ("feedback", "Feedback"),
    ("insights", "Insights"),
    ("outreach", "Outreach"),
    ("translation", "Translation"),
    ("quality", "Quality"),
    ("escalation", "Escalation"),
];

/// So many agents, the busiest first.
pub(crate) fn all(count: usize) -> Vec<Agent> {
    (0..count).map(nth).collect()
}

fn nth(number: usize) -> Agent {
    let (word, name) = WORK[number % WORK.len()];
    let round = number / WORK.len() + 1;
    let id = if round == 1 { format!("{word}-agent") } else { format!("{word}-agent-{round}") };
    Agent {
        name: if round == 1 { format!("{name} Agent") } else { format!("{name} Agent {round}") },
        token: format!("tok_{:011x}", 0x005c_3a1e_90d7_u64 * (number as u64 + 1) % (1 << 44)),
        address: format!("10.20.{}.{}", number / 8, 11 + number % 8),
        file: format!("policies/{id}.toml"),
        id,
    }
}

/// Who makes the next request: each agent about two thirds as often as the one before it.
pub(crate) fn pick<'a>(agents: &'a [Agent], dice: &mut Dice) -> &'a Agent {
    let last = agents.len() - 1;
    if dice.below(RARE) == 0 {
        return &agents[last];
    }
    let busy = last.max(1);
    let mut number = 0;
    while number + 1 < busy && dice.below(3) > 0 {
        number += 1;
    }
    &agents[number]
}
