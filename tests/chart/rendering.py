"""Renders the chart with real Helm, and gives what comes out as parsed YAML."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from tests.cluster.binaries import ensure_built
from tests.cluster.tools import HELM

ROOT: Final = Path(__file__).resolve().parents[2]
CHART: Final = ROOT / "charts" / "sim-operator"
NAMESPACE: Final = "sims"
RELEASE: Final = "sim-operator"
KUBERNETES: Final = "1.34.0"
"""Said to Helm, whose own default is older than what the chart asks for."""
_TIMEOUT_SECONDS: Final = 60.0
_IN_YAML: Final = (
    'notes: |\n  {{- include (print $.Template.BasePath "/NOTES.txt") . | nindent 2 }}\n'
)

Manifest = dict[str, Any]


class RefusedError(Exception):
    """Helm refused; the text is what it said."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The objects of one rendering, hooks among them, in Helm's order."""

    manifests: Sequence[Manifest]

    def __iter__(self) -> Iterator[Manifest]:
        return iter(self.manifests)

    def of(self, kind: str) -> list[Manifest]:
        """All of a kind."""
        return [one for one in self.manifests if one["kind"] == kind]

    def names(self, kind: str) -> list[str]:
        """The names of all of a kind."""
        return [one["metadata"]["name"] for one in self.of(kind)]

    def one(self, kind: str, name: str, namespace: str | None = None) -> Manifest:
        """The one of that kind and name."""
        (found,) = (
            one
            for one in self.of(kind)
            if one["metadata"]["name"] == name
            and namespace in (None, one["metadata"].get("namespace"))
        )
        return found

    def pods(self) -> list[Manifest]:
        """What each workload makes pods of, as pods of its name."""
        found = self.of("Pod")
        for one in self.of("Deployment") + self.of("Job") + self.of("CronJob"):
            spec = one["spec"]["jobTemplate"]["spec"] if one["kind"] == "CronJob" else one["spec"]
            template = spec["template"]
            named = {key: one["metadata"][key] for key in ("name", "namespace")}
            metadata = {**template.get("metadata", {}), **named}
            pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata}
            found.append({**pod, "spec": template["spec"]})
        return found

    def operator(self) -> Manifest:
        """The operator's Deployment."""
        return self.one("Deployment", RELEASE)

    def environment(self) -> dict[str, Any]:
        """The operator's environment: name to value, or to where it comes from."""
        (container,) = self.operator()["spec"]["template"]["spec"]["containers"]
        return {one["name"]: one.get("value", one.get("valueFrom")) for one in container["env"]}


@cache
def helm_program() -> Path:
    """Helm's binary, built where it is not there yet."""
    return ensure_built(HELM, os.environ)


def helm(*args: str, stdin: str = "") -> str:
    """What Helm printed.

    Raises:
        RefusedError: it ended with an error.
    """
    done = subprocess.run(
        [str(helm_program()), *args],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise RefusedError(done.stderr.strip())
    return done.stdout


def render(
    values: Mapping[str, Any] | None = None,
    *flags: str,
    files: Sequence[str] = (),
    release: str = RELEASE,
    namespace: str = NAMESPACE,
    kubernetes: str = KUBERNETES,
) -> Rendered:
    """The chart's objects. `files`: of the chart's own values files, below `values`.

    Raises:
        RefusedError: a value is wrong.
    """
    given = yaml.safe_dump(dict(values or {}))
    where = (release, str(CHART), f"--namespace={namespace}", f"--kube-version={kubernetes}")
    text = _rendered(CHART, where, tuple(files), flags, given)
    return Rendered(json.loads(_parsed(text)))


def notes(folder: Path, values: Mapping[str, Any] | None = None, files: Sequence[str] = ()) -> str:
    """What a person reads after the install; `folder`: where a copy of the chart may lie.

    Helm prints it for a cluster only, so that a copy of the chart carries it in a manifest.
    """
    chart = folder / "chart"
    if not chart.exists():
        shutil.copytree(CHART, chart)
        (chart / "templates" / "notes.yaml").write_text(_IN_YAML, encoding="utf-8")
    where = (RELEASE, str(chart), f"--namespace={NAMESPACE}", f"--kube-version={KUBERNETES}")
    given = yaml.safe_dump(dict(values or {}))
    text = _rendered(chart, where, tuple(files), ("--show-only=templates/notes.yaml",), given)
    return str(yaml.safe_load(text)["notes"])


@cache
def _rendered(
    chart: Path, where: tuple[str, ...], files: tuple[str, ...], flags: tuple[str, ...], values: str
) -> str:
    chosen = [f"--values={chart / file}" for file in files]
    return helm("template", *where, *chosen, "--values=-", *flags, stdin=values)


@cache
def _parsed(text: str) -> str:
    """As JSON, from which each caller gets objects of its own quicker than by a copy."""
    documents = yaml.load_all(text, Loader=yaml.CSafeLoader)
    return json.dumps([one for one in documents if one is not None])
