"""Why a command ends early, as sentences for people."""


class BadInputError(Exception):
    """What was asked for is wrong: repeating it does not help."""
