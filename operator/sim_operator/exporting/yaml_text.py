"""Manifests as YAML that every reader takes for the same.

kubectl reads `1e3` as a number and `y` as a truth, Python's YAML neither: a text is left without
quotes only where no dialect could take it for anything else.
"""

import re
from typing import Any, Final

import yaml

from sim_operator.exporting.manifest import Manifest

_PLAIN: Final = re.compile(r"[A-Za-z_/][A-Za-z0-9_./@-]*|[1-9][0-9]*(?:%|ms|[smhKMGTP]|[KMGTPE]i)")
_WORDS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})

_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Manifests(_Dumper):  # type: ignore[misc]  # which of the two depends on the platform
    """Ours, so that no other YAML of this process changes."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 (the name is inherited)
        """No value is ever an alias of another."""
        return True


def _text(dumper: Any, text: str) -> Any:
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if plain else '"')


_Manifests.add_representer(str, _text)


def document(value: Any) -> str:
    """One YAML document, keys in the order that they have; it ends with a line break."""
    made: str = yaml.dump(
        value,
        Dumper=_Manifests,
        sort_keys=False,
        default_flow_style=False,
        allow_unicode=True,
        width=2**31 - 1,
    )
    return made


def documents(manifests: list[Manifest]) -> str:
    """Several, each begun by `---`."""
    return "".join(f"---\n{document(one.body)}" for one in manifests)
