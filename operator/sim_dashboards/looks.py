"""Colours, thresholds and mappings that mean the same on each page."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models import dashboard as model

GOOD, ODD, BAD, CALM, PLAIN = "green", "orange", "red", "blue", "text"
COLOURS: Mapping[str, str] = {
    "Enabled": GOOD,
    "Disabled": "purple",
    "Ready": GOOD,
    "Not ready": BAD,
    "Unknown": "gray",
    "Online": GOOD,
    "Attached": CALM,
    "Offline": "light-orange",
    "Blocked": BAD,
}
"""Series that look the same wherever they are drawn."""


class Step(NamedTuple):
    """From this value on the colour is this one."""

    value: float
    colour: str


NO_TROUBLE: tuple[Step, ...] = (Step(1, ODD),)
"""Green at 0: a count of things that want attention."""
NEARLY_USED: tuple[Step, ...] = (Step(0.8, ODD), Step(0.95, BAD))
"""Shares of a limit, at the percentages at which a policy warns by default."""
LITTLE_LEFT: tuple[Step, ...] = (Step(0.05, ODD), Step(0.2, GOOD))
"""Shares that are left, at the levels of 1NCE; red below."""


def thresholds(steps: Sequence[Step], base: str = GOOD) -> build.ThresholdsConfig:
    """Steps over a colour that holds below the first."""
    first = model.Threshold(value=None, color=base)
    rest = [model.Threshold(value=step.value, color=step.colour) for step in steps]
    return build.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps([first, *rest])


def words(zero: tuple[str, str], one: tuple[str, str]) -> list[model.ValueMapping]:
    """What stands for 0 and 1, and its colour."""
    options = {
        str(value): model.ValueMappingResult(text=text, color=colour, index=value)
        for value, (text, colour) in enumerate((zero, one))
    }
    return [model.ValueMap(options=options)]


def fixed(colour: str) -> model.DynamicConfigValue:
    """The property of an override that gives a series its colour."""
    return model.DynamicConfigValue("color", {"mode": "fixed", "fixedColor": colour})


def coloured(colours: Mapping[str, str]) -> list[model.ValueMapping]:
    """Texts that stay as they are, each in its colour."""
    options = {
        text: model.ValueMappingResult(text=text, color=colour, index=place)
        for place, (text, colour) in enumerate(colours.items())
    }
    return [model.ValueMap(options=options)]


STATUS = coloured({"True": GOOD, "False": BAD, "Unknown": "gray"})
ENABLED = words(("Disabled", "purple"), ("Enabled", GOOD))
ONLINE = words(("No session", "gray"), ("Online", GOOD))
READY = words(("Not ready", BAD), ("Ready", GOOD))
