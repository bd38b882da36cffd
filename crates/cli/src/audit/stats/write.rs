//! The report for people: tables with bars.

use std::io::{self, Write};

use super::report::{Count, Report};
use crate::output::{BAD, Cell, FAINT, GOOD, STRONG, Table, painted};

/// The longest bar, in letters.
const WIDTH: usize = 30;
/// The shortest that the longest bar may be: a letter for what was permitted, and one for the refused.
const NARROWEST: usize = 2;
/// What stands beside a name, a number and a bar: the indent, and two gaps.
const BESIDE: usize = 6;
/// The most agents or operations; the others are one row together.
const NAMES: usize = 20;
/// The most hours or days; only the newest are shown.
const TIMES: usize = 62;

/// Writes the whole report, in lines no longer than the width, if there is one.
pub(super) fn write(report: &Report, width: Option<usize>, out: &mut dyn Write) -> io::Result<()> {
    if report.all.requests() == 0 {
        return writeln!(out, "there is no such record");
    }
    let Count { permitted, refused } = report.all;
    let requests = report.all.requests();
    let plural = if requests == 1 { "" } else { "s" };
    writeln!(out, "{requests} request{plural}: {permitted} permitted, {refused} refused")?;
    let decisions = report.decisions.iter().map(|(decision, count)| (decision.to_string(), *count));
    table("By decision", &decisions.collect::<Vec<_>>(), width, out)?;
    table("By agent", &names(&report.agents, "not known"), width, out)?;
    table("By operation", &names(&report.operations, "no operation"), width, out)?;
    times(report, width, out)
}

/// The first few, and the rest as one.
fn names(counts: &[(Option<String>, Count)], none: &str) -> Vec<(String, Count)> {
    let (first, rest) = counts.split_at(counts.len().min(NAMES));
    let mut rows: Vec<_> = first
        .iter()
        .map(|(name, count)| (name.clone().unwrap_or_else(|| format!("({none})")), *count))
        .collect();
    if !rest.is_empty() {
        let sum = rest.iter().fold(Count::default(), |sum, (_, count)| Count {
            permitted: sum.permitted.saturating_add(count.permitted),
            refused: sum.refused.saturating_add(count.refused),
        });
        rows.push((format!("({} others)", rest.len()), sum));
    }
    rows
}

/// Every hour or day between the first and the last, those without a request too.
fn times(report: &Report, width: Option<usize>, out: &mut dyn Write) -> io::Result<()> {
    let mut times = report.times.clone();
    let (first, last) = (times.keys().next().copied(), times.keys().next_back().copied());
    let mut next = first;
    while let Some(start) = next.filter(|start| Some(*start) <= last) {
        times.entry(start).or_default();
        next = report.step.next(start, &report.zone);
    }
    let earlier = times.len().saturating_sub(TIMES);
    let rows: Vec<_> = times
        .into_iter()
        .skip(earlier)
        .map(|(start, count)| (report.step.label(start, &report.zone), count))
        .collect();
    table(&format!("By {}", report.step.word()), &rows, width, out)?;
    if earlier > 0 {
        let words = format!("  ({earlier} earlier days are left out; --json has them all)");
        writeln!(out, "{}", painted(FAINT, words))?;
    }
    Ok(())
}

fn table(
    heading: &str,
    rows: &[(String, Count)],
    width: Option<usize>,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "\n{}", painted(STRONG, heading))?;
    let most = rows.iter().map(|(_, count)| count.requests()).max().unwrap_or(0);
    let digits = most.to_string().len();
    let names = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let room = width.map_or(WIDTH, |width| width.saturating_sub(names + digits + BESIDE));
    let longest = room.clamp(NARROWEST, WIDTH);
    let mut table = Table::new().indented();
    for (name, count) in rows {
        let number = format!("{:>digits$}", count.requests());
        // What an agent sent never stands here; ids of agents and operations are plain words.
        table.push([name.as_str().into(), number.into(), Cell::from(bar(*count, most, longest))]);
    }
    table.write(out)
}

/// A bar as long as its share of the most: the permitted full, the refused shaded. What is there at all
/// has at least one letter.
fn bar(count: Count, most: u64, longest: usize) -> String {
    let letters = |part: u64| -> usize {
        let exact = u128::from(part).saturating_mul(longest as u128);
        usize::try_from(exact.div_ceil(u128::from(most.max(1)))).unwrap_or(0)
    };
    let some_of_each = usize::from(count.permitted > 0) + usize::from(count.refused > 0);
    let all = letters(count.requests()).max(some_of_each);
    let refused = letters(count.refused).min(all - usize::from(count.permitted > 0));
    let permitted = all - refused;
    let mut bar = String::new();
    for (style, letter, length) in [(GOOD, "█", permitted), (BAD, "▒", refused)] {
        if length > 0 {
            bar.push_str(&painted(style, letter.repeat(length)));
        }
    }
    bar
}

