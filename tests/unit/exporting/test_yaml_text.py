"""YAML that no reader takes for something else."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sim_operator.exporting.manifest import manifest
from sim_operator.exporting.yaml_text import document, documents
from tests.unit.exporting.objects import sim

_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=60)
_PLAIN = st.recursive(
    st.one_of(_TEXT, st.integers(-(2**53), 2**53), st.booleans()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_TEXT, inner, max_size=3)),
    max_leaves=12,
)


@given(st.dictionaries(_TEXT, _PLAIN, max_size=4))
def test_what_was_written_is_read_again(value: dict[str, object]) -> None:
    assert yaml.safe_load(document(value)) == value


@pytest.mark.parametrize(
    "text", ["y", "N", "no", "On", "true", "null", "~", "1e3", "012", "0x1f", "1_000", "12:30", ""]
)
def test_a_text_that_some_reader_takes_for_more_has_quotes(text: str) -> None:
    assert document({"a": text}) == f'a: "{text}"\n'


@pytest.mark.parametrize("text", ["pump-01", "Enabled", "Etc/UTC", "10%", "40Mi", "5m", "never"])
def test_a_plain_word_or_quantity_has_none(text: str) -> None:
    assert document({"a": text}) == f"a: {text}\n"


def test_no_line_is_folded_and_every_document_begins_by_its_mark() -> None:
    words = "word " * 200
    made = [manifest("SIM", sim("one", label=words)), manifest("SIM", sim("two"))]
    text = documents(made)
    assert text.count("---\n") == 2
    assert f'label: "{words}"' in text
