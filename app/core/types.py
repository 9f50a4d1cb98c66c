"""The nouns, facts, array aliases and protocols that all rooms share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import NewType, Protocol

import numpy as np
import numpy.typing as npt

from app.core.errors import ModelUnusable

PhotoId = NewType("PhotoId", int)
FileId = NewType("FileId", int)
FolderId = NewType("FolderId", int)
RootId = NewType("RootId", int)

RgbImage = npt.NDArray[np.uint8]
"""uint8, shape (height, width, 3), sRGB, upright."""

Vector = npt.NDArray[np.float32]
"""float32, shape (dim,), length 1."""

Embeddings = npt.NDArray[np.float32]
"""float32, shape (n, dim), each row of length 1."""

PhotoIds = npt.NDArray[np.int64]
"""int64, shape (n,): photo ids."""

Scores = npt.NDArray[np.float32]
"""float32, shape (n,): one a photo, higher is better."""

Halves = npt.NDArray[np.float16]
"""float16, shape (n, dim): vectors as they are stored."""

Flags = npt.NDArray[np.bool_]
"""bool, shape (n,)."""

Positions = npt.NDArray[np.float64]
"""float64, shape (n, 2): latitude and longitude in degrees."""


class Stage(StrEnum):
    """What background work is doing, in the order in which a photo passes through it."""

    FIND = "find"
    READ = "read"
    PLACE = "place"
    EMBED = "embed"
    TAG = "tag"
    PREPARE = "prepare"
    """A vector of the model that is to take over, beside that of the present one."""
    TEXT = "text"
    CAPTION_MEANING = "caption_meaning"
    """A vector of what the caption says; those that are written from now on get theirs at once."""
    CAPTION = "caption"


class Reason(StrEnum):
    """Why a photo was skipped."""

    EMPTY = "empty"
    TRUNCATED = "truncated"
    CORRUPT = "corrupt"
    NOT_AN_IMAGE = "not_an_image"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"
    VANISHED = "vanished"
    ONLINE_ONLY = "online_only"
    CHANGED_WHILE_READ = "changed_while_read"
    CRASHED = "crashed"
    TIMED_OUT = "timed_out"
    NO_DECODER = "no_decoder"
    MODEL_FAILED = "model_failed"


class Order(StrEnum):
    """How the grid is sorted."""

    NEWEST = "newest"
    OLDEST = "oldest"
    NAME = "name"
    ADDED = "added"
    RATING = "rating"


class DateSource(StrEnum):
    """Where a photo's date comes from, most trusted first."""

    USER = "user"
    EXIF = "exif"
    XMP = "xmp"
    VIDEO = "video"
    """The container of a video."""
    TAKEOUT = "takeout"
    """The JSON file that Google Takeout lays beside it."""
    NAME = "name"
    """The file's name."""
    SAVED = "saved"
    """EXIF's DateTime, which programs set when they save; old cameras set no other."""
    FILE = "file"
    """The file's modification time."""


class Kind(StrEnum):
    """What sort of picture a photo is. Each photo is of one kind: the first of these that fits."""

    VIDEO = "video"
    LIVE = "live"
    """A still with a few seconds of video: Live Photo, motion photo."""
    ANIMATION = "animation"
    RAW = "raw"
    PANORAMA = "panorama"
    SCREENSHOT = "screenshot"
    DOCUMENT = "document"
    PHOTO = "photo"


class Role(StrEnum):
    """What a file is to its photo."""

    ORIGINAL = "original"
    TWIN = "twin"
    """The raw that belongs to a JPEG or HEIC: the same shot, from the same camera."""
    MOTION = "motion"
    """The video of a Live Photo."""
    UNEDITED = "unedited"
    """What the shown file was before it was edited."""
    SIDECAR = "sidecar"
    """What another program wrote beside it: XMP, AAE, Takeout's JSON."""


class Why(StrEnum):
    """What made a photo a hit; first what a person can check by looking."""

    SELF = "self"
    TEXT = "text"
    """Text that stands in the picture."""
    CAPTION = "caption"
    TAG = "tag"
    NAME = "name"
    PLACE = "place"
    FOLDER = "folder"
    MEANING = "meaning"


