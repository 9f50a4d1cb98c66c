"""The models that Oriel knows by name: what they are, where they are published, which files make them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal, Protocol

from app.core.errors import DownloadFailed
from app.core.types import RgbImage

ModelKind = Literal["embedder", "captioner", "text_tower"]
"""A text tower reads queries for the image models that it was trained for: other languages, the same vectors."""
MANY_LANGUAGES = "mul"
"""ISO 639-2 for several languages."""


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """One file of a repository. None: nobody told us.

    Attributes:
        name: the path in the repository, with "/".
        sha256: 64 hex digits of the content.
        is_verified: the hub itself, or the file, showed size and hash; else they come from public code.
    """

    name: str
    size_bytes: int | None
    sha256: str | None
    is_verified: bool

    @property
    def is_pickled(self) -> bool:
        return self.name.endswith(".bin")


@dataclass(frozen=True, slots=True)
class PublishedModel:
    """A model with its one commit and its files by name: never "whatever lies in the repository".

    Attributes:
        model_id: how people and settings name it; also its folder's name.
        repository, commit: None for the model that ships with Oriel.
        languages, recommended_for: ISO 639 codes; "mul" for many.
        dim: length of a vector; None for a captioner.
        edge_px: the square that the image tower sees; None for a text tower.
        resize: "crop" to the shorter edge, or "squash" into the square; None for a text tower.
        text_tokens: the longest text.
        is_lower_cased: whether the text tower was trained on lower-cased text.
        padding: "longest" of a batch, or "max_length".
        is_verified: whether these facts were seen in the published files; else they come from public code.
        serves: of a text tower: ids of the embedders whose pictures its texts may be compared with.
    """

    model_id: str
    name: str
    kind: ModelKind
    repository: str | None
    commit: str | None
    licence: str
    languages: tuple[str, ...]
    recommended_for: tuple[str, ...]
    dim: int | None
    edge_px: int | None
    resize: Literal["crop", "squash"] | None
    text_tokens: int | None
    is_lower_cased: bool | None
    padding: Literal["longest", "max_length"] | None
    is_verified: bool
    files: tuple[PublishedFile, ...]
    serves: tuple[str, ...] = ()

    @property
    def is_bundled(self) -> bool:
        """It ships with Oriel."""
        return self.repository is None

    @property
    def pickled(self) -> PublishedFile | None:
        """Its weights, where there are none in safetensors."""
        if any(file.name.endswith(".safetensors") for file in self.files):
            return None
        return next((file for file in self.files if file.is_pickled), None)

    @property
    def size_bytes(self) -> int:
        """Of all files whose size is known; the weights' always is."""
        return sum(file.size_bytes or 0 for file in self.files)


@dataclass(frozen=True, slots=True)
class ModelState:
    """What of a model lies on this computer.

    Attributes:
        folder: where it is, or would be.
        is_installed: whole, and each file was checked.
        bytes_here: of the model, or of an unfinished download, which can be resumed or removed.
    """

    model: PublishedModel
    folder: Path
    is_installed: bool
    bytes_here: int

    @property
    def is_partial(self) -> bool:
        return not self.is_installed and self.bytes_here > 0


# Facts that a download yields.


@dataclass(frozen=True, slots=True)
class Downloading:
    """Bytes have come. ``bytes_per_s``: over the last seconds; 0 until that can be told."""

    file: str
    done_bytes: int
    total_bytes: int
    bytes_per_s: float


@dataclass(frozen=True, slots=True)
class Checking:
    """What already lies on the disk is compared with its hash."""

    file: str
    done_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class Converting:
    """Weights in pickle's format are being written as safetensors: a minute at most for a gigabyte."""

    file: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Retrying:
    """Something passed went wrong; the same is tried again in ``wait_s``."""

    error: DownloadFailed
    wait_s: float


