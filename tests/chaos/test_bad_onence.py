"""1NCE misbehaves while the operator is at something, and all is well when it has come round."""

from contextlib import suppress
from pathlib import Path

import pytest

from tests.chaos.bad_onence import Pair, batch, batches
from tests.chaos.conftest import Effort, chosen_effort, chosen_seed
from tests.chaos.table import Tried
from tests.cluster import Cluster

_LONG = chosen_effort() is Effort.LONG
_BATCHES = batches(chosen_seed(), 8 if _LONG else 1, slow=_LONG)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("chosen", _BATCHES, ids=[f"batch-{n}" for n in range(len(_BATCHES))])
def test_a_bad_1nce_does_no_harm_and_leaves_nothing_behind(
    cluster: Cluster,
    operator_kubeconfig: Path,
    tmp_path: Path,
    tried: Tried,
    seed: int,
    chosen: list[Pair],
) -> None:
    with batch(cluster, operator_kubeconfig, tmp_path, chosen, seed) as made:
        made.run()
        for one in made.tries:
            with suppress(AssertionError), tried("bad 1NCE", one.name):
                assert not one.broken
        broken = {one.name: one.broken for one in made.tries if one.broken}
        assert not broken, "\n".join(
            f"{name}: {what}" for name, all_ in broken.items() for what in all_
        )
