"""How well documents are told from photos: `python -m tests.benchmarks.document_quality PHOTOS FONT…`.

Takes photos in which no documents are, and made documents, through the program's own verbs: letters, columns, book
pages, receipts, forms, tables, handwriting and drawn-on boards, each scanned, photographed askew in uneven light, and
lying small on a table. What is found among the photos is printed by name: it may well be one. Made pages are cleaner
than crumpled ones, so the recall is an upper bound; thresholds were chosen with pages of another seed in view.
"""

from __future__ import annotations

import argparse
import collections
import math
import random
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from app import paths
from app.core.query import Scope
from app.core.types import Kind
from app.library.enrich.embedding import embed_missing
from app.library.enrich.tagging import tag_missing
from app.library.intake.importing import import_folder
from app.library.intake.reading import read_missing
from app.startup import close_library
from tests.benchmarks.measuring import machine, print_table
from tests.benchmarks.tag_quality import tagging_library

EACH = 12
TEXT = (
    "the of and to in invoice total amount dear please contract between this page section payment order number date is"
    " for with from that account balance we are customer street tax net gross article price quantity delivery terms"
    " sincerely yours report year results figure table service your letter was has been received and will be sent"
)
WORDS = TEXT.split(" ")
INKS = ("black", "#222222", "#14308a")
GROUNDS = ("white", "#fbfaf5", "#f4f1e6", "#f6efdc")
TABLES = ((120, 80, 50), (60, 45, 35), (90, 90, 95), (160, 130, 100), (40, 50, 60), (190, 185, 180))
WAYS = {"scanned": None, "photographed": 1.0, "small": 0.65}
"""How much of the picture the page takes, where it is photographed."""
LIGHTS = ((1, 1, 1), (1.04, 1, 0.9), (1.05, 0.98, 0.85), (0.95, 1, 1.05))


class Writer:
    """Writes onto a page with one font."""

    def __init__(self, chance: random.Random, font: Path, size_px: tuple[int, int]) -> None:
        self.chance, self.font_file = chance, font
        self.image = Image.new("RGB", size_px, chance.choice(GROUNDS))
        self.draw = ImageDraw.Draw(self.image)
        self.ink = chance.choice(INKS)

    def words(self, count: int) -> str:
        return " ".join(self.chance.choice(WORDS) for _ in range(count))

    def line(self, x: float, y: float, text: str, px: int, *, anchor: str = "la", ink: str | None = None) -> None:
        self.draw.text((x, y), text, font=ImageFont.truetype(self.font_file, px), fill=ink or self.ink, anchor=anchor)

    def block(self, box: tuple[int, int, int, int], px: int) -> None:
        """Lines of running text in left, top, right, bottom."""
        left, top, right, bottom = box
        font = ImageFont.truetype(self.font_file, px)
        y = float(top)
        while y < bottom:
            wanted = (right - left) * (self.chance.uniform(0.3, 0.9) if self.chance.random() < 0.15 else 1)
            text = self.words(3)
            while self.draw.textlength(text + " quantity", font=font) < wanted:
                text += " " + self.chance.choice(WORDS)
            self.draw.text((left, y), text, font=font, fill=self.ink)
            y += px * (2.4 if self.chance.random() < 0.08 else 1.4)


def letter(chance: random.Random, font: Path) -> Image.Image:
    page = Writer(chance, font, (1240, 1754))
    page.line(140, 120, page.words(3).title(), 46)
    page.block((140, 260, 560, 380), 26)
    page.block((140, 480, 1100, chance.randint(1000, 1650)), chance.randint(22, 34))
    return page.image


def columns(chance: random.Random, font: Path) -> Image.Image:
    page = Writer(chance, font, (1240, 1754))
    page.line(90, 90, page.words(4).title(), 48)
    for left in (90, 650):
        page.block((left, 220, left + 500, 1650), chance.randint(18, 24))
    return page.image


