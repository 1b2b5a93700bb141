"""`python -m tests.supply_chain`: writes docs/reference/licences.md; `--check`: is it current.

Either way it fails where a package of the image has a licence that is on no list.
"""

import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Final

from tests.supply_chain.licences import COPYLEFT, Package, complaints, package, pinned

ROOT: Final = Path(__file__).resolve().parents[2]
REQUIREMENTS: Final = ROOT / ".ci" / "requirements" / "run.txt"
PAGE: Final = ROOT / "docs" / "reference" / "licences.md"

_HEAD: Final = """\
# Licences

The operator is under the [Apache License 2.0](../../LICENSE). Its image holds, beside Python and
the base image, the packages below, each at the one version that
[run.txt](../../.ci/requirements/run.txt) pins by hash. Their licence texts lie beside them, in
their `.dist-info` folders. What the base image holds is in the SBOM that each release carries.

This page is written by `python -m tests.supply_chain` from the packages' own metadata.
`make verify` fails where it is not current, and where a licence is neither permissive nor the one
that the package has in the last table.

| package | version | licence |
|---|---|---|
"""
_EXCEPTIONS: Final = """
## Licences that ask for something

The Mozilla Public License asks who changes its files to publish them. Nothing is changed.

| package | licence | why it is fine |
|---|---|---|
"""


def installed() -> list[Package]:
    """The packages of the image, from the environment that is at hand.

    Raises:
        SystemExit: one is not installed, or in another version.
    """
    found = []
    for requirement in pinned(REQUIREMENTS.read_text(encoding="utf-8")):
        try:
            one = package(metadata(requirement.name))
        except PackageNotFoundError:
            raise SystemExit(f"{requirement} is not installed: run `make test` once") from None
        if not requirement.specifier.contains(one.version):
            raise SystemExit(f"{requirement} is pinned and {one.version} is installed")
        found.append(one)
    return found


def page(packages: list[Package]) -> str:
    """The page about them."""
    rows = [f"| {one.name} | {one.version} | {one.licence} |\n" for one in packages]
    exceptions = [f"| {name} | {what} | {why} |\n" for name, (what, why) in COPYLEFT.items()]
    return "".join((_HEAD, *rows, _EXCEPTIONS, *exceptions))


def main(arguments: list[str]) -> int:
    """Write the page or check it; 1 where something is not as it should be."""
    packages = installed()
    wrong = complaints(packages)
    for one in wrong:
        print(one, file=sys.stderr)
    text = page(packages)
    if "--check" not in arguments:
        PAGE.write_text(text, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
        where = PAGE.relative_to(ROOT)
        print(f"not current: {where}. Run `make generate` and commit it.", file=sys.stderr)
        return 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
