"""Documents: meaning proposes, the picture confirms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from app import paths
from app.core.types import Kind
from app.files.thumbnails import ThumbnailStore
from app.library.enrich.documents import MEANT_FROM, documents_among
from app.library.enrich.embedding import embed_missing
from app.library.enrich.tag_scoring import tag_space
from app.library.enrich.tagging import tag_missing
from app.library.intake.importing import import_folder
from app.library.intake.reading import read_missing
from app.startup import close_library
from tests.benchmarks.tag_quality import tagging_library
from tests.making import make_photo

MEANT = np.array([MEANT_FROM + 0.1], np.float32)


def page() -> Image.Image:
    image = Image.new("RGB", (800, 1130), "white")
    draw = ImageDraw.Draw(image)
    draw.text((60, 50), "Contract of sale", fill="black", font=ImageFont.load_default(44))
    for y in range(140, 1050, 30):
        words = "between the customer and the seller, who agree to pay the whole sum at once"
        draw.text((60, y), words, fill="black", font=ImageFont.load_default(19))
    return image


def stored(folder: Path, image: Image.Image) -> ThumbnailStore:
    thumbnails = ThumbnailStore(folder)
    thumbnails.write(1, np.array(image.resize((384, 542))))
    return thumbnails


def test_what_means_a_document_and_is_written_paper_is_one(tmp_path):
    assert documents_among([1], MEANT, stored(tmp_path, page())) == {1}


def test_neither_meaning_nor_paper_alone_makes_a_document(tmp_path):
    assert documents_among([1], MEANT - 0.2, stored(tmp_path / "a", page())) == set()
    blank = Image.new("RGB", (800, 1130), "white")
    assert documents_among([1], MEANT, stored(tmp_path / "b", blank)) == set()


def test_without_a_thumbnail_nothing_is_said(tmp_path):
    assert documents_among([1], MEANT, ThumbnailStore(tmp_path)) == set()


def test_phrases_stand_out_where_a_photo_is_nearer_to_them_than_to_the_vocabulary():
    vectors = np.eye(8, dtype=np.float32)
    space = tag_space([f"tag {number}" for number in range(6)], vectors[:6], np.zeros(8, np.float32))
    photos = (vectors[6] + 0.2 * vectors[0], vectors[0] + 0.2 * vectors[6])
    near, far = space.standing_out(np.array(photos), vectors[6:7])
    assert near > 3 > 0.5 > far
    assert tag_space([], vectors[:0], np.zeros(8, np.float32)).standing_out(vectors, vectors).tolist() == [0] * 8


def test_the_starter_knows_a_page_from_a_photo(tmp_path):
    pictures = tmp_path / "pictures"
    make_photo(pictures / "a photo.jpg", size=(640, 480))
    page().save(pictures / "a page.jpg")
    page().save(pictures / "Screenshot of a page.png")
    library = tagging_library(tmp_path, paths.resource("models", "starter"))
    for verb in (import_folder(library, pictures), read_missing(library), embed_missing(library), tag_missing(library)):
        list(verb)
    ids = library.embeddings.ids().tolist()
    kinds = {row.name: row.kind for row in library.catalog.rows(ids)}
    close_library(library)
    assert kinds == {
        "a photo.jpg": Kind.PHOTO,
        "a page.jpg": Kind.DOCUMENT,
        "Screenshot of a page.png": Kind.SCREENSHOT,
    }
