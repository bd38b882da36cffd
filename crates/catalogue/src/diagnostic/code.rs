//! The codes of everything that can be wrong or odd: stable names by which rules of other programs,
//! pages and people refer to a kind of diagnostic.
//!
//! To add one: a line in the table below, and one in `docs/policies.md` (a test compares the two). A
//! code that has been released keeps its name and its meaning.

use std::fmt;

use super::Severity;

/// Makes the enum and its texts from one table, so that no code can lack one of them.
macro_rules! codes {
    ($($variant:ident $severity:ident $code:literal $about:literal $fix:literal;)*) => {
        /// A kind of diagnostic.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $about] $variant,)*
        }

        impl Code {
            /// Every code, errors first.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code as it is written, such as `unknown-resource`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// What is wrong where it stands: one sentence.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self { $(Self::$variant => $about,)* }
            }

            /// How it is mended, whatever the file: one sentence.
            #[must_use]
            pub fn fix(self) -> &'static str {
                match self { $(Self::$variant => $fix,)* }
            }

            /// Whether a file is refused because of it.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)* }
            }
        }
    };
}

impl Code {
    /// How it is mended, as a diagnostic's help says it: a fragment, where [`Code::fix`] is a sentence.
    #[must_use]
    pub fn help(self) -> String {
        let fix = self.fix().trim_end_matches('.');
        let mut letters = fix.chars();
        let first = letters.next().map(|letter| letter.to_ascii_lowercase());
        first.into_iter().chain(letters).collect()
    }

    /// Whether it is about the text of a file and not about what the file says: the help then may have
    /// the line as it should be, with whatever stands in it.
    #[must_use]
    pub fn is_of_text(self) -> bool {
        self <= Self::Syntax
    }
}

