"""Each choice makes a scheduler for the noise levels of the pipeline's own, which it leaves alone."""

from typing import Any

import pytest
from diffusers import DDIMScheduler, DPMSolverMultistepScheduler, FlowMatchEulerDiscreteScheduler
from nodeflow_diffusers.schedulers import SCHEDULERS, own

# torch's own arrays trip over numpy 2 inside some schedulers.
pytestmark = pytest.mark.filterwarnings("ignore:__array:DeprecationWarning")


@pytest.fixture
def ddim() -> Any:
    return DDIMScheduler(beta_schedule="scaled_linear", beta_end=0.013, prediction_type="v_prediction")


@pytest.mark.parametrize("name", SCHEDULERS)
def test_noise_levels_are_those_of_the_pipeline(ddim: Any, name: str) -> None:
    made = SCHEDULERS[name](ddim)
    assert made is not ddim
    assert made.config["beta_end"] == 0.013
    assert made.config["beta_schedule"] == "scaled_linear"
    assert made.config["prediction_type"] == "v_prediction"


def test_options_are_set(ddim: Any) -> None:
    assert SCHEDULERS["dpmpp_2m_karras"](ddim).config["use_karras_sigmas"]
    assert not SCHEDULERS["dpmpp_2m"](ddim).config["use_karras_sigmas"]
    assert isinstance(SCHEDULERS["dpmpp_2m_sde"](ddim), DPMSolverMultistepScheduler)


def test_flow_matching_keeps_its_own() -> None:
    flow = FlowMatchEulerDiscreteScheduler(shift=3.0)
    assert own(flow).config["shift"] == 3.0
    for name in ("ddim", "euler"):
        with pytest.raises(ValueError, match="does not fit the pipeline's FlowMatchEulerDiscreteScheduler"):
            SCHEDULERS[name](flow)
