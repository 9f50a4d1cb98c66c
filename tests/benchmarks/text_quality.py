"""How well text in pictures is read, and how fast: `python -m tests.benchmarks.text_quality FONT… [--photos FOLDER]`.

Pages, screens and signs in photos are made with words that no language has, so that nothing is guessed, in print of
several heights. Each is read as the program does (a look at the thumbnail, then the original at the reader's size),
from the thumbnail alone, and at other sizes. Times are those of all cores together, for a picture; the floor is reading
alone, on decoded pixels. FOLDER is of photos with little text: how many the look lets pass, and what is read in them.
Needs the extra ocr.
"""

from __future__ import annotations

import argparse
import collections
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from app.core.types import RgbImage
from app.files.decoding import decode_full
from app.files.pictures.pixels import thumbnail_size
from app.files.thumbnails import ThumbnailStore
from app.vision.text_reader import RapidTextReader
from tests.benchmarks.measuring import machine, print_table

SYLLABLES = tuple(first + last for first in "bdfghklmnprstvw" for last in "aeiou")
Written = tuple[Image.Image, list[tuple[str, int]]]
"""A picture, and its words with the height of their print in pixels."""


class Words:
    """Each word once, so that finding one at a height does not count for another."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self._used: set[str] = set()

    def some(self, count: int) -> list[str]:
        found: list[str] = []
        while len(found) < count:
            word = "".join(self.chance.choice(SYLLABLES) for _ in range(3))
            if word not in self._used:
                self._used.add(word)
                found.append(word)
        return found


def page(words: Words, fonts: Sequence[Path]) -> Written:
    """A4, as a phone of 12 megapixels takes it."""
    image, told = _lines(words, words.chance.choice(fonts), (3024, 4032), (160, 100, 72, 56, 44, 36), "#faf8f4")
    return image.rotate(words.chance.uniform(-2, 2), fillcolor="#f0eee6"), told


def phone_screen(words: Words, fonts: Sequence[Path]) -> Written:
    """1170 × 2532."""
    return _lines(words, words.chance.choice(fonts), (1170, 2532), (80, 60, 48, 40, 34, 28, 24, 20), "white")


def desktop_screen(words: Words, fonts: Sequence[Path]) -> Written:
    """2560 × 1440, at 100 %."""
    return _lines(words, words.chance.choice(fonts), (2560, 1440), (32, 24, 20, 16, 14, 13, 12), "#f5f5f5")


def sign(words: Words, fonts: Sequence[Path]) -> Written:
    """Three boards somewhere in a blurred photo of 12 megapixels."""
    chance = words.chance
    coarse = np.random.default_rng(chance.randrange(1 << 30)).integers(0, 256, (9, 12, 3)).astype(np.uint8)
    image = Image.fromarray(coarse).resize((4032, 3024), Image.Resampling.BICUBIC)
    told = []
    for row, height_px in enumerate(chance.sample((30, 45, 60, 90, 140, 220), 3)):
        (word,) = words.some(1)
        font = ImageFont.truetype(chance.choice(fonts), height_px)
        board = Image.new("RGBA", (int(font.getlength(word)) + height_px, int(height_px * 1.8)), chance.choice(BOARDS))
        ImageDraw.Draw(board).text((height_px // 2, height_px // 4), word, font=font, fill="white")
        board = board.rotate(chance.uniform(-12, 12), expand=True, resample=Image.Resampling.BICUBIC)
        image.paste(board, (chance.randrange(2000), 150 + row * 950), board)
        told.append((word, height_px))
    return image.filter(ImageFilter.GaussianBlur(1.5)), told


BOARDS = ("#143c8c", "#b41414", "#106030", "#333333")
SORTS: Sequence[Callable[[Words, Sequence[Path]], Written]] = (page, phone_screen, desktop_screen, sign)


def _lines(words: Words, font_file: Path, size: tuple[int, int], heights: Sequence[int], ground: str) -> Written:
    image = Image.new("RGB", size, ground)
    draw = ImageDraw.Draw(image)
    told, top = [], size[1] // 20
    for height_px in heights:
        font = ImageFont.truetype(font_file, height_px)
        for _ in range(4):
            line = words.some(3)
            draw.text((size[0] // 20, top), " ".join(line), fill="#1e1e1e", font=font)
            told += [(word, height_px) for word in line]
            top += int(height_px * 1.6)
    return image, told


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fonts", type=Path, nargs="+", help="font files to write with")
    parser.add_argument("--photos", type=Path, help="a folder of photos with little text")
    parser.add_argument("--most", type=int, default=400, help="of those photos")
    parser.add_argument("--each", type=int, default=6, help="pictures of each sort")
    parser.add_argument("--sizes", type=int, nargs="*", default=[1200], help="other longest edges to compare")
    options = parser.parse_args()
    print(machine())
    reader = RapidTextReader()
    with tempfile.TemporaryDirectory() as scratch:
        for sort in SORTS:
            _measure(sort, options, reader, Path(scratch))
    if options.photos:
        _photos(options.photos, options.most, reader)


def _measure(sort: Callable[..., Written], options: argparse.Namespace, reader: RapidTextReader, scratch: Path) -> None:
    words = Words(1)
    made = [sort(words, options.fonts) for _ in range(options.each)]
    files = [scratch / f"{sort.__name__} {number}.jpg" for number in range(len(made))]
    for (image, _), path in zip(made, files, strict=True):
        image.save(path, quality=90)
    heights = sorted({height for _, told in made for _, height in told})
    rows: list[list[object]] = [[sort.__name__, "core s", "floor", "all", *(f"{each} px" for each in heights)]]
    ways: list[tuple[str, Callable[[Path], RgbImage | None]]] = [
        ("as Oriel", lambda path: decode_full(path, reader.edge_px) if reader.has_text(_thumbnail(path)) else None),
        ("thumbnail", _thumbnail),
        *((f"{edge} px", lambda path, edge=edge: decode_full(path, edge)) for edge in options.sizes),
    ]
    for name, way in ways:
        rows.append([name, *_read(way, made, files, heights, reader)])
    print_table(rows)
    print()


def _read(
    way: Callable[[Path], RgbImage | None],
    made: Sequence[Written],
    files: Sequence[Path],
    heights: Sequence[int],
    reader: RapidTextReader,
) -> list[object]:
    found: collections.Counter[int] = collections.Counter()
    asked: collections.Counter[int] = collections.Counter()
    took = floor = 0.0
    for (_, told), path in zip(made, files, strict=True):
        began = time.process_time()
        image = way(path)
        begun = time.process_time()
        lines = [] if image is None else reader.read_texts([image])[0]
        ended = time.process_time()
        took, floor = took + ended - began, floor + ended - begun
        text = "".join(line.text.lower().replace(" ", "") for line in lines)
        asked.update(height for _, height in told)
        found.update(height for word, height in told if word in text)
    shares = [found[each] / asked[each] for each in heights]
    return [took / len(files), floor / len(files), found.total() / asked.total(), *shares]


def _thumbnail(path: Path) -> RgbImage:
    """As the store keeps it."""
    store = ThumbnailStore(path.parent)
    with Image.open(path) as image:
        size = thumbnail_size(image.size, store.edge_px, store.max_edge_px)
        return np.asarray(image.convert("RGB").resize(size, Image.Resampling.LANCZOS))


def _photos(folder: Path, most: int, reader: RapidTextReader) -> None:
    files = sorted(folder.glob("*.jpg"))[:most]
    passed, words, began = 0, [], time.process_time()
    for path in files:
        if reader.has_text(_thumbnail(path)):
            passed += 1
            (lines,) = reader.read_texts([decode_full(path, reader.edge_px)])
            words += [(line.text, f"{line.confidence:.2f}") for line in lines]
    seconds = time.process_time() - began
    print_table(
        [
            ("photos", "passed the look", "lines", "core s a photo"),
            (len(files), passed, len(words), seconds / len(files)),
        ]
    )
    print(*sorted(words, key=lambda told: told[1]), sep="\n")


if __name__ == "__main__":
    main()