@dataclass(frozen=True, slots=True)
class Downloaded:
    """The last fact: the model is whole and can be used."""

    folder: Path
    size_bytes: int
    seconds: float


DownloadFact = Downloading | Checking | Retrying | Converting | Downloaded


@dataclass(frozen=True, slots=True)
class Difference:
    """The manifest says one thing, the hub (or the installed folder) another.

    Attributes:
        file: which the fact is about; None: the model as a whole.
        fact: "file" (that it is there), "size_bytes", "sha256", "licence", "dim", "edge_px", "resize", "text_tokens"
            or "lower_cased".
        expected: by the manifest; None: it says nothing, so ``found`` is news and contradicts nothing.
        found: None: not there.
    """

    model_id: str
    file: str | None
    fact: str
    expected: str | None
    found: str | None

    @property
    def is_news(self) -> bool:
        return self.expected is None


# How a model runs best on this machine.


NumberType = Literal["float32", "bfloat16", "float16", "int8"]
NUMBER_TYPES: tuple[NumberType, ...] = ("float32", "bfloat16", "float16", "int8")
"""From the most precise on."""


class Lost(StrEnum):
    """Why a way to run a model was not chosen."""

    SLOWER = "slower"
    """Than the chosen one, or than float32."""
    UNFAITHFUL = "unfaithful"
    """Its results are too far from float32's."""
    UNJUDGED = "unjudged"
    """There were too few photos to tell how far its results are from float32's."""
    OUT_OF_MEMORY = "out_of_memory"
    FAILED = "failed"
    """An error, or numbers that are none."""
    CRASHED = "crashed"
    TIMED_OUT = "timed_out"


@dataclass(frozen=True, slots=True)
class Trial:
    """One way to run a model, and what came of trying it. None: it did not come to that.

    Attributes:
        device: "cpu", "cuda" or "mps".
        batch_size: photos in one pass.
        threads: of the processor.
        per_second: photos that were embedded, or captions that were written.
        memory_bytes: by which the process grew at most, weights included; on a card beside its own memory.
        fidelity: mean distance (1 - cosine) to float32's results, as a share of the median distance between photos:
            0.002 is good, 0.02 the most that is let through. None: it can't be judged.
        lost: why it is not the chosen one; None: it is.
        detail: of a failure.
    """

    device: str
    number_type: NumberType
    batch_size: int
    threads: int
    per_second: float | None = None
    memory_bytes: int | None = None
    fidelity: float | None = None
    lost: Lost | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Tuning:
    """How a model runs on this machine, as measured: the chosen way, and all that were tried.

    Attributes:
        device_name: the processor's or the card's, as its maker calls it.
        per_second: None where nothing came to its end in the time; then the rest is a guess.
        seconds: how long the measuring took.
    """

    device: str
    number_type: NumberType
    batch_size: int
    threads: int
    per_second: float | None
    memory_bytes: int | None
    fidelity: float | None
    tried: tuple[Trial, ...] = ()
    device_name: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Measuring:
    """A way to run a model is being tried. ``done`` and ``total`` count them."""

    model: str
    trial: Trial
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Measured:
    """The last fact of a measuring; the model runs so from now on."""

    model: str
    tuning: Tuning


MeasureFact = Measuring | Measured


class Tuner(Protocol):
    """Finds out how a model in use runs best here. Thread-safe, but for one measuring at a time."""

    @property
    def name(self) -> str:
        """The model, as shown to people."""

    @property
    def folder(self) -> Path:
        """Of its checkpoint."""

    @property
    def wanted_photos(self) -> int:
        """How many photos it should be measured with."""

    @property
    def tuning(self) -> Tuning | None:
        """What was measured here; None: nothing yet. Needs no torch. Raises ModelUnusable."""

    def measure(self, images: Sequence[RgbImage]) -> Iterator[MeasureFact]:
        """Try what fits and let the model run as the best. Raises ModelUnusable, MeasuringFailed."""
