"""What holds for every test: hypothesis judges results, not how busy the machine is."""

from hypothesis import HealthCheck, settings

settings.register_profile("nodeflow", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("nodeflow")
