"""Takes objects from the API server at the moment at which they are in a state."""

from dataclasses import dataclass, field

from tests.integration.world import Json, World

PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """An object to be taken, and the state in which it is to be."""

    title: str
    kind: str
    name: str
    ready: str
    synced: str = ""
    deleting: bool = False

    def fits(self, obj: Json) -> bool:
        """Whether the object is so, in its present generation."""
        status, metadata = obj.get("status") or {}, obj["metadata"]
        if status.get("observedGeneration") != metadata["generation"]:
            return False
        if self.deleting != ("deletionTimestamp" in metadata):
            return False
        reasons = {one["type"]: one["reason"] for one in status.get("conditions") or ()}
        if self.synced and reasons.get("Synced") != self.synced:
            return False
        return reasons.get("Ready") == self.ready


@dataclass
class Collection:
    """What was seen: objects by a title that says how they came about."""

    world: World
    objects: dict[str, Json] = field(default_factory=dict)
    _wanted: list[Wanted] = field(default_factory=list)

    def expect(self, title: str, kind: str, name: str, ready: str, synced: str = "") -> None:
        """Take an object once its conditions have these reasons."""
        self._wanted.append(Wanted(title, kind, name, ready, synced))

    def expect_deleting(self, title: str, name: str, ready: str) -> None:
        """Take a SIM that is being deleted and has to wait."""
        self._wanted.append(Wanted(title, "sim", name, ready, deleting=True))

    def gather(self) -> None:
        """Wait for everything that is expected, side by side."""
        missing = self._wanted

        def done() -> bool:
            nonlocal missing
            missing = [one for one in missing if not self._taken(one)]
            return not missing

        try:
            self.world.until(done, "every state is reached", PATIENCE_SECONDS)
        except AssertionError as error:
            wanted = "; ".join(f"{one.title} {one.ready} {one.synced}" for one in missing)
            raise AssertionError(f"not reached: {wanted}\n{error}") from error
        self._wanted = []

    def take(self, title: str, kind: str, name: str) -> None:
        """Take an object as it is now."""
        obj = self.world.get(kind, name)
        assert obj is not None, f"{kind} {name} does not exist"
        self.objects[title] = obj

    def _taken(self, wanted: Wanted) -> bool:
        obj = self.world.get(wanted.kind, wanted.name)
        if obj is None or not wanted.fits(obj):
            return False
        self.objects[wanted.title] = obj
        return True