class Like(StrEnum):
    """How a photo stands to a picture that was searched with."""

    LOOKS = "looks"
    """What is in it is like what is in the picture."""
    UNLIKE = "unlike"
    """The picture was unwanted, and no other was wanted."""
    COPY = "copy"
    """The same image data."""
    ALIKE = "alike"
    """Nearly the same picture: a frame of the same burst, or another size or quality of it."""
    MOMENT = "moment"
    """Taken within a minute of it."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """One fact of how a photo stands to a picture that was searched with.

    Attributes:
        how: what is told.
        name: of the picture; of several, of the one that the photo is nearest to.
        is_part: a part of it was asked for.
        pictures: how many were wanted, or unwanted.
        apart_s: for MOMENT: seconds from the picture's shot to the photo's, below 0 where the photo is the earlier.
    """

    how: Like
    name: str
    is_part: bool = False
    pictures: int = 1
    apart_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason why a photo is a hit, as a person can check it.

    Attributes:
        why: where it stands.
        text: what stands there, one line; empty for what only vectors say.
        marks: where in the text the words of the query begin and end, as places of letters, in order.
        confidence: the machine's, 0 to 1, that its tag is right; None: a person's, or no tag.
        above: the share of the library's photos, 0 to 1, whose picture or caption is further from the query (nearer,
            for what is unlike a picture); None: words.
        like: where a picture was searched with, how the photo stands to it.
    """

    why: Why
    text: str = ""
    marks: tuple[tuple[int, int], ...] = ()
    confidence: float | None = None
    above: float | None = None
    like: Likeness | None = None


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file of a photo seen while walking a folder; nothing of it was opened.

    ``is_online_only``: a cloud drive's placeholder; opening it would download it.
    """

    name: bytes
    size_bytes: int
    mtime_ns: int
    is_online_only: bool = False


@dataclass(frozen=True, slots=True)
class FoundPhoto:
    """The files of one folder that are one photo.

    Attributes:
        shown: the one that is decoded and opened.
        others: what belongs to it.
        kind: what the shown file's name says; the first reading knows better.
    """

    shown: FoundFile
    others: tuple[tuple[FoundFile, Role], ...] = ()
    kind: Kind = Kind.PHOTO

    @property
    def files(self) -> tuple[FoundFile, ...]:
        return (self.shown, *(file for file, _ in self.others))


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the headers of a file say; None where they say nothing.

    ``taken_at`` is local wall-clock time in seconds since 1970 as if the place were UTC, so that a photo keeps
    the day on which it was taken wherever it is looked at; ``utc_offset_min`` is its offset where known.
    """

    taken_at: float | None = None
    date_source: DateSource | None = None
    utc_offset_min: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    camera: str | None = None
    lens: str | None = None
    exposure_s: float | None = None
    f_number: float | None = None
    iso: int | None = None
    focal_mm: float | None = None
    told_kind: Kind | None = None
    """Panorama or screenshot, where the headers call it so."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a position lies, in names; all empty: nowhere near a place that has one."""

    city: str
    region: str
    country: str
    country_code: str
    """ISO 3166-1, two letters."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a person wrote about a photo in another program that exported it."""

    caption: str | None = None
    is_favourite: bool = False


@dataclass(frozen=True, slots=True)
class ReadPhoto:
    """The first reading of a file: everything that later features need, so that no file is read twice.

    Attributes:
        width_px, height_px: of the original, upright.
        mean_colour: 0xRRGGBB over the thumbnail.
        perceptual_hash: 64-bit difference hash of the thumbnail as a signed integer (SQLite's range).
        content_hash: BLAKE2b-128 over the image data without the headers other programs write into.
        thumbnail_bytes: size of the stored thumbnail.
        duration_s: of a video.
        written: taken over the first time that it is told, where the person has not said otherwise in Oriel.
    """

    photo_id: PhotoId
    file_id: FileId
    size_bytes: int
    mtime_ns: int
    width_px: int
    height_px: int
    mean_colour: int
    perceptual_hash: int
    content_hash: bytes
    thumbnail_bytes: int
    metadata: Metadata
    kind: Kind = Kind.PHOTO
    duration_s: float | None = None
    written: Written | None = None


