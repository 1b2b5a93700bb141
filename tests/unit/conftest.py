"""How property tests run: without a time limit for an example, as machines are slow at times."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "unit", max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("unit")