def book(chance: random.Random, font: Path) -> Image.Image:
    page = Writer(chance, font, (1000, 1500))
    page.block((110, 150, 890, 1380), chance.randint(26, 34))
    return page.image


def receipt(chance: random.Random, font: Path) -> Image.Image:
    page = Writer(chance, font, (620, chance.randint(1100, 2000)))
    page.line(310, 60, page.words(2).upper(), 44, anchor="ma")
    y = 180
    while y < page.image.height - 160:
        page.line(40, y, page.words(2)[:20], 28)
        page.line(580, y, f"{chance.randint(0, 99)}.{chance.randint(0, 99):02}", 28, anchor="ra")
        y += 42
    page.line(40, y + 20, "TOTAL", 44)
    return page.image


def form(chance: random.Random, font: Path) -> Image.Image:
    page = Writer(chance, font, (1240, 1754))
    page.line(90, 80, page.words(3).upper(), 42)
    for y in range(180, 1600, 94):
        fields = chance.choice([1, 2, 2, 3])
        width = 1060 / fields
        for number in range(fields):
            left = 90 + number * width
            page.draw.rectangle((left, y, left + width - 8, y + 84), outline="black", width=2)
            page.line(left + 8, y + 6, page.words(2), 24)
            if chance.random() < 0.6:
                page.line(left + 20, y + 40, page.words(2), 32, ink="#14308a")
    return page.image


def table(chance: random.Random, font: Path) -> Image.Image:
    page = Writer(chance, font, (1240, 1754))
    page.line(90, 90, f"INVOICE {chance.randint(1000, 9999)}", 50)
    page.block((90, 190, 590, 330), 24)
    for y in range(470, 470 + 50 * chance.randint(10, 24), 50):
        page.draw.line((90, y, 1150, y), fill="#888888")
        page.line(100, y + 10, page.words(3), 24)
        for right in (780, 950, 1140):
            page.line(right, y + 10, f"{chance.randint(1, 999)}.00", 24, anchor="ra")
    return page.image


def notes(chance: random.Random, font: Path) -> Image.Image:
    page = Writer(chance, font, (1240, 1654))
    for y in range(160, 1600, 62):
        page.draw.line((0, y, 1240, y), fill="#aac4e0", width=2)
    for y in range(114, chance.randint(900, 1500), 62):
        page.line(110 + chance.randint(-9, 9), y, page.words(chance.randint(4, 8)), chance.randint(42, 50))
    return page.image


def board(chance: random.Random, font: Path) -> Image.Image:
    page = Writer(chance, font, (1600, 1100))
    page.draw.rectangle((0, 0, 1599, 1099), outline="#999999", width=24)
    for _ in range(chance.randint(8, 16)):
        page.ink = chance.choice(("#b01020", "#1030a0", "#111111", "#107030"))
        where = chance.randint(60, 1000), chance.randint(50, 1000)
        page.line(*where, page.words(chance.randint(1, 4)), chance.randint(50, 80))
    return page.image


SORTS: Sequence[Callable[[random.Random, Path], Image.Image]] = (
    letter, columns, book, receipt, form, table, notes, board,
)  # fmt: skip


