"""The licence of each package that the image holds, and whether it is one that we take."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageMetadata
from typing import Final

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PERMISSIVE: Final = frozenset(
    {"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "PSF-2.0"}
)
COPYLEFT: Final[Mapping[str, tuple[str, str]]] = {
    "certifi": ("MPL-2.0", "a list of certificates, shipped unchanged"),
    "orjson": ("MPL-2.0", "shipped unchanged"),
}
"""Packages with a licence that asks for the source of changed files: which, and why it is fine."""
IMAGE: Final = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
"""What the image is, as markers of requirements name it; one page for every Python."""

_BY_CLASSIFIER: Final = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
_BY_WORDS: Final = {"Apache 2.0": "Apache-2.0", "ISC License": "ISC", "MIT License": "MIT"}
_OPERATORS: Final = re.compile(r"\s+(AND|OR)\s+|([()])")


@dataclass(frozen=True, slots=True)
class Package:
    """One package of the image."""

    name: str
    version: str
    licence: str
    """An SPDX expression; empty where the metadata says nothing that is understood."""


def pinned(requirements: str) -> list[Requirement]:
    """The packages of a compiled requirements file that the image holds, in its order."""
    lines = re.findall(r"^([A-Za-z0-9][^\\\n]*)", requirements, re.MULTILINE)
    found = (Requirement(line.strip()) for line in lines)
    return [one for one in found if one.marker is None or one.marker.evaluate(IMAGE)]


def package(metadata: PackageMetadata) -> Package:
    """What the metadata of an installed package says."""
    name = canonicalize_name(metadata["Name"])
    return Package(name, metadata["Version"], licence_of(metadata))


def licence_of(metadata: PackageMetadata) -> str:
    """Its licence as an SPDX expression: the field made for it, the older one, its classifiers."""
    words = _first(metadata, "License").strip()
    classifiers = [
        one.rpartition(" :: ")[2]
        for one in metadata.get_all("Classifier") or ()
        if one.startswith("License :: OSI Approved :: ")
    ]
    by_classifiers = sorted({_BY_CLASSIFIER.get(one, "") for one in classifiers})
    # Of several classifiers nobody can tell whether all hold or any: all, to be sure.
    candidates = (
        _first(metadata, "License-Expression"),
        _BY_WORDS.get(words, words),
        " AND ".join(by_classifiers) if all(by_classifiers) else "",
    )
    return next((found for one in candidates if (found := _canonical(one))), "")


def complaints(packages: Iterable[Package]) -> list[str]:
    """What is not taken, in sentences; empty where all is well."""
    found = []
    known = set()
    for one in packages:
        known.add(one.name)
        if not one.licence:
            found.append(f"{one.name} {one.version}: its metadata names no licence")
        elif not is_taken(one):
            found.append(f"{one.name} {one.version}: {one.licence} is on no list of licences")
    found += [f"{name}: is excepted, and not there" for name in sorted(COPYLEFT.keys() - known)]
    return found


def is_taken(one: Package) -> bool:
    """Whether its licence is on a list: permissive, or the one that this package may have."""
    allowed = PERMISSIVE | {COPYLEFT.get(one.name, ("", ""))[0]} - {""}
    # SPDX: AND binds closer than OR; parentheses are its own. Python's `and`, `or` are the same.
    parts = [part for part in _OPERATORS.split(one.licence) if part and part.strip()]
    words = {"AND": "and", "OR": "or", "(": "(", ")": ")"}
    said = " ".join(words.get(part) or str(part.strip() in allowed) for part in parts)
    return bool(eval(said, {"__builtins__": {}}))  # noqa: S307 - of True, False, and, or, ()


def _first(metadata: PackageMetadata, field: str) -> str:
    return next(iter(metadata.get_all(field) or ()), "")


def _canonical(text: str) -> str:
    try:
        return str(canonicalize_license_expression(text)) if text else ""
    except InvalidLicenseExpression:
        return ""
