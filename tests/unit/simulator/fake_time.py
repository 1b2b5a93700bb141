"""A clock that moves when it is told to, in place of the module ``time``."""


class FakeTime:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now
