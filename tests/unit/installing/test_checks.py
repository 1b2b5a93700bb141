"""How checks are looked at, and what their lines say."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from sim_operator.installing.checks import Report, Verdict, settle, settled
from sim_operator.installing.patience import Patience, Progress


@dataclass
class Scripted:
    """A check whose looks find one thing after the other, and the last one for ever."""

    verdicts: Sequence[Verdict]
    advice: str = ""
    looks: int = field(default=0)
    name: str = "service grafana"

    async def look(self) -> Verdict:
        self.looks += 1
        return self.verdicts[min(self.looks, len(self.verdicts)) - 1]

    async def explain(self) -> str:
        return self.advice


class Silent(Scripted):
    async def look(self) -> Verdict:
        await asyncio.sleep(3600)
        raise AssertionError


YES = Verdict(True, "it answers")
NO = Verdict(False, "it does not answer", "Wait.")
NEVER = Verdict(False, "it is forbidden", "Ask.", final=True)


async def test_a_check_is_looked_at_until_it_holds() -> None:
    lines: list[str] = []
    report = Report(lines.append)
    check = Scripted([NO, YES])
    assert (await settle(check, Patience(30), report)).holds
    assert check.looks == 2
    [line] = lines
    assert line.startswith("✓ ")
    assert line.endswith(" s  service grafana: it answers")
    assert report.summary(1.04) == "1 check passed in 1.0 s."


async def test_what_never_holds_is_told_with_what_to_do_when_time_is_up() -> None:
    lines: list[str] = []
    report = Report(lines.append)
    assert not (await settle(Scripted([NO]), Patience(0.2), report)).holds
    assert lines[0].endswith("service grafana: it does not answer")
    assert lines[1].strip() == "Next: Wait."
    await settle(Scripted([NO], advice="Look there."), Patience(0.2), report)
    assert lines[3].strip() == "Next: Look there."
    await settle(Scripted([YES]), Patience(0.2), report)
    assert report.summary(7) == "2 of 3 checks failed after 7.0 s."


async def test_what_waiting_cannot_change_is_not_waited_for() -> None:
    check = Scripted([NEVER])
    assert await settled(check, Patience(3600)) == NEVER
    assert check.looks == 1


async def test_a_look_that_does_not_end_is_cut_off() -> None:
    verdict = await settled(Silent([]), Patience(0.2))
    assert verdict == Verdict(False, "there was no answer in time")


def test_a_check_that_cannot_be_made_counts_as_none() -> None:
    lines: list[str] = []
    report = Report(lines.append)
    report.left_out("metric sim_ready", "the SIM is not Ready")
    assert lines == ["–           metric sim_ready: the SIM is not Ready"]
    assert (report.checked, report.failed) == (0, 0)


def test_progress_is_said_when_it_changes_and_every_ten_seconds() -> None:
    now = 100.0
    said: list[str] = []
    progress = Progress(Patience(60, lambda: now), said.append)
    for second, why in ((0, "a"), (1, "a"), (2, "b"), (3, "b"), (11.9, "b"), (12, "b"), (13, "b")):
        now = 100.0 + second
        progress.waits(why)
    assert said == [
        "Waiting (0 s of 60 s): a.",
        "Waiting (2 s of 60 s): b.",
        "Waiting (12 s of 60 s): b.",
    ]


async def test_patience_ends_and_never_goes_below_nothing() -> None:
    now = 0.0
    patience = Patience(10, lambda: now)
    assert (patience.share(30), patience.share(3)) == (10, 3)
    now = 12.0
    assert (patience.left, patience.share(30)) == (0, 0.1)
    assert not await patience.pause()
