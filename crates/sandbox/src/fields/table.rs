//! The fields of each kind, and which of them a new record needs.

use super::Shape;
use crate::record::Kind;

type Table = &'static [(&'static str, Shape)];

const CHANNELS: &[&str] = &[
    "email",
    "sms",
    "chat",
    "facebook",
    "twitter-dm",
    "twitter-tweet",
    "voice",
    "instagram",
    "whatsapp",
];

const CUSTOMER: Table = &[
    ("id", Shape::Unused),
    ("name", Shape::Text),
    ("company", Shape::Link(Kind::Company)),
    ("externalId", Shape::Text),
    ("externalIds", Shape::Addresses("externalId")),
    ("sharedExternalIds", Shape::Addresses("externalId")),
    ("username", Shape::Text),
    ("signedUpAt", Shape::Time),
    ("lastActivityAt", Shape::Time),
    ("lastCustomerActivityAt", Shape::Time),
    ("lastSeenAt", Shape::Time),
    ("avatarUrl", Shape::Text),
    ("emails", Shape::Addresses("email")),
    ("sharedEmails", Shape::Addresses("email")),
    ("phones", Shape::Addresses("phone")),
    ("sharedPhones", Shape::Addresses("phone")),
    ("whatsapps", Shape::Addresses("phone")),
    ("facebookIds", Shape::List),
    ("instagramIds", Shape::List),
    ("socials", Shape::Addresses("username")),
    ("sharedSocials", Shape::Addresses("username")),
    ("urls", Shape::Addresses("url")),
    ("locations", Shape::List),
    ("locale", Shape::Text),
    ("timeZone", Shape::Text),
    ("tags", Shape::List),
    ("sentiment", Shape::Object),
    ("custom", Shape::Custom),
    ("birthdayAt", Shape::Time),
    ("gender", Shape::OneOf(&["m", "f"])),
    ("createdAt", Shape::SetByAdmin),
    ("importedAt", Shape::Time),
    ("rev", Shape::Number),
    ("defaultLang", Shape::Text),
];

const COMPANY: Table = &[
    ("id", Shape::Unused),
    ("name", Shape::Text),
    ("externalId", Shape::Text),
    ("domains", Shape::List),
    ("emails", Shape::Addresses("email")),
    ("phones", Shape::Addresses("phone")),
    ("tags", Shape::List),
    ("custom", Shape::Custom),
    ("deleted", Shape::Flag),
    ("createdAt", Shape::SetByAdmin),
    ("importedAt", Shape::Time),
    ("rev", Shape::Number),
];

const CONVERSATION: Table = &[
    ("id", Shape::Unused),
    ("customer", Shape::Link(Kind::Customer)),
    ("externalId", Shape::Text),
    ("campaign", Shape::Text),
    ("name", Shape::Text),
    ("status", Shape::OneOf(&["open", "snoozed", "done"])),
    ("priority", Shape::Number),
    ("direction", Shape::OneOf(&["in", "out"])),
    ("replyChannel", Shape::Text),
    ("tags", Shape::List),
    ("assignedUsers", Shape::List),
    ("assignedTeams", Shape::List),
    ("custom", Shape::Custom),
    ("defaultLang", Shape::Text),
    ("queue", Shape::Object),
    ("snooze", Shape::Object),
    ("satisfaction", Shape::Number),
    ("locked", Shape::Flag),
    ("ended", Shape::Flag),
    ("deleted", Shape::Flag),
    ("createdAt", Shape::SetByAdmin),
    ("importedAt", Shape::Time),
    ("rev", Shape::Number),
];

const MESSAGE: Table = &[
    ("id", Shape::Unused),
    ("customer", Shape::Link(Kind::Customer)),
    ("conversation", Shape::Link(Kind::Conversation)),
    ("externalId", Shape::Text),
    ("reference", Shape::Object),
    ("channel", Shape::OneOf(CHANNELS)),
    ("app", Shape::Text),
    ("direction", Shape::OneOf(&["in", "out"])),
    ("preview", Shape::Text),
    ("subject", Shape::Text),
    ("size", Shape::Number),
    ("related", Shape::Text),
    ("status", Shape::OneOf(&["sent", "received", "error"])),
    ("error", Shape::Object),
    ("errorAt", Shape::Time),
    ("auto", Shape::Flag),
    ("spam", Shape::Flag),
    ("sentAt", Shape::Time),
    ("source", Shape::OneOf(&["bulk", "satisfaction"])),
    ("shortcuts", Shape::List),
    ("kbArticles", Shape::List),
    ("reactions", Shape::List),
    ("attachments", Shape::Any),
    ("location", Shape::Object),
    ("meta", Shape::Object),
    ("custom", Shape::Custom),
    ("sentiment", Shape::Object),
    ("createdAt", Shape::SetByAdmin),
    ("updatedAt", Shape::SetByAdmin),
    ("modifiedAt", Shape::SetByAdmin),
    ("createdBy", Shape::Unused),
    ("modifiedBy", Shape::Unused),
    ("importedAt", Shape::Time),
    ("lang", Shape::Text),
    ("queue", Shape::Object),
];