@dataclass(frozen=True, slots=True)
class PhotoFile:
    """A file of a photo and where it lies.

    ``others``: the photo's other files that are there, where the file was asked for to be read.
    """

    photo_id: PhotoId
    file_id: FileId
    path: Path
    size_bytes: int
    mtime_ns: int
    role: Role = Role.ORIGINAL
    others: tuple[tuple[Path, Role], ...] = ()


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """What the grid shows of one photo."""

    photo_id: PhotoId
    name: str
    caption: str | None
    taken_at: float
    rating: int
    is_favourite: bool
    is_offline: bool
    failure: Reason | None
    """Why it can't be read; None where it can, or nobody has tried yet."""
    kind: Kind = Kind.PHOTO
    duration_s: float | None = None
    is_pair: bool = False
    """It has a raw and a JPEG or HEIC."""
    is_online_only: bool = False

    @property
    def is_failed(self) -> bool:
        return self.failure is not None


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag of a photo; ``confidence`` is a probability for a machine's tag and None for a person's."""

    name: str
    confidence: float | None = None

    @property
    def is_machine(self) -> bool:
        return self.confidence is not None


Corner = tuple[float, float]
"""x and y, from 0 to 1 of the width and height of the picture, upright."""


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text that stands in a picture.

    Attributes:
        text: as it was read, without line breaks.
        confidence: from 0 to 1.
        corners: of the line: top left, top right, bottom right, bottom left.
    """

    text: str
    confidence: float
    corners: tuple[Corner, Corner, Corner, Corner]


@dataclass(frozen=True, slots=True)
class Photo:
    """Everything the information panel shows."""

    photo_id: PhotoId
    path: Path
    name: str
    folder: str
    size_bytes: int
    width_px: int | None
    height_px: int | None
    taken_at: float
    metadata: Metadata
    rating: int
    is_favourite: bool
    is_offline: bool
    caption: str | None
    caption_model: str | None
    """None: a person wrote the caption (or there is none)."""
    tags: tuple[Tag, ...]
    failure: Reason | None
    kind: Kind = Kind.PHOTO
    duration_s: float | None = None
    place: Place | None = None
    files: tuple[PhotoFile, ...] = ()
    """Those that are there, the shown one first; all of them where none is."""
    is_online_only: bool = False
    text: tuple[TextLine, ...] = ()
    """What stands in the picture, in the order in which it is read."""


@dataclass(frozen=True, slots=True, eq=False)
class PhotoTable:
    """All photos of a view in their order, as columns, so that a million cost little.

    Attributes:
        ids: int64, shape (n,).
        taken_at: float64, shape (n,), seconds as in Metadata.
        aspects: float32, shape (n,), width / height; 1.0 (unread photos: 4/3) where not yet known.
    """

    ids: PhotoIds
    taken_at: npt.NDArray[np.float64]
    aspects: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Root:
    """A folder that a person added, or (``is_whole`` False) one of which only single files were added."""

    root_id: RootId
    path: Path
    is_whole: bool
    is_offline: bool
    photo_count: int


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of the library with the number of photos in it and below it."""

    folder_id: FolderId
    root_id: RootId
    parent_id: FolderId | None
    path: Path
    name: str
    is_offline: bool
    photo_count: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A photo that answers a query.

    ``score`` falls along the ranking. ``is_good`` is False below the line where good matches end.
    """

    photo_id: PhotoId
    score: float
    why: tuple[Why, ...]
    is_good: bool = True


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search that a person gave a name: an album that new photos join by themselves.

    ``question`` is JSON, all that is needed to ask it again; they stand by ``position``.
    """

    search_id: int
    name: str
    question: str
    position: float


WHY_BITS: Mapping[Why, int] = {why: 1 << place for place, why in enumerate(Why)}
"""How ``Answer.whys`` holds several reasons in one byte."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a search found, best first, as columns, so that a hundred thousand hits cost little.

    Attributes:
        ids: int64, shape (n,).
        scores: float32, shape (n,), never rising.
        whys: uint8, shape (n,), sums of WHY_BITS.
        good: the first so many stand above the line where good matches end.
        searched: photos whose meaning was compared (0: words only); all where there was nothing to compare.
        total: photos in the scope that was asked.
        seconds: how long it took.
        is_meaning_ready: False where the text model was not loaded yet, so that words alone were asked.
        unknown_language: the query's, where it is certain that the model does not know it (ISO 639, or of a script
            that several languages are written in ISO 15924: "de", "Cyrl"); None: no claim.
    """

    ids: PhotoIds
    scores: npt.NDArray[np.float32]
    whys: npt.NDArray[np.uint8]
    good: int
    searched: int
    total: int
    seconds: float
    is_meaning_ready: bool = True
    unknown_language: str | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def why(self, place: int) -> tuple[Why, ...]:
        """What made the photo at this place (0 is the best) a hit."""
        bits = int(self.whys[place])
        return tuple(why for why, bit in WHY_BITS.items() if bits & bit)

    def hit(self, place: int) -> Hit:
        """The photo at this place (0 is the best) as one object."""
        score = float(self.scores[place])
        return Hit(PhotoId(int(self.ids[place])), score, self.why(place), place < self.good)


@dataclass(frozen=True, slots=True)
class Status:
    """The library in numbers."""

    photos: int
    read: int
    embedded: int
    tagged: int
    captioned: int
    failed: int
    offline: int
    thumbnail_bytes: int
    text_read: int = 0
    """Photos whose text was looked for."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that a stage could not use; kept with the file's time, so that it is not tried again until it changes."""

    photo_id: PhotoId
    path: Path
    stage: Stage
    reason: Reason
    detail: str


