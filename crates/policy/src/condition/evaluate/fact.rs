//! The values of facts.

use std::borrow::Cow;

use catalogue::Number;
use jiff::civil::{DateTime, Weekday};

use super::{Evaluation, Found};
use crate::condition::fact::{Fact, WEEKDAYS};
use crate::condition::unmet::Problem;
use crate::condition::value::Value;

impl<'v> Evaluation<'v> {
    pub(super) fn fact(&mut self, fact: Fact) -> Found<'v> {
        let case = self.case;
        let text = |text: &'v str| Ok(Value::Text(Cow::Borrowed(text)));
        let number = |number: i64| Ok(Value::Number(Number::of_whole(number)));
        match fact {
            Fact::AgentId => text(case.agent.id().as_str()),
            Fact::AgentName => text(case.agent.name()),
            Fact::AgentOwner => text(case.agent.owner()),
            Fact::Method => text(case.asked.operation().method().as_str()),
            Fact::Operation => text(case.asked.operation().id().as_str()),
            Fact::Resource => text(case.asked.resource().as_str()),
            Fact::Address => {
                let unknown = || Problem::Unfit("request.address is not known".to_owned());
                case.address.map(Value::Address).ok_or_else(|| vec![unknown()])
            }
            Fact::Hour => number(self.moment().hour().into()),
            Fact::Minute => number(self.moment().minute().into()),
            Fact::Day => number(self.moment().day().into()),
            Fact::Month => number(self.moment().month().into()),
            Fact::Year => number(self.moment().year().into()),
            Fact::Weekday => text(weekday(self.moment().weekday())),
            Fact::Date => Ok(Value::Text(Cow::Owned(self.moment().date().to_string()))),
            Fact::Clock => {
                let moment = self.moment();
                let clock = format!("{:02}:{:02}", moment.hour(), moment.minute());
                Ok(Value::Text(Cow::Owned(clock)))
            }
        }
    }

    /// The time of the request in the organisation's zone.
    fn moment(&mut self) -> DateTime {
        let case = self.case;
        *self.moment.get_or_insert_with(|| case.zone.to_datetime(case.now))
    }
}

fn weekday(day: Weekday) -> &'static str {
    let index = usize::try_from(day.to_monday_zero_offset()).unwrap_or(0);
    WEEKDAYS.get(index).copied().unwrap_or("monday")
}