const NOTE: Table = &[
    ("id", Shape::Unused),
    ("customer", Shape::Link(Kind::Customer)),
    ("conversation", Shape::Link(Kind::Conversation)),
    ("externalId", Shape::Text),
    ("body", Shape::Text),
    ("userMentions", Shape::List),
    ("attachments", Shape::List),
    ("deleted", Shape::Flag),
    ("createdAt", Shape::SetByAdmin),
    ("updatedAt", Shape::SetByAdmin),
    ("modifiedAt", Shape::SetByAdmin),
    ("createdBy", Shape::Unused),
    ("modifiedBy", Shape::Unused),
    ("importedAt", Shape::Time),
    ("lang", Shape::Text),
];

const DRAFT: Table = &[
    ("customer", Shape::Link(Kind::Customer)),
    ("conversation", Shape::Link(Kind::Conversation)),
    ("channel", Shape::OneOf(&["email", "sms"])),
    ("app", Shape::Text),
    ("auto", Shape::Flag),
    ("scheduled", Shape::Flag),
    ("sendAt", Shape::Time),
    ("source", Shape::Text),
    ("lang", Shape::Text),
    ("shortcuts", Shape::List),
    ("kbArticles", Shape::List),
    ("to", Shape::Any),
    ("from", Shape::Any),
    ("cc", Shape::Addresses("email")),
    ("bcc", Shape::Addresses("email")),
    ("body", Shape::Text),
    ("htmlBody", Shape::Text),
    ("subject", Shape::Text),
    ("replyTo", Shape::Text),
    ("headers", Shape::List),
    ("templateType", Shape::Text),
    ("template", Shape::Text),
    ("payload", Shape::Object),
];

const KOBJECT: Table = &[
    ("id", Shape::Unused),
    ("customer", Shape::Link(Kind::Customer)),
    ("company", Shape::Link(Kind::Company)),
    ("externalId", Shape::Text),
    ("title", Shape::Text),
    ("description", Shape::Text),
    ("images", Shape::List),
    ("icon", Shape::Text),
    ("data", Shape::Object),
    ("custom", Shape::Custom),
    ("tags", Shape::List),
    ("createdAt", Shape::SetByAdmin),
    ("importedAt", Shape::Time),
    ("rev", Shape::Number),
];

const KLASS: Table = &[
    ("name", Shape::Text),
    ("displayName", Shape::Text),
    ("icon", Shape::Text),
    ("color", Shape::Text),
    ("status", Shape::Text),
    ("mixins", Shape::List),
];

const USER: Table = &[
    ("name", Shape::Text),
    ("displayName", Shape::Text),
    ("email", Shape::Text),
    ("userType", Shape::OneOf(&["user", "machine"])),
    ("roles", Shape::List),
    ("roleGroups", Shape::List),
    ("avatarUrl", Shape::Text),
];

const TEAM: Table = &[
    ("name", Shape::Text),
    ("displayName", Shape::Text),
    ("icon", Shape::Text),
    ("members", Shape::List),
    ("roleGroups", Shape::List),
    ("externalId", Shape::Text),
];

const TAG: Table = &[("name", Shape::Text), ("color", Shape::Text), ("description", Shape::Text)];

const SHORTCUT: Table = &[
    ("name", Shape::Text),
    ("text", Shape::Text),
    ("payload", Shape::Object),
    ("draft", Shape::Object),
    ("appDisabled", Shape::Flag),
    ("categories", Shape::List),
    ("private", Shape::Flag),
    ("deleted", Shape::Flag),
];

const WEB_HOOK: Table = &[
    ("name", Shape::Text),
    ("eventName", Shape::Text),
    ("description", Shape::Text),
    ("hash", Shape::Text),
];

const OUTBOUND_WEBHOOK: Table = &[
    ("name", Shape::Text),
    ("url", Shape::Text),
    ("events", Shape::List),
    ("headers", Shape::Addresses("name")),
];

/// The fields that a body may hold.
pub(super) fn table(kind: Kind) -> Table {
    match kind {
        Kind::Customer => CUSTOMER,
        Kind::Company => COMPANY,
        Kind::Conversation => CONVERSATION,
        Kind::Message => MESSAGE,
        Kind::Note => NOTE,
        Kind::Draft => DRAFT,
        Kind::Klass => KLASS,
        Kind::Kobject => KOBJECT,
        Kind::User => USER,
        Kind::Team => TEAM,
        Kind::Tag | Kind::KbTag => TAG,
        Kind::Shortcut => SHORTCUT,
        Kind::WebHook => WEB_HOOK,
        Kind::OutboundWebhook => OUTBOUND_WEBHOOK,
        Kind::BulkJob => &[],
    }
}

/// The fields without which nothing of this kind is created.
pub(crate) fn required(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Message => &["channel", "app"],
        Kind::Note => &["body"],
        Kind::Draft => &["channel"],
        Kind::Kobject => &["title"],
        Kind::OutboundWebhook => &["name", "url", "events"],
        Kind::Klass
        | Kind::User
        | Kind::Team
        | Kind::Tag
        | Kind::KbTag
        | Kind::Shortcut
        | Kind::WebHook => &["name"],
        Kind::Customer | Kind::Company | Kind::Conversation | Kind::BulkJob => &[],
    }
}
