"""Why there is no export, as sentences for people."""


class BadInputError(Exception):
    """What was asked for is wrong: repeating it does not help."""


class UnreachableError(Exception):
    """What has to be read cannot be."""