#[cfg(test)]
mod tests {
    use audit::{Decided, Quarter, Summary, Tally};
    use jiff::tz::TimeZone;

    use super::*;
    use crate::testing;

    fn tally(agent: Option<&str>, decision: Decided, requests: u64) -> Tally {
        let operation = agent.map(|_| "customers.get".to_owned());
        Tally { agent: agent.map(str::to_owned), operation, decision, requests }
    }

    fn quarter(start: &str, decision: Decided, requests: u64) -> Quarter {
        Quarter { start: start.parse().unwrap(), decision, requests }
    }

    fn written(summary: &Summary) -> String {
        let mut out = Vec::new();
        write(&Report::of(summary, TimeZone::UTC), None, &mut out).unwrap();
        testing::plain(&out)
    }

    #[test]
    fn bars_keep_to_the_width_of_the_terminal_and_show_both_parts() {
        let agent = Some("an-agent-with-a-name");
        let tallies = vec![
            tally(agent, Decided::Permitted, 1),
            tally(agent, Decided::Denied, 1_000),
            tally(None, Decided::Unauthenticated, 1),
        ];
        let quarters = vec![
            quarter("2026-11-20T10:15:00Z", Decided::Permitted, 1),
            quarter("2026-11-20T10:15:00Z", Decided::Denied, 1_001),
        ];
        let report = Report::of(&Summary { tallies, quarters }, TimeZone::UTC);
        for width in [34, 40, 50, 60, 200] {
            let mut out = Vec::new();
            write(&report, Some(width), &mut out).unwrap();
            let text = testing::plain(&out);
            let bars = |line: &&str| line.contains('▒');
            for line in text.lines().filter(bars) {
                assert!(line.chars().count() <= width, "{width}: {line}");
            }
            assert!(text.contains("  █▒") && text.contains("▒\n"), "{width}: {text}");
        }
    }

    #[test]
    fn the_report_has_a_bar_for_each_count() {
        let summary = Summary {
            tallies: vec![
                tally(None, Decided::Unauthenticated, 3),
                tally(Some("support-agent"), Decided::Permitted, 90),
                tally(Some("support-agent"), Decided::Denied, 30),
                tally(Some("triage-bot"), Decided::Permitted, 60),
            ],
            quarters: vec![
                quarter("2026-11-20T10:15:00Z", Decided::Permitted, 100),
                quarter("2026-11-20T10:45:00Z", Decided::Denied, 30),
                quarter("2026-11-20T12:00:00Z", Decided::Permitted, 50),
                quarter("2026-11-20T12:00:00Z", Decided::Unauthenticated, 3),
            ],
        };
        insta::assert_snapshot!(written(&summary), @"
        183 requests: 150 permitted, 33 refused

        By decision
          permitted        150  ██████████████████████████████
          denied            30  ▒▒▒▒▒▒
          unauthenticated    3  ▒

        By agent
          support-agent  120  ██████████████████████▒▒▒▒▒▒▒▒
          triage-bot      60  ███████████████
          (not known)      3  ▒

        By operation
          customers.get   180  █████████████████████████▒▒▒▒▒
          (no operation)    3  ▒

        By hour
          2026-11-20 10:00  130  ███████████████████████▒▒▒▒▒▒▒
          2026-11-20 11:00    0
          2026-11-20 12:00   53  ████████████▒
        ");
    }

    #[test]
    fn a_long_time_is_shown_by_its_newest_days_and_many_names_by_their_first() {
        let tallies =
            (0..25).map(|number| tally(Some(&format!("bot-{number:02}")), Decided::Permitted, 1));
        let quarters = vec![
            quarter("2026-01-01T10:15:00Z", Decided::Permitted, 24),
            quarter("2026-11-20T10:15:00Z", Decided::Permitted, 1),
        ];
        let text = written(&Summary { tallies: tallies.collect(), quarters });
        assert!(text.contains("By day\n  2026-09-20"), "{text}");
        assert!(text.contains("(262 earlier days are left out"), "{text}");
        assert!(text.contains("(5 others)"), "{text}");
    }
}
