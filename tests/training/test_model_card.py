"""The card beside a checkpoint says what its curves and its table say."""

from __future__ import annotations

from pathlib import Path

import nodeflow_diffusion
import pytest
from nodeflow_training import model_card
from nodeflow_training.recipes import DiffusionRecipe
from PIL import Image

SHIPPED = Path(nodeflow_diffusion.__file__).parent / "models" / "checkpoints" / "nodeflow-scenes.safetensors"


def rows(*seconds: float) -> list[dict[str, str]]:
    return [
        {"step": str(100 * (i + 1)), "loss": str(1 / (i + 1)), "seconds": str(time)} for i, time in enumerate(seconds)
    ]


def test_the_minutes_of_a_resumed_run_are_added_up() -> None:
    assert model_card.minutes(rows(60, 120)) == pytest.approx(2)
    assert model_card.minutes(rows(60, 120, 30, 90)) == pytest.approx(3.5)


def test_a_run_is_described_by_its_curve_and_its_recipe() -> None:
    text = model_card.described("diffusion", rows(60, 120))
    assert text.startswith(f"**diffusion**: 200 steps, {200 * DiffusionRecipe.batch:,} samples, 2 minutes")
    assert "began at 1.000 (mean of 100 steps) and ended at 0.500" in text
    assert f"learning_rate {DiffusionRecipe.learning_rate}" in text


def test_a_table_of_shares_is_in_per_cent() -> None:
    table = {"pictures": 3, "one item": {"count": 1.0, "all_right": 0.666}, "sampling": {"steps": 20}}
    assert model_card.shares(table).splitlines() == [
        "| | count | all right |",
        "|---|---|---|",
        "| one item | 100% | 66.6% |",
    ]


@pytest.mark.checkpoint
def test_a_card_is_written_beside_its_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_card, "GRID", (1, 2))
    checkpoint, folder = tmp_path / "small.safetensors", tmp_path / "runs"
    checkpoint.symlink_to(SHIPPED)
    folder.mkdir()
    (folder / "vae.csv").write_text("step,loss,seconds\n50,1.0,60\n100,0.5,120\n")
    (folder / "notes.md").write_text("It was broken off once.\n")
    page = model_card.write_card(checkpoint, folder, 2)
    text = page.read_text()
    assert page == tmp_path / "small.md"
    assert "| one item, VAE alone |" in text
    assert "**vae**: 100 steps" in text
    assert "**diffusion**" not in text
    assert "It was broken off once.\n\nThe loss" in text
    assert (tmp_path / "small-vae.csv").read_text() == (folder / "vae.csv").read_text()
    with Image.open(tmp_path / "small.png") as grid:
        assert grid.size == (256, 128)


@pytest.mark.checkpoint
def test_the_shipped_card_is_that_of_the_shipped_file() -> None:
    page = SHIPPED.with_suffix(".md").read_text()
    assert model_card.digest(SHIPPED) in page
    assert SHIPPED.stat().st_size <= 40e6
    assert (SHIPPED.parent / f"{SHIPPED.stem}-diffusion.csv").read_text().startswith("step,loss,seconds\n")
