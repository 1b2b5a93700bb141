"""Scenes of an operator's life, each a few writes long: what crashes are tried in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.chaos.crashing_stage import Stage, account_body
from tests.integration.world import Json


class Scene:
    """Resources that are there before the operator starts, and what happens then.

    The steps of several scenes can be played side by side: all bodies, all `settled`, all `act`,
    all `done`.
    """

    name = ""

    def bodies(self, stage: Stage) -> list[Json]:
        """The manifests; the SIMs at 1NCE are made as the scene wants them."""
        raise NotImplementedError

    def settled(self, stage: Stage) -> None:
        """Wait for what the resources ask for."""

    def act(self, stage: Stage) -> None:
        """What a person, or time, does."""

    def done(self, stage: Stage) -> None:
        """Wait for what follows from it."""


class Adopt(Scene):
    """SIMs are claimed that differ in each field."""

    name = "adopt"

    def bodies(self, stage: Stage) -> list[Json]:
        on = stage.actor(status="Disabled", label="old")
        off = stage.actor()
        free = stage.actor(label="nobody's")
        return [
            stage.sim_body("adopt-on", on, state="Enabled", label="new", imeiLock="Locked"),
            stage.sim_body("adopt-off", off, state="Disabled"),
            stage.sim_body("adopt-free", free),
        ]

    def settled(self, stage: Stage) -> None:
        stage.all_reasons("Reconciled", "adopt-on", "adopt-off", "adopt-free")


class Drift(Scene):
    """A person in the portal changes what resources manage."""

    name = "drift"

    def bodies(self, stage: Stage) -> list[Json]:
        self.iccids = [stage.actor(label="mine", imei_lock=True), stage.actor(status="Disabled")]
        return [
            stage.sim_body("drift-on", self.iccids[0], state="Enabled", imeiLock="Locked"),
            stage.sim_body("drift-off", self.iccids[1], state="Disabled"),
        ]

    def settled(self, stage: Stage) -> None:
        stage.all_reasons("Reconciled", "drift-on", "drift-off")

    def act(self, stage: Stage) -> None:
        stage.simulator.patch_sim(self.iccids[0], status="Disabled", imei_lock=False)
        stage.simulator.patch_sim(self.iccids[1], status="Enabled")

    def done(self, stage: Stage) -> None:
        on, off = self.iccids
        stage.until(lambda: stage.truth(on)["status"] == "Enabled", "the drift is corrected")
        stage.until(lambda: stage.truth(on)["imei_lock"], "it is locked again")
        stage.until(lambda: stage.truth(off)["status"] == "Disabled", "it is off again")


class Relabel(Scene):
    """A person changes label and IMEI lock in Git."""

    name = "relabel"

    def bodies(self, stage: Stage) -> list[Json]:
        self.iccids = [stage.actor(label="one"), stage.actor(label="two", imei_lock=True)]
        return [
            stage.sim_body("relabel-1", self.iccids[0], label="one", imeiLock="Unlocked"),
            stage.sim_body("relabel-2", self.iccids[1], label="two", state="Enabled"),
        ]

    def settled(self, stage: Stage) -> None:
        stage.all_reasons("Reconciled", "relabel-1", "relabel-2")

    def act(self, stage: Stage) -> None:
        stage.patch("sim", "relabel-1", {"label": "uno", "imeiLock": "Locked"})
        stage.patch("sim", "relabel-2", {"label": "due"})

    def done(self, stage: Stage) -> None:
        for iccid, label in zip(self.iccids, ("uno", "due"), strict=True):
            stage.until(lambda: stage.truth(iccid)["label"] == label, "the label is there")  # noqa: B023
        stage.all_reasons("Reconciled", "relabel-1", "relabel-2")


class Delete(Scene):
    """SIMs are deleted, to be disabled or to be retained."""

    name = "delete"

    def bodies(self, stage: Stage) -> list[Json]:
        self.iccids = [stage.actor(), stage.actor()]
        disable = {"deletionPolicy": "Disable", "state": "Enabled"}
        return [
            stage.sim_body("delete-off", self.iccids[0], **disable),
            stage.sim_body("delete-kept", self.iccids[1], state="Enabled"),
        ]

    def settled(self, stage: Stage) -> None:
        stage.all_reasons("Reconciled", "delete-off", "delete-kept")
        stage.has_finalizer("delete-off")

    def act(self, stage: Stage) -> None:
        stage.kubectl("delete", "sims", "delete-off", "delete-kept", "--wait=false")

    def done(self, stage: Stage) -> None:
        stage.is_gone("delete-off")
        stage.is_gone("delete-kept")
        assert stage.truth(self.iccids[0])["status"] == "Disabled", "gone, and never switched off"
        assert stage.truth(self.iccids[1])["status"] == "Enabled"


class Exceed(Scene):
    """Devices use more than their policy allows and are switched off."""

    name = "disable by policy"
    fleet = "exceed"

    def bodies(self, stage: Stage) -> list[Json]:
        self.iccids = [stage.actor(), stage.actor(), stage.actor()]
        sims = [
            stage.sim_body(f"{self.fleet}-1", self.iccids[0], fleet=self.fleet, state="Enabled"),
            stage.sim_body(f"{self.fleet}-2", self.iccids[1], fleet=self.fleet),
            stage.sim_body(f"{self.fleet}-3", self.iccids[2], fleet=self.fleet, state="Enabled"),
        ]
        told = {
            "selector": {"matchLabels": {"fleet": self.fleet}},
            "mode": "Enforce",
            "action": "Disable",
            "maxDisabled": "100%",
            "data": {"perSIM": "40Mi"},
        }
        return [*sims, stage.manifest("QuotaPolicy", f"{self.fleet}-limit", told)]

    def settled(self, stage: Stage) -> None:
        stage.all_reasons("Reconciled", *(f"{self.fleet}-{number}" for number in (1, 2, 3)))
        stage.until_reason(f"{self.fleet}-limit", "Reconciled", kind="quotapolicy")

    def act(self, stage: Stage) -> None:
        for iccid in self.iccids[:2]:
            stage.simulator.patch_sim(iccid, use_data_mb=41)

    def done(self, stage: Stage) -> None:
        stage.all_reasons("DisabledByPolicy", f"{self.fleet}-1", f"{self.fleet}-2")
        for iccid in self.iccids[:2]:
            assert stage.truth(iccid)["status"] == "Disabled"


class Raise(Exceed):
    """A person raises the limit of a policy that keeps SIMs off."""

    name = "come back after the limit is raised"
    fleet = "raise"

    def settled(self, stage: Stage) -> None:
        super().settled(stage)
        super().act(stage)
        super().done(stage)

    def act(self, stage: Stage) -> None:
        stage.patch("quotapolicy", f"{self.fleet}-limit", {"data": {"perSIM": "100Mi"}})

    def done(self, stage: Stage) -> None:
        for iccid in self.iccids[:2]:
            stage.until(lambda: stage.truth(iccid)["status"] == "Enabled", "it is back")  # noqa: B023
        stage.all_reasons("Reconciled", f"{self.fleet}-1", f"{self.fleet}-2")


class Turn(Raise):
    """The period of a policy that keeps SIMs off ends."""

    name = "come back in the next period"
    fleet = "turn"

    def act(self, stage: Stage) -> None:
        stage.simulator.move_to("2026-12-01T00:00:05Z")


class Rotate(Scene):
    """The credentials are replaced while a change waits."""

    name = "rotate credentials"

    def bodies(self, stage: Stage) -> list[Json]:
        self.iccids = [stage.actor(), stage.actor()]
        return [
            stage.sim_body("rotate-1", self.iccids[0], label="", state="Enabled")
            | {"spec": {"iccid": self.iccids[0], "state": "Enabled"}},
            stage.sim_body("rotate-2", self.iccids[1], state="Enabled"),
        ]

    def settled(self, stage: Stage) -> None:
        stage.all_reasons("Reconciled", "rotate-1", "rotate-2")

    def act(self, stage: Stage) -> None:
        pair = {"client_id": "rotated", "client_secret": "rotated-secret"}
        stage.simulator.rotate_credentials(pair)
        stage.simulator.revoke_tokens()
        stage.until_reason("default", "InvalidCredentials", kind="simaccount")
        stage.patch("sim", "rotate-1", {"state": "Disabled", "label": "rotated"})
        stage.secret("default-credentials", *pair.values())

    def done(self, stage: Stage) -> None:
        stage.until(lambda: stage.truth(self.iccids[0])["label"] == "rotated", "it is relabelled")
        stage.until_reason("default", "Reconciled", kind="simaccount")
        stage.all_reasons("Reconciled", "rotate-1", "rotate-2")


class Guard(Scene):
    """More SIMs are to be switched off than an hour allows; then the number is raised."""

    name = "disable budget"

    def bodies(self, stage: Stage) -> list[Json]:
        self.iccids = [stage.actor() for _ in range(4)]
        return [
            stage.sim_body(f"guard-{number}", iccid, state="Disabled")
            for number, iccid in enumerate(self.iccids)
        ]

    def settled(self, stage: Stage) -> None:
        stage.all_reasons("Reconciled", "guard-0", "guard-1")
        stage.all_reasons("DisableHeld", "guard-2", "guard-3")
        on = [stage.truth(iccid)["status"] == "Enabled" for iccid in self.iccids]
        assert on == [False, False, True, True], "two places, whatever happens"

    def act(self, stage: Stage) -> None:
        stage.patch("simaccount", "default", {"protection": {"maxDisablesPerHour": 3}})

    def done(self, stage: Stage) -> None:
        stage.all_reasons("Reconciled", "guard-2")
        stage.all_reasons("DisableHeld", "guard-3")
        assert stage.truth(self.iccids[3])["status"] == "Enabled", "the budget was overdrawn"


@dataclass(frozen=True)
class Play:
    """Scenes that are played side by side, under one account."""

    name: str
    scenes: Sequence[Scene]
    disables_per_hour: int = 1_000
    version: str = "v1"
    settings: Mapping[str, str] = field(default_factory=dict)
    """Of the operator, without their prefix."""

    def perform(self, stage: Stage) -> None:
        """From the first start of the operator to the end."""
        protection = {"maxDisablesPerHour": self.disables_per_hour}
        account = account_body(stage, protection=protection, managementAPIVersion=self.version)
        stage.apply(*account, *(body for one in self.scenes for body in one.bodies(stage)))
        stage.operator.start(ready=False)
        for scene in self.scenes:
            scene.settled(stage)
        for scene in self.scenes:
            scene.act(stage)
        for scene in self.scenes:
            scene.done(stage)


def alone() -> list[Play]:
    """Each scene by itself."""
    scenes: list[Scene] = [Adopt(), Drift(), Relabel(), Delete(), Exceed(), Raise(), Turn()]
    plays = [Play(one.name, [one], version="v1") for one in scenes]
    return [
        *plays,
        Play(Rotate.name, [Rotate()], version="v2"),
        Play(Guard.name, [Guard()], disables_per_hour=2),
    ]


def elected() -> Play:
    """With leader election: who comes back waits until the time of the dead one is over."""
    settings = {"leader_election": "true"}
    return Play("disable budget, with the Lease", [Guard()], 2, settings=settings)


def together() -> Play:
    """Many of them at once: a crash in one is a crash in all."""
    return Play("everything at once", [Adopt(), Drift(), Relabel(), Delete(), Raise()])
