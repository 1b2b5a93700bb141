"""The way to the history, where the settings name one."""

from sim_operator.clock.wall import WallClock
from sim_operator.engine.history import NoRecording, Recording
from sim_operator.recording.keeper import Keeper
from sim_operator.recording.recorder import Meter, Recorder
from sim_operator.settings import Settings
from sim_operator.telemetry.fleet import HistorySample


def recorder_of(
    settings: Settings, meter: Meter, clock: WallClock, user_agent: str
) -> Recorder | None:
    """What delivers readings; None: no history is kept."""
    if settings.history_url is None:
        return None
    keeper = Keeper(
        settings.history_url,
        token_file=settings.history_token_file,
        ca_file=settings.history_ca_file,
        user_agent=user_agent,
    )
    return Recorder(keeper, meter, now=clock.now)


def recording_of(recorder: Recorder | None) -> Recording:
    """Where the loops' readings go to."""
    return recorder if recorder is not None else NoRecording()


def sample_of(recorder: Recorder | None) -> HistorySample | None:
    """How it stands, for metrics; None where there is no history."""
    if recorder is None:
        return None
    standing = recorder.standing()
    return HistorySample(
        is_well=standing.is_well,
        waiting=standing.waiting,
        waiting_bytes=standing.waiting_bytes,
        last_delivery=standing.last_delivery,
        incomplete=standing.incomplete,
    )
