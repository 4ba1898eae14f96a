"""How far a long step is: a moving line on a terminal's standard error, rare lines elsewhere, nothing in any file."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TextIO, TypeVar

_FIRST = 30.0  # seconds before which a step off a terminal says nothing
_TENTHS = 10
Part = TypeVar("Part")


class Progress:
    """What long work tells whoever waits for it; this one is for when nobody does."""

    def step(self, what: str, total: int | None = None) -> None:
        """Begin a step: what is done, and of how many parts where that is known."""

    def advance(self, count: int = 1) -> None:
        """So many more parts of the step are done."""

    def each(self, what: str, parts: Sequence[Part]) -> Iterator[Part]:
        """Yield the parts of a step, each of which is done when the next is asked for."""
        self.step(what, len(parts))
        for part in parts:
            yield part
            self.advance()

    def note(self, text: str) -> None:
        """Say in words where the step is."""

    def say(self, text: str) -> None:
        """Print a line that stays."""

    def pause(self) -> None:
        """Take the moving line away, for what is printed now."""


class Terminal(Progress):
    """A line on a terminal that is overwritten, and gone at the end."""

    def __init__(self, out: Callable[[str], None]) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, SpinnerColumn, TextColumn
        from rich.progress import Progress as Bars
        from rich.table import Column

        one_line = Column(no_wrap=True, overflow="ellipsis")
        # Not redirected: what is printed to standard output must go there, also where that is a file.
        self._bars = Bars(
            SpinnerColumn(), TextColumn("{task.description}", markup=False, table_column=one_line), BarColumn(16),
            _left_column(),
            console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False,
            speed_estimate_period=600,
        )  # fmt: skip
        self._out, self._what = out, ""
        self._task: Any = None

    def step(self, what: str, total: int | None = None) -> None:
        """Begin a step in place of the one before."""
        if self._task is not None:
            self._bars.remove_task(self._task)
        self._what, self._task = what, self._bars.add_task(what, total=total)
        self._bars.start()

    def advance(self, count: int = 1) -> None:
        """Move the bar."""
        self._bars.advance(self._task, count)

    def note(self, text: str) -> None:
        """Put words behind the step's name."""
        if self._task is not None:
            self._bars.update(self._task, description=f"{self._what}: {text}")

    def say(self, text: str) -> None:
        """Print a line above the bar, which is taken away meanwhile."""
        self._bars.stop()
        self._out(text)
        self._bars.start()

    def pause(self) -> None:
        """Take the bar away until the next step."""
        self._bars.stop()

    @contextmanager
    def shown(self) -> Iterator[Terminal]:
        """Show the line while the block works."""
        with self._bars:
            yield self


class Lines(Progress):
    """At each tenth of a step that takes long, a line: for logs."""

    def __init__(
        self, out: Callable[[str], None], log: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._out, self._log, self._clock = out, log, clock
        self.step("")

    def step(self, what: str, total: int | None = None) -> None:
        """Begin a step, silently."""
        self._what, self._total, self._done, self._said, self._start = what, total, 0, 0, self._clock()

    def advance(self, count: int = 1) -> None:
        """Print a line where another tenth is done."""
        self._done += count
        tenth, spent = _TENTHS * self._done // self._total if self._total else 0, self._clock() - self._start
        if self._total and self._said < tenth < _TENTHS and spent >= _FIRST:
            self._said = tenth
            left = duration(spent * (self._total - self._done) / self._done)
            line = f"{self._what}: {self._done:,} of {self._total:,} ({tenth * 100 // _TENTHS}%), about {left} left"
            (self._log or sys.stderr).write(line + "\n")

    def say(self, text: str) -> None:
        """Print a line."""
        self._out(text)


@contextmanager
def progress(out: Callable[[str], None] | None = None) -> Iterator[Progress]:
    """Yield what tells of long work: on a terminal a moving line, elsewhere a line for each tenth of what takes long.

    `out` prints the lines that stay; default: to standard error. Bars of libraries are not shown meanwhile.
    """
    said = out or (lambda text: print(text, file=sys.stderr))  # noqa: T201  (what a command says)
    with _no_bars():
        if not sys.stderr.isatty():
            yield Lines(said)
            return
        with Terminal(said).shown() as shown:
            yield shown


@contextmanager
def _no_bars() -> Iterator[None]:
    """Have tqdm show nothing, also where a library insists: two lines that move overwrite each other."""
    from tqdm import tqdm

    whole = tqdm.__init__

    def silent(bar: Any, *arguments: Any, **settings: Any) -> None:
        whole(bar, *arguments, **settings | {"disable": True})

    tqdm.__init__ = silent
    try:
        yield
    finally:
        tqdm.__init__ = whole


def duration(seconds: float) -> str:
    """Return a time in words: "40 seconds", "12 minutes", "3 hours 20 minutes"."""
    if seconds < 90:
        return f"{max(1, round(seconds))} second{'s' * (round(seconds) > 1)}"
    hours, minutes = divmod(round(seconds / 60), 60)
    if not hours:
        return f"{minutes} minutes"
    return f"{hours} hour{'s' * (hours > 1)}" + (f" {minutes} minute{'s' * (minutes > 1)}" if minutes else "")


def _left_column() -> Any:
    """Return rich's column of how many parts are done and how long the others take; where unknown, the time so far."""
    from rich.progress import ProgressColumn
    from rich.progress import Task as Step
    from rich.table import Column
    from rich.text import Text

    class Left(ProgressColumn):
        def get_table_column(self) -> Column:
            return Column(no_wrap=True)

        def render(self, task: Step) -> Text:
            if not task.total:
                return Text(duration(task.elapsed or 0), style="dim")
            count = f"{int(task.completed):,} of {int(task.total):,}"
            left = task.time_remaining
            return Text(count if left is None else f"{count}, {duration(left)} left", style="dim")

    return Left()
