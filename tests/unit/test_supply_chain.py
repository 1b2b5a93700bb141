"""Licences: understood in every way in which packages tell them, and none is taken unseen."""

from email.message import Message
from importlib.metadata import PackageMetadata
from pathlib import Path
from typing import cast

import pytest
import yaml

from tests.supply_chain import __main__ as supply_chain
from tests.supply_chain.licences import Package, complaints, is_taken, licence_of, pinned

ROOT = Path(__file__).resolve().parents[2]


def metadata(*fields: tuple[str, str]) -> PackageMetadata:
    made = Message()
    for name, value in fields:
        made[name] = value
    return cast("PackageMetadata", made)


MIT = ("Classifier", "License :: OSI Approved :: MIT License")
APACHE = ("Classifier", "License :: OSI Approved :: Apache Software License")
GPL = ("Classifier", "License :: OSI Approved :: GNU General Public License v3 (GPLv3)")


@pytest.mark.parametrize(
    ("fields", "licence"),
    [
        ([("License-Expression", "mit")], "MIT"),
        ([("License-Expression", "Apache-2.0 AND MIT"), MIT], "Apache-2.0 AND MIT"),
        ([("License", "Apache 2.0")], "Apache-2.0"),
        ([("License", "BSD-3-Clause"), MIT], "BSD-3-Clause"),
        ([("License", "Copyright (c) somebody\n\nPermission is granted"), MIT], "MIT"),
        ([MIT, APACHE], "Apache-2.0 AND MIT"),
        ([MIT, GPL], ""),
        ([("License", "do what you like")], ""),
        ([], ""),
    ],
)
def test_a_licence_is_read_from_whatever_field_tells_it(
    fields: list[tuple[str, str]], licence: str
) -> None:
    assert licence_of(metadata(*fields)) == licence


@pytest.mark.parametrize(
    ("name", "licence", "taken"),
    [
        ("a", "MIT", True),
        ("a", "Apache-2.0 AND BSD-2-Clause", True),
        ("a", "GPL-3.0-only OR MIT", True),
        ("a", "GPL-3.0-only AND MIT", False),
        ("a", "MIT AND (GPL-3.0-only OR Apache-2.0)", True),
        ("a", "(MIT OR GPL-3.0-only) AND AGPL-3.0-only", False),
        ("a", "Apache-2.0 WITH LLVM-exception", False),
        ("a", "LGPL-2.1-or-later", False),
        ("a", "MPL-2.0", False),
        ("certifi", "MPL-2.0", True),
        ("orjson", "MPL-2.0 AND (Apache-2.0 OR MIT)", True),
        ("certifi", "GPL-3.0-only", False),
    ],
)
def test_only_licences_on_a_list_are_taken(name: str, licence: str, *, taken: bool) -> None:
    assert is_taken(Package(name, "1", licence)) is taken


def test_what_is_wrong_is_said_of_each_package() -> None:
    packages = [Package("a", "1", "AGPL-3.0-only"), Package("b", "2", ""), Package("c", "3", "MIT")]
    assert complaints(packages) == [
        "a 1: AGPL-3.0-only is on no list of licences",
        "b 2: its metadata names no licence",
        "certifi: is excepted, and not there",
        "orjson: is excepted, and not there",
    ]


def test_requirements_of_other_systems_are_left_out() -> None:
    text = "a==1 \\\n    --hash=sha256:0\nb==2 ; sys_platform == 'win32' \\\n    --hash=sha256:1\n"
    assert [one.name for one in pinned(text)] == ["a"]


def test_the_packages_of_the_image_have_licences_that_are_taken_and_the_page_tells_them() -> None:
    assert supply_chain.main(["--check"]) == 0


def test_every_package_is_pinned_to_one_version_and_to_its_content() -> None:
    for file in (ROOT / ".ci" / "requirements").glob("*.txt"):
        text = file.read_text(encoding="utf-8")
        for block in text.replace("\\\n", " ").splitlines():
            if block and not block.startswith("#"):
                name, *hashes = block.split("--hash=")
                assert "==" in name, f"{file.name}: {name}"
                assert hashes, f"{file.name}: {name}"


def test_known_vulnerabilities_of_what_is_pinned_are_asked_for_every_week() -> None:
    told = yaml.safe_load((ROOT / ".github" / "workflows" / "audit.yaml").read_text())
    # YAML reads the key `on` as a truth value.
    assert told[True]["schedule"]
    [job] = told["jobs"].values()
    scripts = "\n".join(step.get("run", "") for step in job["steps"])
    for file in ("run", "dev", "build"):
        assert f"--requirement .ci/requirements/{file}.txt" in scripts
    # Without it a package that could not be looked up would count as sound.
    assert "--strict" in scripts
