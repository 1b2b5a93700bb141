"""Plans as they are made where a test says nothing else."""

from datetime import UTC, date, datetime
from typing import Any

from sim_operator.domain.resources import Key
from sim_operator.planning import limits
from sim_operator.planning.quota.evaluation import Member, evaluate
from sim_operator.planning.quota.terms import Terms
from sim_operator.trial.outcomes import Now, PlanOutcome, SimOutcome
from sim_operator.trial.reasons import sentence
from tests.unit.planning.quota.fleet import NOVEMBER, policy

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ACCOUNT = Key("plant-a", "default")
EXHAUSTS = date(2026, 11, 27)


def plan(*members: Member, terms: Terms | None = None, **changes: Any) -> PlanOutcome:
    """What a policy (100 bytes each, unless `terms` says else) would do with these SIMs."""
    terms = terms or policy()
    found = evaluate(terms, members)
    told: dict[str, Any] = {
        "terms": terms,
        "namespace": "plant-a",
        "as_of": NOW,
        "period": NOVEMBER,
        "places": limits.resolve(terms.max_disabled, len(members)),
        "evaluation": found,
        "sims": tuple(
            SimOutcome(
                key=one.key,
                iccid="8988303000123456789",
                account=ACCOUNT,
                state="Enabled",
                usage=one.usage,
                was_read=True,
                decision=found.decisions[one.key],
                now=Now("pumps", "Audit", "None", "Disable", "Exceeded"),
                is_off=one.held,
                released=False,
                why=sentence(terms, found.decisions[one.key], one.standing, NOVEMBER, None),
                exhausts_at=EXHAUSTS,
                changes=True,
            )
            for one in members
        ),
        "guards": (),
        "notes": (),
    }
    return PlanOutcome(**(told | changes))
