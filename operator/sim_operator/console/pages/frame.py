"""What stands around every page: who looks, where they are, and what a form of theirs carries."""

from dataclasses import dataclass
from typing import Final

_SHORT: Final = "system:serviceaccount:"


@dataclass(frozen=True, slots=True)
class Frame:
    """One viewer on one page."""

    user: str | None = None
    """Their name at the Kubernetes API; None: not signed in."""
    csrf: str | None = None
    """What every form that changes something sends along; None: nothing can be changed."""
    place: str = ""
    """The page's name in the navigation."""

    @property
    def user_short(self) -> str:
        """The name as it fits the frame: `plant-a/operator` for a ServiceAccount."""
        if self.user is None:
            return ""
        return (
            self.user.removeprefix(_SHORT).replace(":", "/") if _SHORT in self.user else self.user
        )
