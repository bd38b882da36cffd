//! Conditions, and when each of them is true by the words of docs/policies.md.

use core::net::IpAddr;

use super::asked::{Channel, Page, Question};
use super::drawn::Tick;

/// A condition of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    IsGet,
    Afternoon,
    Inside,
    FirstPage,
    GetOrFirstPage,
    Email,
    EmailIfSaid,
    SaidOrEmail,
    GetOrEmail,
}

/// How far the organisation's clock is before UTC, in hours.
pub(super) const AHEAD: i64 = 5;

impl When {
    pub(super) const ALL: [Self; 9] = [
        Self::IsGet,
        Self::Afternoon,
        Self::Inside,
        Self::FirstPage,
        Self::GetOrFirstPage,
        Self::Email,
        Self::EmailIfSaid,
        Self::SaidOrEmail,
        Self::GetOrEmail,
    ];

    pub(super) fn text(self) -> &'static str {
        match self {
            Self::IsGet => r#"request.method == "GET""#,
            Self::Afternoon => "time.hour >= 12",
            Self::Inside => r#"in_network(request.address, "10.0.0.0/8")"#,
            Self::FirstPage => r#"request.query.page == "1""#,
            Self::GetOrFirstPage => r#"request.method == "GET" || request.query.page == "1""#,
            Self::Email => r#"request.body.channel == "email""#,
            Self::EmailIfSaid => r#"!has(request.body.channel) || request.body.channel == "email""#,
            Self::SaidOrEmail => r#"has(request.body.channel) || request.body.channel == "email""#,
            Self::GetOrEmail => {
                r#"request.method == "GET" ? true : request.body.channel == "email""#
            }
        }
    }

    pub(super) fn is_about_the_body(self) -> bool {
        self.text().contains("request.body")
    }

    /// Whether it is true of a question at a time; none where it has no answer.
    pub(super) fn truth(self, question: &Question, at: Tick) -> Option<bool> {
        let is_get = question.method == "GET";
        match self {
            Self::IsGet => Some(is_get),
            Self::Afternoon => Some((at.div_euclid(2) + AHEAD).rem_euclid(24) >= 12),
            Self::Inside => question.address.map(is_inside),
            Self::FirstPage => is_first(question.page),
            // Every part is looked at, on both sides of `||`.
            Self::GetOrFirstPage => Some(is_get | is_first(question.page)?),
            Self::EmailIfSaid if question.channel == Channel::Missing => Some(true),
            Self::SaidOrEmail => is_email(question.channel).map(|_| true),
            // The side that is not chosen is left out.
            Self::GetOrEmail if is_get => Some(true),
            Self::Email | Self::EmailIfSaid | Self::GetOrEmail => is_email(question.channel),
        }
    }
}

fn is_inside(address: IpAddr) -> bool {
    matches!(address, IpAddr::V4(address) if address.octets()[0] == 10)
}

fn is_first(page: Page) -> Option<bool> {
    match page {
        Page::First => Some(true),
        Page::Second => Some(false),
        Page::Missing | Page::Twice => None,
    }
}

fn is_email(channel: Channel) -> Option<bool> {
    match channel {
        Channel::Email => Some(true),
        Channel::Chat => Some(false),
        Channel::Missing | Channel::Number | Channel::Alike => None,
    }
}
