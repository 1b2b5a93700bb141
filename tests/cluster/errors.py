"""The one error of this package; apart from the rest so that every module may raise it."""


class ClusterError(Exception):
    """A cluster cannot be had or used; the text says what is missing and what to do."""
