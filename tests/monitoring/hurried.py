"""The rules with their times shortened, so that an alert fires within a test.

Only durations change: windows, offsets, `for`, intervals of groups, and ages that are compared
with. No other threshold, selector, label or text does; promtool's cases prove the real times.
"""

import re
from pathlib import Path

from tests.monitoring.rules import ALERTS, RECORDING

WINDOWS = {
    "5m": "5s",
    "10m": "8s",
    "15m": "8s",
    "30m": "20s",
    "1h": "40s",
    "6h": "10s",
    "12h": "8s",
    "1d": "20s",
    "3d": "12s",
}
"""A window of the rules -> seconds: long enough for several samples a second apart."""
FOR, KEEP = "2s", "3s"
AGES = {"> 3600": "> 6", "> 86400": "> 6", "> 900": "> 9", "> 12 * 3600": "> 12"}


def hurried(text: str) -> str:
    """A rule file in a hurry."""
    text = re.sub(r"\[(\w+):\w+\]", lambda found: f"[{WINDOWS[found[1]]}:1s]", text)
    text = re.sub(r"\[(\d+[mhd])\]", lambda found: f"[{WINDOWS[found[1]]}]", text)
    text = re.sub(r"offset (\w+)", lambda found: f"offset {WINDOWS[found[1]]}", text)
    text = re.sub(r"^( +for:) \w+$", rf"\1 {FOR}", text, flags=re.MULTILINE)
    text = re.sub(r"^( +keep_firing_for:) \w+$", rf"\1 {KEEP}", text, flags=re.MULTILINE)
    text = re.sub(r"^( +interval:) \w+$", r"\1 1s", text, flags=re.MULTILINE)
    for age, short in AGES.items():
        text = re.sub(rf"{re.escape(age)}$", short, text, flags=re.MULTILINE)
    return text


def hurried_files(folder: Path) -> list[Path]:
    """Both rule files in a hurry, written into `folder`."""
    files = []
    for file in (RECORDING, ALERTS):
        copy = folder / file.name
        copy.write_text(hurried(file.read_text(encoding="utf-8")), encoding="utf-8")
        files.append(copy)
    return files
