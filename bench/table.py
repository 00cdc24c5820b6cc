"""The figures of both sides, their ratios, and the table of results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, TypeVar

#: The number of alternating rounds. The result is the median of their ratios.
ROUNDS = 5

Figure = TypeVar("Figure")


@dataclass(frozen=True)
class Target:
    """The required ratio: a minimum for rates, a maximum for durations."""

    ratio: float
    at_least: bool

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.ratio:.2f}"

    def met(self, ratio: float) -> bool:
        """Whether a ratio meets the target."""
        return ratio >= self.ratio if self.at_least else ratio <= self.ratio


def at_least(ratio: float) -> Target:
    """A target for rates: more is better."""
    return Target(ratio, at_least=True)


def at_most(ratio: float) -> Target:
    """A target for durations and sizes: less is better."""
    return Target(ratio, at_least=False)


@dataclass(frozen=True)
class Result:
    """One row: the figures of both sides in ``unit``, round by round."""

    what: str
    unit: str
    product: Sequence[float]
    reference: Sequence[float]
    target: Target

    @property
    def ratios(self) -> list[float]:
        """The ratio of each round."""
        return [ours / theirs for ours, theirs in zip(self.product, self.reference, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios."""
        return median(self.ratios)

    @property
    def met(self) -> bool:
        """Whether the target is met."""
        return self.target.met(self.ratio)

    def plain(self) -> dict[str, Any]:
        """The row as a dictionary for JSON."""
        return {**asdict(self), "target": str(self.target), "ratios": self.ratios, "ratio": self.ratio, "met": self.met}


def alternate(sides: Mapping[str, Callable[[], Figure]], rounds: int = ROUNDS) -> dict[str, list[Figure]]:
    """Measure all sides in each round. Every other round runs backwards, so that drift affects all sides equally."""
    figures: dict[str, list[Figure]] = {name: [] for name in sides}
    for number in range(rounds):
        for name in list(sides)[:: -1 if number % 2 else 1]:
            figures[name].append(sides[name]())
    return figures


HEADINGS = ("what", "product", "reference", "ratio", "from - to", "target", "verdict")


def lines(results: Sequence[Result]) -> list[str]:
    """The table, line by line."""
    rows = [HEADINGS, *map(_cells, results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    shown = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [shown[0], "-" * len(shown[0]), *shown[1:]]


def _cells(result: Result) -> tuple[str, ...]:
    ratios = result.ratios
    return (
        result.what,
        _figure(median(result.product), result.unit),
        _figure(median(result.reference), result.unit),
        f"{result.ratio:.2f}",
        f"{min(ratios):.2f} - {max(ratios):.2f}",
        str(result.target),
        "met" if result.met else "MISSED",
    )


def _figure(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"
