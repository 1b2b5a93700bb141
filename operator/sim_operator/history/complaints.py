"""What can be wrong with the database, each with what to do next; passwords are in none of them."""


class HistoryError(Exception):
    """The history cannot be used now."""


class UnavailableError(HistoryError):
    """It does not answer, or is busy: trying again later is right."""


class FullError(HistoryError):
    """Nothing more can be written; it can still be read."""


class CorruptError(HistoryError):
    """What lies there is damaged, or is no database."""


class NewerSchemaError(HistoryError):
    """It was written by a newer version of this program."""
