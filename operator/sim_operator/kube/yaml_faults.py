"""What is wrong with a YAML text, without the text: it may hold a token."""

import yaml


def told(error: yaml.YAMLError) -> str:
    """What is wrong and where, in one line; the library's own words show the lines around it."""
    problem = getattr(error, "problem", None) or "it cannot be read"
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return str(problem)
    return f"{problem} (line {mark.line + 1}, column {mark.column + 1})"
