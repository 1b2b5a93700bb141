"""Everything that can go wrong, done on purpose to the whole operator beside real parts.

`make test` runs the short form, `make chaos` (`python -m tests.chaos`) the long one.
"""