# Facts that verbs yield.


@dataclass(frozen=True, slots=True)
class Progress:
    """``total`` is None while files are still being counted."""

    stage: Stage
    done: int
    total: int | None


@dataclass(frozen=True, slots=True)
class Skipped:
    """One photo cost one photo."""

    path: Path
    stage: Stage
    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class FolderUnavailable:
    """A folder could not be listed; its photos stay. ``is_offline`` where it is not there at all."""

    path: Path
    is_offline: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Another program on this library is running the models; this one goes on when it stops."""

    stage: Stage


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A stage cannot run here, and everything else works. ``error``: why; None where no model is installed for it."""

    stage: Stage
    error: ModelUnusable | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """The last fact of a long verb. ``left_out`` counts what was passed over, by kind ("video": 312)."""

    stage: Stage
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    seconds: float = 0.0
    left_out: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MovedToProcessor:
    """A model left its device, which has no memory even for one photo, and runs on the processor from now on.

    ``model``: as shown to people. ``device``: "cuda" or "mps".
    """

    model: str
    device: str


Fact = Progress | Skipped | FolderUnavailable | Waiting | Unavailable | MovedToProcessor | Summary


# What vision fulfils and library uses; startup.py joins them.


class Embedder(Protocol):
    """Pictures and texts as vectors of one space. Loads on first use, unloads on request; thread-safe."""

    @property
    def name(self) -> str:
        """The checkpoint, as shown to people."""

    @property
    def space(self) -> str:
        """Identifies image tower, projection and preprocessing: vectors of two spaces never meet. Needs no torch."""

    @property
    def text_id(self) -> str:
        """Identifies the text tower within the space: another one gives texts other vectors. Needs no torch."""

    @property
    def dim(self) -> int:
        """The length of a vector. Needs no torch."""

    @property
    def edge_px(self) -> int:
        """The edge of the square that the image tower sees. Needs no torch."""

    @property
    def is_loaded(self) -> bool: ...

    def load(self) -> None:
        """Load now instead of at first use. Raises ModelUnusable."""

    def embed_images(self, images: Sequence[RgbImage]) -> Embeddings:
        """float32, shape (len(images), dim), unit rows. Raises ModelUnusable, OutOfMemory."""

    def embed_texts(self, texts: Sequence[str]) -> Embeddings:
        """float32, shape (len(texts), dim), unit rows. Raises ModelUnusable, OutOfMemory."""

    def unload(self) -> None: ...

    def rest(self, idle_s: float) -> bool:
        """Unload where nobody has used it for so long; whether it was. The next use loads it again."""


class Captioner(Protocol):
    """Pictures described in a sentence. Loads on first use; thread-safe."""

    @property
    def name(self) -> str: ...

    @property
    def model_id(self) -> str:
        """Identifies the checkpoint: captions are remade only when this changes. Needs no torch."""

    @property
    def edge_px(self) -> int: ...

    def caption_images(self, images: Sequence[RgbImage]) -> list[str]:
        """One sentence per image. Raises ModelUnusable, OutOfMemory."""

    def unload(self) -> None: ...

    def rest(self, idle_s: float) -> bool:
        """As ``Embedder.rest``."""


class TextReader(Protocol):
    """Text that stands in pictures. Loads on first use; thread-safe."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str:
        """Identifies what reads and how: texts are read again only when this changes. Raises TextReaderUnusable."""

    @property
    def edge_px(self) -> int:
        """The longest edge of a picture in which it reads small print; larger ones are of no use to it."""

    def has_text(self, image: RgbImage) -> bool:
        """Whether a thumbnail shows anything like text: a quick look. Raises TextReaderUnusable, OutOfMemory."""

    def read_texts(self, images: Sequence[RgbImage]) -> list[list[TextLine]]:
        """The lines of each image, from top to bottom. Raises TextReaderUnusable, OutOfMemory."""

    def unload(self) -> None: ...


class Gazetteer(Protocol):
    """Names for positions. Loads on first use; thread-safe."""

    def places(self, positions: Positions) -> Sequence[Place]:
        """One place per position; all its names empty where nothing that has a name is near."""
