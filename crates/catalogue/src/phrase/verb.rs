//! The forms of English verbs that phrases begin with.

/// A verb in the three forms that sentences need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verb {
    /// `update`, as in "may update"
    pub(crate) bare: String,
    /// `updated`
    pub(crate) past: String,
    /// `updating`
    pub(crate) gerund: String,
}

/// Verbs whose past follows no rule: bare, past, gerund.
const IRREGULAR: &[[&str; 3]] = &[
    ["begin", "began", "beginning"],
    ["bind", "bound", "binding"],
    ["bring", "brought", "bringing"],
    ["build", "built", "building"],
    ["choose", "chose", "choosing"],
    ["cut", "cut", "cutting"],
    ["do", "did", "doing"],
    ["draw", "drew", "drawing"],
    ["feed", "fed", "feeding"],
    ["find", "found", "finding"],
    ["forget", "forgot", "forgetting"],
    ["get", "got", "getting"],
    ["give", "gave", "giving"],
    ["hear", "heard", "hearing"],
    ["hide", "hid", "hiding"],
    ["hold", "held", "holding"],
    ["keep", "kept", "keeping"],
    ["leave", "left", "leaving"],
    ["let", "let", "letting"],
    ["lose", "lost", "losing"],
    ["make", "made", "making"],
    ["overwrite", "overwrote", "overwriting"],
    ["pay", "paid", "paying"],
    ["put", "put", "putting"],
    ["read", "read", "reading"],
    ["rebuild", "rebuilt", "rebuilding"],
    ["resend", "resent", "resending"],
    ["reset", "reset", "resetting"],
    ["rewrite", "rewrote", "rewriting"],
    ["run", "ran", "running"],
    ["see", "saw", "seeing"],
    ["sell", "sold", "selling"],
    ["send", "sent", "sending"],
    ["set", "set", "setting"],
    ["show", "showed", "showing"],
    ["speak", "spoke", "speaking"],
    ["split", "split", "splitting"],
    ["take", "took", "taking"],
    ["tell", "told", "telling"],
    ["undo", "undid", "undoing"],
    ["unbind", "unbound", "unbinding"],
    ["upset", "upset", "upsetting"],
    ["withdraw", "withdrew", "withdrawing"],
    ["write", "wrote", "writing"],
];

/// Verbs that double their last letter: `submit`, `submitted`.
const DOUBLING: &[&str] = &[
    "admit", "ban", "commit", "control", "cram", "drop", "flag", "forbid", "map", "omit", "pin",
    "plan", "plot", "prefer", "refer", "scan", "ship", "skip", "snap", "stop", "strip", "submit",
    "swap", "tag", "transfer", "trim", "unpin", "untag", "unwrap", "wrap", "zip",
];

/// Verbs that look as if they doubled their last letter, and do not: `open`, `opened`.
const NOT_DOUBLING: &[&str] = &[
    "administer",
    "alter",
    "answer",
    "audit",
    "author",
    "benefit",
    "budget",
    "cancel",
    "center",
    "channel",
    "color",
    "consider",
    "counter",
    "cover",
    "credit",
    "debit",
    "deliver",
    "deposit",
    "develop",
    "discover",
    "edit",
    "encounter",
    "enter",
    "exhibit",
    "factor",
    "fasten",
    "favor",
    "filter",
    "foster",
    "gather",
    "honor",
    "hover",
    "inherit",
    "label",
    "lengthen",
    "level",
    "limit",
    "listen",
    "loosen",
    "lower",
    "market",
    "master",
    "mentor",
    "minister",
    "mirror",
    "model",
    "monitor",
    "number",
    "offer",
    "open",
    "order",
    "pardon",
    "power",
    "profit",
    "recover",
    "register",
    "remember",
    "render",
    "reopen",
    "shorten",
    "shower",
    "signal",
    "sponsor",
    "target",
    "ticket",
    "tighten",
    "total",
    "travel",
    "trigger",
    "tutor",
    "uncancel",
    "uncover",
    "visit",
    "widen",
];

impl Verb {
    /// The forms of a verb; none where they cannot be known from its spelling.
    pub(crate) fn conjugate(bare: &str) -> Option<Self> {
        if bare.len() < 2 || !bare.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return None;
        }
        let irregular = IRREGULAR.iter().find(|[form, _, _]| *form == bare);
        let (past, gerund) = match irregular {
            Some([_, past, gerund]) => ((*past).to_owned(), (*gerund).to_owned()),
            None => regular(bare)?,
        };
        Some(Self { bare: bare.to_owned(), past, gerund })
    }
}

fn regular(bare: &str) -> Option<(String, String)> {
    if DOUBLING.contains(&bare) {
        let last = bare.chars().last()?;
        return Some((format!("{bare}{last}ed"), format!("{bare}{last}ing")));
    }
    if let Some(stem) = bare.strip_suffix('e') {
        let gerund = if bare.ends_with("ee") { bare } else { stem };
        return Some((format!("{bare}d"), format!("{gerund}ing")));
    }
    match bare.strip_suffix('y') {
        Some(stem) if !stem.ends_with(is_vowel) => {
            Some((format!("{stem}ied"), format!("{bare}ing")))
        }
        _ if might_double(bare) && !NOT_DOUBLING.contains(&bare) => None,
        _ => Some((format!("{bare}ed"), format!("{bare}ing"))),
    }
}

/// Whether the word ends in one vowel and one consonant; the ear decides whether that doubles.
fn might_double(bare: &str) -> bool {
    let mut backwards = bare.chars().rev();
    let mut next_is_vowel = || backwards.next().is_some_and(is_vowel);
    let (last, before, third) = (next_is_vowel(), next_is_vowel(), next_is_vowel());
    !last && before && !third && !bare.ends_with(['w', 'x', 'y'])
}

fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bare: &str, past: &str, gerund: &str) {
        let verb = Verb::conjugate(bare).map(|verb| (verb.past, verb.gerund));
        assert_eq!(verb, Some((past.to_owned(), gerund.to_owned())), "{bare}");
    }

    #[test]
    fn regular_verbs_follow_their_spelling() {
        check("list", "listed", "listing");
        check("create", "created", "creating");
        check("look", "looked", "looking");
        check("copy", "copied", "copying");
        check("replay", "replayed", "replaying");
        check("agree", "agreed", "agreeing");
        check("upload", "uploaded", "uploading");
        check("fix", "fixed", "fixing");
        check("add", "added", "adding");
    }

    #[test]
    fn doubling_is_known_and_not_guessed() {
        check("submit", "submitted", "submitting");
        check("tag", "tagged", "tagging");
        check("open", "opened", "opening");
        check("register", "registered", "registering");
        assert_eq!(Verb::conjugate("blup"), None);
    }

    #[test]
    fn irregular_verbs_are_known() {
        check("read", "read", "reading");
        check("send", "sent", "sending");
        check("reset", "reset", "resetting");
        check("undo", "undid", "undoing");
    }

    #[test]
    fn what_is_no_lower_case_word_has_no_forms() {
        for word in ["", "a", "Read", "re-read", "{id}", "l\u{f6}schen"] {
            assert_eq!(Verb::conjugate(word), None, "{word}");
        }
    }
}
