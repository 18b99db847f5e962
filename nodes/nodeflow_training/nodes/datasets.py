"""Nodes that gather captioned pictures: drawn, from a folder, from a table, or out of the graph."""

from dataclasses import replace
from typing import Annotated, Literal, NamedTuple

from nodeflow import Context, Field, FileChoice, Image, Multiline, Node, Seed, node
from nodeflow.folders import Folders
from nodeflow_training.types import Dataset, Drawings

CATEGORY = "training/data"
DATASETS = "datasets"

OnBad = Annotated[
    Literal["fail", "skip"],
    Field(
        description="what to do with a picture that cannot be read or has no caption: stop, or leave it out and say so"
    ),
]
Side = Annotated[int, Field(ge=16, le=2048, description="of a square picture, in pixels")]
Names = Annotated[str, Field(description="names with commas between; nothing allows all")]


class Gathered(NamedTuple):
    """Pictures that can be learnt from, and a report of those that cannot."""

    dataset: Annotated[Dataset, Field(description="the pictures and their captions")]
    report: Annotated[str, Field(description="how many there are, and what was left out and why")]


@node(category=CATEGORY)
def draw_scenes(
    count: Annotated[int, Field(ge=1, le=1_000_000, description="pictures")] = 1000,
    seed: Annotated[int, Field(ge=0, lt=2**64), Seed()] = 0,
    items: Annotated[Literal["one", "two", "one and two"], Field(description="shapes in a picture")] = "one and two",
    side: Side = 128,
    held_out: Annotated[bool, Field(description="of the combinations that are never trained on")] = False,
    shapes: Names = "",
    colours: Names = "",
    backgrounds: Names = "",
    place: Annotated[
        Literal["any", "left", "right", "top", "bottom", "middle"], Field(description="of a single shape")
    ] = "any",
) -> Dataset:
    """Coloured shapes on a plain background, drawn when they are needed, with captions that are worded anew each time.

    Shapes are circle, square, triangle, diamond, star, ring, cross and heart; colours red, orange, yellow, green, blue,
    purple, pink, white and black; backgrounds white, black, gray, blue, yellow and pink.
    """
    from nodeflow_training.pictures import scenes
    from nodeflow_training.scenes import BACKGROUNDS, ITEM_COLOURS, SHAPES

    drawings = Drawings(
        count=count,
        seed=seed,
        items={"one": 1, "two": 2, "one and two": 0}[items],
        held_out=held_out,
        shapes=_named(shapes, SHAPES, "shape"),
        colours=_named(colours, ITEM_COLOURS, "colour"),
        backgrounds=_named(backgrounds, BACKGROUNDS, "background"),
        place=None if place == "any" else place,
    )
    scenes(replace(drawings, count=1))
    return Dataset(drawings, side=side)


def _named(text: str, known: tuple[str, ...], what: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        if name not in known:
            raise ValueError(f"no {what} {name!r}; there are {', '.join(known)}")
    return names


class LoadImageFolder(Node):
    """The pictures of a folder, each with its caption in a text file of the same name beside it.

    The folder lies in a folder for datasets (`models/datasets/` of the data folder, or what the settings name); its own
    folders count, too. `cat.png` has its caption in `cat.txt`, or else in the `caption` that all share.
    """

    category = CATEGORY

    folder: Annotated[str, Field(description="its path below a folder for datasets, with / between")] = "."
    caption: Annotated[str, Field(description="of pictures without a text file; none makes them bad")] = ""
    side: Side = 512
    on_bad: OnBad = "fail"

    @classmethod
    def fingerprint(cls, values: dict[str, object], folders: Folders) -> str:
        from nodeflow_training.gathering import folder_fingerprint

        return folder_fingerprint(folders, str(values["folder"]))

    def run(self, ctx: Context) -> Gathered:
        from nodeflow_training import gathering

        found = gathering.folder_entries(gathering.dataset_folder(ctx.folders, self.folder), self.caption)
        return gathering.gathered(found, self.side, self.on_bad, ctx)


class LoadImageTable(Node):
    """The pictures that a table names: a CSV file with a heading, or a JSON Lines file, in a folder for datasets.

    The column `image` (or `file_name`) is the picture's path beside the table; `caption` (or `text`) is its caption.
    """

    category = CATEGORY

    table: Annotated[str, FileChoice(DATASETS)]
    side: Side = 512
    on_bad: OnBad = "fail"

    @classmethod
    def fingerprint(cls, values: dict[str, object], folders: Folders) -> str:
        from nodeflow_training.gathering import table_fingerprint

        return table_fingerprint(folders, DATASETS, str(values["table"]))

    def run(self, ctx: Context) -> Gathered:
        from nodeflow_training import gathering

        found = gathering.table_entries(ctx.path(DATASETS, self.table))
        return gathering.gathered(found, self.side, self.on_bad, ctx)


class DatasetFromImages(Node):
    """Pictures of the graph with a caption each, one a line; a single line is the caption of all."""

    category = CATEGORY

    image: Image
    captions: Annotated[str, Multiline()] = ""
    side: Side = 512

    def run(self, ctx: Context) -> Dataset:
        from nodeflow_training import gathering

        return Dataset(gathering.stored(self.image, self.captions, ctx), side=self.side)


@node(category=CATEGORY)
def bucket_dataset(
    dataset: Dataset,
    side: Side = 512,
    widest: Annotated[float, Field(ge=1, le=8, description="the largest ratio of a picture's sides")] = 2.0,
    multiple: Annotated[int, Field(ge=1, le=128, description="pixels that sides are multiples of")] = 64,
) -> Dataset:
    """Sort pictures by the ratio of their sides into buckets of one area, so that little of them is cut off."""
    if side % multiple:
        raise ValueError(f"side {side!r}: must be a multiple of {multiple!r}, as `multiple` says")
    return replace(dataset, side=side, widest=widest, multiple=multiple)


@node(category=CATEGORY)
def augment_dataset(
    dataset: Dataset,
    flip: Annotated[bool, Field(description="mirror every other view; not where left and right are told apart")] = True,
    crop: Annotated[Literal["centre", "random"], Field(description="where what does not fit is cut off")] = "random",
    jitter: Annotated[float, Field(ge=0, le=0.5, description="change of brightness and contrast, at most")] = 0.0,
) -> Dataset:
    """Show pictures in other views, too: each view of a picture is cut, mirrored and lit otherwise.

    How many views of each picture there are is said where they are encoded.
    """
    return replace(dataset, flip=flip, crop=crop, jitter=jitter)


class ShowDataset(Node):
    """The first pictures of a dataset as they are learnt from, in the size of a square one, and their captions."""

    category = CATEGORY

    dataset: Dataset
    count: Annotated[int, Field(ge=1, le=256)] = 16
    view: Annotated[int, Field(ge=0, le=64, description="which view, as augmented")] = 0

    def run(self, ctx: Context) -> "Shown":
        from nodeflow_training import gathering

        image, captions = gathering.shown(self.dataset, self.count, self.view, ctx)
        return Shown(image, captions)


class Shown(NamedTuple):
    """Pictures, and their captions, one a line."""

    image: Image
    captions: str