codes! {
    // The text of a file.
    NotUtf8 Error "not-utf-8" "The file is not UTF-8 text." "Save it as UTF-8.";
    NotToml Error "not-toml" "The file looks like another format than TOML, such as YAML or JSON." "Write a table as [name] and a key as name = \"value\".";
    UnquotedText Error "unquoted-text" "Text stands without quotes." "Put it in double quotes.";
    UnclosedQuote Error "unclosed-quote" "A quote is opened and not closed, or closed and not opened." "Put one double quote before the text and one behind it.";
    CurlyQuotes Error "curly-quotes" "Quotes of a word processor stand where TOML wants straight ones." "Replace them by \".";
    UnseenCharacter Error "unseen-character" "A character that cannot be seen, or that names cannot hold, stands outside of quotes." "Delete it, or type the line anew.";
    LineEnd Error "line-end" "A line ends with a carriage return alone." "Save the file with the line ends of Unix or Windows.";
    MissingEquals Error "missing-equals" "A line has a name and no `=` with a value." "Write name = value.";
    MissingValue Error "missing-value" "Nothing stands behind `=`." "Write a value behind it, or delete the line.";
    Unclosed Error "unclosed" "A bracket or brace is opened and not closed." "Close it.";
    MissingComma Error "missing-comma" "Two values of a list or an inline table have no comma between them." "Put a comma between them.";
    Backslash Error "backslash" "A backslash in double quotes begins an escape that TOML does not know." "Write it as \\\\, or put the text in single quotes, where it stands for itself.";
    Comment Error "comment" "A comment begins in the way of another language." "Begin it with #.";
    TwoOnALine Error "two-on-a-line" "Something stands behind a value on its line." "Begin a new line, or make it a comment with #.";
    DuplicateKey Error "duplicate-key" "A key stands twice in one table." "Keep one of the two lines.";
    DuplicateTable Error "duplicate-table" "A table is opened twice." "Put the lines of both under one header.";
    InvalidDate Error "invalid-date" "A date or time is none, or is not written as TOML has it." "Write it as 2027-06-30 or 2027-06-30T18:00:00Z, without quotes.";
    Syntax Error "syntax" "The text is no TOML." "Mend what the message names.";
    // Tables and keys.
    UnknownKey Error "unknown-key" "A key or table that nothing reads." "Correct its name, or delete it.";
    MissingKey Error "missing-key" "A key or table that has to be there is not." "Add it.";
    WrongType Error "wrong-type" "A value is of another type than its key takes." "Write what the message names.";
    WrongValue Error "wrong-value" "A value cannot be used; the message says why." "Write what the message names.";
    MisplacedKey Error "misplaced-key" "A key stands in another table than the one that reads it." "Move it to the table that the message names.";
    // Names.
    UnknownResource Error "unknown-resource" "A name is no resource of the catalogue." "`kustodian catalogue list` shows every name.";
    UnknownAction Error "unknown-action" "A name is no action of the catalogue." "`kustodian catalogue list` shows every name.";
    UnknownOperation Error "unknown-operation" "A name is no operation of the catalogue." "`kustodian catalogue list` shows every name; an operation's name is quoted.";
    UnknownLevel Error "unknown-level" "A level is none of off, read, write and full." "Write one of the four.";
    UnknownScope Error "unknown-scope" "A key of `[only]` is no kind of records that an agent can be confined to." "Write one of those that the message names.";
    UnknownRole Error "unknown-role" "A policy takes a role that no file of policies/roles defines." "Correct the name, or write the role.";
    InvalidId Error "invalid-id" "An id holds something that ids cannot." "Write it as the message shows.";
    InvalidKlass Error "invalid-klass" "The name of a klass holds something that klasses cannot." "Letters, digits, `_` and `-`; in quotes with its resource: \"kobjects.order\".";
    DuplicateKlass Error "duplicate-klass" "A klass has two lines that differ in large and small letters only." "Keep one of them.";
    DuplicateAgent Error "duplicate-agent" "Two files speak of one agent." "Merge them, or give one another id.";
    DuplicateRole Error "duplicate-role" "Two files define one role." "Merge them, or give one another id.";
    // Values of a policy.
    InvalidText Error "invalid-text" "A name, owner or purpose is empty, too long, or holds what cannot be seen." "Write one line of text.";
    InvalidCertificate Error "invalid-certificate" "A client certificate is not named in a way that tells it from others." "Name it by dns:, uri: or sha256:.";
    InvalidLimit Error "invalid-limit" "A limit is no number of requests above zero, or has no unit of time." "Write it like \"120/min\".";
    InvalidRecord Error "invalid-record" "An id in `[only]` is none by which Kustomer knows a record." "Write its 24 hexadecimal digits, or the name of a klass.";
    InvalidWindow Error "invalid-window" "A window of time ends before it begins, or a bound of it is no date." "Write dates such as 2027-06-30, the first before the last.";
    InvalidMode Error "invalid-mode" "A mode is none of enforce, observe and suspended." "Write one of the three.";
    ObserveNotAllowed Error "observe-not-allowed" "A policy observes only, and the settings do not allow it." "Enforce the policy, or set `policies.allow_observe = true`.";
    OffWithCondition Error "off-with-condition" "A line takes something away only sometimes: when that lapses, a wider line would give it." "Turn it around: grant under the condition that is to hold.";
    InvalidCondition Error "invalid-condition" "A condition cannot be checked." "Mend what the message names.";
    // The operator's own catalogue files.
    TakenId Error "taken-id" "Something of that id is in the catalogue already." "Choose another id.";
    InvalidPath Error "invalid-path" "The path of an operation is none." "Write it like /v1/orders/{id}.";
    OverlappingPath Error "overlapping-path" "A request could match two operations." "Give the parameter another kind, or choose another path.";
    InvalidPhrase Error "invalid-phrase" "The phrase of an operation makes no sentence." "Begin it with a bare verb, and name parameters of the path in braces.";
    // The settings.
    InvalidSetting Error "invalid-setting" "A setting has a value that cannot be used." "config/kustodian.toml explains every key.";
    InvalidVariable Error "invalid-variable" "An environment variable sets no key, or a wrong value." "Correct its name or value.";
    CannotStart Error "cannot-start" "The gateway would not start with these settings." "Mend what the message names.";
    UnreadableFile Error "unreadable-file" "A file or folder cannot be read." "Create it, or let the gateway's user read it.";
    // What is legal but odd.
    AgentExpired Warning "agent-expired" "An agent's term is over: it may do nothing." "Set a later `expires`, or delete the file.";
    AgentNotBegun Warning "agent-not-begun" "An agent's term has not begun: it may do nothing yet." "Set an earlier `not_before`, or wait.";
    AgentSuspended Warning "agent-suspended" "An agent is suspended: it may do nothing." "Set mode = \"enforce\" when it may go on.";
    AgentObserved Warning "agent-observed" "An agent is observed only: what its policy refuses is forwarded all the same." "Set mode = \"enforce\" when its policy is right.";
    AgentGrantsNothing Warning "agent-grants-nothing" "No line of an agent's policy gives it anything." "Grant something, or delete the file.";
    GrantExpired Warning "grant-expired" "A line's window of time is over: it gives nothing." "Set a later `expires`, or delete the line.";
    GrantNotBegun Warning "grant-not-begun" "A line's window of time has not begun: it gives nothing yet." "Set an earlier `not_before`, or wait.";
    MootGrant Warning "moot-grant" "Nothing that a line gives is left, because narrower lines speak of all of it." "Delete the line, or the narrower ones.";
    GrantTooLow Warning "grant-too-low" "Every operation that a line speaks of needs a higher level: it gives nothing." "Raise the level, or write off if nothing is meant.";
    RepeatedGrant Warning "repeated-grant" "A line says what a wider line of the same file gives already." "Delete the narrower line, or keep it as a note with a comment that allows it.";
    WideningAction Warning "widening-action" "An action gives more than the line of its resource." "If that is meant, a comment may allow it; else lower the level.";
    FullCanDeleteOrSend Warning "full-can-delete-or-send" "`full` on a resource includes operations that delete, merge or reach people." "Grant write, and what is missing by its action or operation; or a comment may allow it.";
    ConditionOnBody Warning "condition-on-body" "A condition that asks for the body stands on a line that also gives what has none: that is always refused." "Put it on an operation or an action, or begin it with `request.method == \"GET\" ? true : ...`.";
    MootByOnly Warning "moot-by-only" "`[only]` leaves nothing of what a line gives: no request of it can name records that are allowed." "Delete one of the two lines, or grant operations that name those records.";
    NeedsOwnLine Warning "needs-own-line" "An action includes operations that only a line of their own grants." "Add a line in `[operations]`, if the agent should have them.";
    UnusedRole Warning "unused-role" "No policy takes a role." "Name it in `roles` of a policy, or delete the file.";
    NoToken Warning "no-token" "An agent with a policy has no token that is valid." "`kustodian token issue` makes one.";
    TokenWithoutPolicy Warning "token-without-policy" "A valid token is of an agent without a policy: it is refused everything." "Write a policy, or revoke the token.";
    TokenExpiresSoon Warning "token-expires-soon" "A token ends within `tokens.warn_days`, and no other has taken its place." "Rotate it.";
    TrustingIssuer Warning "trusting-issuer" "An issuer alone decides who is which agent." "Map what it says to agents with `agents`, or narrow it with `required_claims`.";
    IssuerWithoutPolicy Warning "issuer-without-policy" "An issuer has tokens for an agent without a policy: they are refused." "Write a policy, or correct `agents` of the issuer.";
    NoCertificate Warning "no-certificate" "An agent is bound to a certificate, and agents can show none." "Set `listen.tls.client_ca`.";
    LimitsAbovePlan Warning "limits-above-plan" "All agents together may ask more than Kustomer takes from the organisation." "Lower their limits, or correct `kustomer.plan`.";
    UselessAllow Warning "useless-allow" "A comment allows a warning that is not there, or names no warning." "Delete the comment.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// As text.
impl serde::Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_is_one_of_its_own_in_small_letters() {
        let codes: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(codes.len(), Code::ALL.len());
        let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        assert!(codes.iter().all(|code| code.bytes().all(legal)), "{codes:?}");
    }

    #[test]
    fn a_help_is_a_fragment() {
        assert_eq!(Code::UnusedRole.help(), "name it in `roles` of a policy, or delete the file");
        assert_eq!(Code::NoToken.help(), "`kustodian token issue` makes one");
        for code in Code::ALL {
            let help = code.help();
            assert!(!help.ends_with('.') && !help.starts_with(char::is_uppercase), "{help}");
        }
    }

    #[test]
    fn every_code_says_what_is_wrong_and_how_to_mend_it_in_a_sentence() {
        for code in Code::ALL {
            for text in [code.about(), code.fix()] {
                assert!(text.ends_with('.') && text.len() > 5, "{code}: {text}");
            }
        }
    }
}
