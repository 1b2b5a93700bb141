import configparser
import os
import stat
from pathlib import Path

from tests.cluster.node.pip_settings import parse_settings, pip_secrets, pip_settings

LISTED = """\
:env:.cert='/etc/ca.crt'
:env:.default-timeout='180'
:env:.find-links='/opt/wheels'
global.index-url='https://user:word@packages.example/simple'
global.extra-index-url='https://one.example\\nhttps://two.example'
global.cert='/etc/other.crt'
freeze.timeout='1'
not a setting
"""


def test_settings_of_the_environment_win_over_those_of_files() -> None:
    assert parse_settings(LISTED) == {
        "cert": "/etc/ca.crt",
        "timeout": "180",
        "find-links": "/opt/wheels",
        "index-url": "https://user:word@packages.example/simple",
        "extra-index-url": "https://one.example\nhttps://two.example",
    }


def test_a_build_gets_the_index_by_a_file_and_never_by_an_argument(tmp_path: Path) -> None:
    authority = tmp_path / "ca.crt"
    authority.touch()
    arguments = pip_secrets(tmp_path, parse_settings(LISTED) | {"cert": str(authority)})
    assert arguments == (
        *("--secret", f"id=pip.conf,src={tmp_path / 'pip.conf'}"),
        *("--secret", f"id=ca.crt,src={authority}"),
    )
    file = tmp_path / "pip.conf"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    written = configparser.RawConfigParser()
    written.read(file)
    assert dict(written["global"]) == {
        "index-url": "https://user:word@packages.example/simple",
        "extra-index-url": "https://one.example\nhttps://two.example",
        "timeout": "180",
        "cert": "/run/secrets/ca.crt",
    }


def test_without_settings_a_build_gets_an_empty_file(tmp_path: Path) -> None:
    arguments = pip_secrets(tmp_path, {"cert": str(tmp_path / "absent")})
    assert arguments == ("--secret", f"id=pip.conf,src={tmp_path / 'pip.conf'}")
    assert (tmp_path / "pip.conf").read_text(encoding="utf-8").strip() == "[global]"


def test_pip_of_this_machine_tells_its_settings() -> None:
    settings = pip_settings({**os.environ, "PIP_INDEX_URL": "https://packages.example/it's"})
    assert settings["index-url"] == "https://packages.example/it's"
