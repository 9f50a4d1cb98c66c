"""Pictures to search with: of the library or from elsewhere, whole or a part, wanted or not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.core.types import PhotoId, RgbImage


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture from outside the library: a file, or pixels. Two are the same only if they are one object.

    ``key``: of the copy that the library keeps of it; "": it keeps none.
    """

    name: str
    path: Path | None = None
    image: RgbImage | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A part of an upright picture, as shares of its width and height.

    Raises:
        ValueError: it is empty or reaches out of the picture.
    """

    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self) -> None:
        if not (0 <= self.left < self.right <= 1 and 0 <= self.top < self.bottom <= 1):
            raise ValueError(f"no part of a picture: {self}")

    def cut(self, image: RgbImage) -> RgbImage:
        """The part of an image: at least one pixel."""
        height, width = image.shape[:2]
        left, top = min(int(self.left * width), width - 1), min(int(self.top * height), height - 1)
        right, bottom = max(left + 1, round(self.right * width)), max(top + 1, round(self.bottom * height))
        return image[top:bottom, left:right]


@dataclass(frozen=True, slots=True)
class Example:
    """One picture that says what is wanted: ``weight`` above 0 for "like this", below 0 for "unlike this"."""

    source: PhotoId | Picture
    box: Box | None = None
    weight: float = 1.0

    @property
    def photo_id(self) -> PhotoId | None:
        """The photo of the library whose picture, or a part of it, this is."""
        return None if isinstance(self.source, Picture) else self.source
