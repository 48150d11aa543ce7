"""Shows the demo in a terminal, or line by line where there is none."""

from collections import Counter
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.text import Text

from deploy.local.demo.journeys import Alert, Journey, Step
from deploy.local.wording import t
from schemas.office import Office
from schemas.sla import SlaBreached, SlaEscalated, SlaWarned
from schemas.words import Urgency

_URGENT = {Urgency.EMERGENCY: "bold red", Urgency.URGENT: "yellow", Urgency.NORMAL: ""}


class Screen:
    """One line a callback when its journey is over, one an alert; below them how many are how far."""

    def __init__(self, console: Console, office: Office, total: int) -> None:
        self._office = office
        self.progress = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console, transient=True
        )
        self._bars: dict[Step, TaskID] = {
            step: self.progress.add_task(t(f"demo.step.{step}"), total=total) for step in Step
        }
        self.alerts: Counter[type[Alert]] = Counter()
        self._receipts: dict[UUID, str] = {}

    def say(self, words: str, style: str = "") -> None:
        """Print a line above the bars."""
        self.progress.console.print(Text(words, style), soft_wrap=True)

    def told(self, what: Journey | Alert, step: Step | None) -> None:
        """Show a hop or an alert."""
        if isinstance(what, Journey):
            if step is not None:
                self.progress.advance(self._bars[step])
            self._receipts[what.callback] = what.receipt
            if what.is_over:
                self._journey(what)
            return
        self.alerts[type(what)] += 1
        self._alert(what)

    def _journey(self, journey: Journey) -> None:
        start = journey.seen[Step.RECEIVED]
        hops = " → ".join(
            t("demo.hop", step=t(f"demo.step.{step}"), ms=max(0, round((journey.seen[step] - start) * 1000)))
            for step in Step
        )
        line = Text.assemble(
            f"{journey.receipt}  ",
            f"{t(f'channel.{journey.channel}'):<16} {t.language_name(journey.language):<12} ",
            (f"{t(f'urgency.{journey.urgency}'):<10}", _URGENT[journey.urgency]),
            f"{t(f'team.{journey.team}')}, {self._who(journey.advisor)}",
            (f"\n    {hops}", "dim"),
        )
        self.progress.console.print(line, soft_wrap=True)

    def _alert(self, alert: Alert) -> None:
        stage = t(f"stage.{alert.data.stage}")
        number = self._receipts.get(alert.subject, "")
        match alert:
            case SlaWarned(data=data):
                self.say(
                    t("demo.warned", number=number, stage=stage, percent=data.percent, who=self._who(data.advisor)),
                    "yellow",
                )
            case SlaBreached(data=data):
                self.say(t("demo.breached", number=number, stage=stage, who=self._who(data.advisor)), "red")
            case SlaEscalated(data=data):
                self.say(t("demo.escalated", number=number, stage=stage, to=t(f"demo.to.{data.to}")), "bold red")

    def _who(self, advisor: str | None) -> str:
        known = self._office.advisor(advisor) if advisor else None
        return known.name if known else t("demo.whole_team")