def photographed(page: Image.Image, chance: random.Random, share: float) -> Image.Image:
    """A page on a table, turned, askew, in uneven coloured light, with noise, somewhat out of focus."""
    width, height = chance.choice([(1600, 1200), (1200, 1600)])
    grain = np.random.default_rng(chance.randrange(1 << 30))
    streaks = Image.fromarray(grain.normal(0, 14, (height // 8, width // 40)).astype(np.float32))
    ground = np.array(chance.choice(TABLES)) + np.array(streaks.resize((width, height)))[..., None]
    scene = Image.fromarray(ground.clip(0, 255).astype(np.uint8))
    scale = share * min(width / page.width, height / page.height)
    lain, mask = _laid(page.resize((int(page.width * scale), int(page.height * scale))), (width, height), chance)
    scene.paste(lain, mask=mask)
    across = np.linspace(-0.5, 0.5, width)[None] * chance.uniform(-0.5, 0.5)
    down = np.linspace(-0.5, 0.5, height)[:, None] * chance.uniform(-0.5, 0.5)
    lit = np.array(scene) * (chance.uniform(0.72, 0.98) + across + down)[..., None] * np.array(chance.choice(LIGHTS))
    lit += grain.normal(0, chance.uniform(1, 5), lit.shape)
    return Image.fromarray(lit.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(chance.uniform(0, 1.3)))


def _laid(page: Image.Image, size_px: tuple[int, int], chance: random.Random) -> tuple[Image.Image, Image.Image]:
    turn = math.radians(chance.uniform(-14, 14))
    corners = [(0, 0), (page.width, 0), (page.width, page.height), (0, page.height)]
    rows, right = [], []
    for x, y in corners:
        dx, dy = x - page.width / 2, y - page.height / 2
        u = size_px[0] / 2 + dx * math.cos(turn) - dy * math.sin(turn) + chance.uniform(-50, 50)
        v = size_px[1] / 2 + dx * math.sin(turn) + dy * math.cos(turn) + chance.uniform(-50, 50)
        rows += [[u, v, 1, 0, 0, 0, -x * u, -x * v], [0, 0, 0, u, v, 1, -y * u, -y * v]]
        right += [x, y]
    askew = tuple(np.linalg.solve(np.array(rows), np.array(right)))
    perspective, smooth = Image.Transform.PERSPECTIVE, Image.Resampling.BICUBIC
    mask = Image.new("L", page.size, 255).transform(size_px, perspective, askew, smooth)
    return page.transform(size_px, perspective, askew, smooth), mask


def make_documents(folder: Path, fonts: Sequence[Path], seed: int) -> int:
    """EACH of every sort and way of being taken; how many there are."""
    chance = random.Random(seed)
    folder.mkdir()
    for sort in SORTS:
        for way, share in WAYS.items():
            for number in range(EACH):
                page = sort(chance, chance.choice(fonts))
                page = page if share is None else photographed(page, chance, share)
                page.save(folder / f"{sort.__name__} {way} {number}.jpg", quality=85)
    return len(SORTS) * len(WAYS) * EACH


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, help="a folder of photos without documents")
    parser.add_argument("fonts", type=Path, nargs="+", help="font files to write the documents with")
    parser.add_argument("--model", type=Path, default=paths.resource("models", "starter"))
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as scratch:
        _run(Path(scratch), options)


def _run(scratch: Path, options: argparse.Namespace) -> None:
    made = scratch / "made"
    count = make_documents(made, options.fonts, options.seed)
    library = tagging_library(scratch, options.model)
    folders = (import_folder(library, folder) for folder in (made, options.photos))
    for verb in (*folders, read_missing(library), embed_missing(library), tag_missing(library)):
        collections.deque(verb, maxlen=0)
    ids = library.catalog.scope_ids(Scope(kind=Kind.DOCUMENT)).tolist()
    found = list(library.catalog.paths(ids).values())
    photos = len(library.embeddings.ids()) - count
    close_library(library)
    right = [path.stem.rsplit(" ", 1)[0] for path in found if path.parent.name == made.name]
    wrong = [path.name for path in found if path.parent.name != made.name]
    by_sort = collections.Counter(right)
    names = [f"{sort.__name__} {way}" for sort in SORTS for way in WAYS]
    rows = [(name, f"{by_sort[name]}/{EACH}") for name in names]
    print_table([("documents", "found"), *rows, ("all", f"{len(right)}/{count}")])
    print_table([("photos", "taken for documents", "which"), (photos, len(wrong), ", ".join(wrong[:20]))])


if __name__ == "__main__":
    main()
