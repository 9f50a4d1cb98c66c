"""How right the machine's tags are: `python -m tests.benchmarks.tag_quality FOLDER`.

Takes the photos in, embeds them from their thumbnails and tags them, through the program's own verbs. A tag is right if
its words, or plain forms of them, stand in one of the photo's captions: a lower bound, because people do not write down
all that is in a photo. The weights of the confidence were fitted on one half of the photos ("tuned on"). Phrases, their
commonness, prompts and the limit for twins were chosen with all photos in view, so even the figures of the other half
("held out") are somewhat too good. Also prints precision by decile of confidence, before twins compete.
"""

from __future__ import annotations

import argparse
import collections
import csv
import re
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from app import paths
from app.library.enrich.embedding import embed_missing
from app.library.enrich.neutral import neutral_mean
from app.library.enrich.tag_scoring import TagSpace, mean_of_prompts, prompts, read_phrase, tag_space
from app.library.enrich.tagging import tag_missing
from app.library.intake.importing import import_folder
from app.library.intake.reading import read_missing
from app.library.library import Library
from app.startup import close_library, default_threads, read_lines
from app.vision.embedder import ClipEmbedder
from tests.benchmarks.measuring import machine, print_table
from tests.making import make_library

OBVIOUS = ("dog", "child", "man", "woman", "snow", "beach", "water", "mountain", "bicycle", "street", "grass", "horse")

_IRREGULAR = {
    "men": "man", "women": "woman", "children": "child", "people": "person", "feet": "foot", "teeth": "tooth",
    "leaves": "leaf", "mice": "mouse", "geese": "goose", "wolves": "wolf", "knives": "knife",
}  # fmt: skip
_LITTLE_WORDS = {"a", "an", "the", "of", "in", "on", "at", "to", "and", "with", "for"}


@dataclass(frozen=True)
class Judged:
    """One tag of one photo."""

    photo: str
    tag: str
    confidence: float
    is_right: bool


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="photos with their captions.tsv: file name, tab, caption")
    parser.add_argument("--model", type=Path, default=paths.resource("models", "starter"))
    options = parser.parse_args()
    print(machine())
    captions = read_captions(options.folder / "captions.tsv")
    with tempfile.TemporaryDirectory() as scratch:
        _run(Path(scratch), options.folder, options.model, captions)


def _run(scratch: Path, folder: Path, model: Path, captions: dict[str, list[set[str]]]) -> None:
    library = tagging_library(scratch, model)
    for verb in (import_folder(library, folder), read_missing(library), embed_missing(library), tag_missing(library)):
        collections.deque(verb, maxlen=0)
    ids = library.embeddings.ids().tolist()
    names = {photo_id: path.name for photo_id, path in library.catalog.paths(ids).items()}
    shown = [
        Judged(names[photo_id], tag.name, tag.confidence or 0.0, is_right(tag.name, captions[names[photo_id]]))
        for photo_id, tags in library.catalog.tags_of(ids).items()
        for tag in tags
    ]
    _print_shown(shown, sorted(names.values()))
    _print_deciles(_all_confidences(library, names, captions))
    _print_obvious(shown, captions)
    close_library(library)


def tagging_library(root: Path, model: Path) -> Library:
    """A library with the shipped vocabulary."""
    library = make_library(root / "library", ClipEmbedder(model, threads=default_threads()), threads=default_threads())
    return replace(
        library,
        vocabulary=read_lines(paths.resource("tags.txt")),
        neutral_texts=read_lines(paths.resource("neutral_texts.txt")),
    )


def is_tuned_on(name: str) -> bool:
    """Whether the calibration saw this photo: half of them, by name."""
    return zlib.crc32(name.encode()) % 2 == 0


def read_captions(path: Path) -> dict[str, list[set[str]]]:
    """By file name, each caption as the set of its words' plain forms."""
    captions: dict[str, list[set[str]]] = collections.defaultdict(list)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if len(row) == 2 and row[0] != "file":
                captions[row[0]].append(plain_words(row[1]))
    return captions


def is_right(tag: str, captions: Sequence[set[str]]) -> bool:
    """Whether all words of the tag stand in one caption."""
    return any(plain_words(tag) <= caption for caption in captions)


def plain_words(text: str) -> set[str]:
    """The words of a text without endings: "Snowy dogs running" holds snow, dog, run."""
    return {_plain(word) for word in re.findall(r"[a-z0-9]+", text.lower()) if word not in _LITTLE_WORDS}


def _plain(word: str) -> str:
    word = _IRREGULAR.get(word, word)
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith("es") and word[-3:-2] in "sxzh" and len(word) > 4:
        word = word[:-2]
    elif word.endswith("s") and not word.endswith("ss") and len(word) > 3:
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word.removesuffix(ending)
            word = word[:-1] if word[-1] == word[-2] and word[-1] not in "ls" else word
            break
    if word.endswith("y") and len(word) > 4:
        word = word[:-1]
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


def _print_shown(shown: Sequence[Judged], names: Sequence[str]) -> None:
    rows: list[Sequence[object]] = [
        ("photos", "number", "with tags", "tags shown", "right", "precision", "most on one")
    ]
    halves = {"all": lambda _: True, "tuned on": is_tuned_on, "held out": lambda name: not is_tuned_on(name)}
    for half, belongs in halves.items():
        its = [judged for judged in shown if belongs(judged.photo)]
        a_photo = collections.Counter(judged.photo for judged in its)
        right = sum(judged.is_right for judged in its)
        most = max(a_photo.values(), default=0)
        number = sum(map(belongs, names))
        rows.append((half, number, len(a_photo), len(its), right, right / max(1, len(its)), most))
    print_table(rows)
    counts = collections.Counter(judged.tag for judged in shown)
    right = collections.Counter(judged.tag for judged in shown if judged.is_right)
    print("\nshown:", ", ".join(f"{tag} {right[tag]}/{count}" for tag, count in counts.most_common()), "\n")


def _all_confidences(library: Library, names: dict[int, str], captions: dict[str, list[set[str]]]) -> list[Judged]:
    """Every photo with every tag of at least 1 %."""
    ids, vectors = library.embeddings.vectors(names)
    space = _space(library)
    confidences = space.confidences(vectors, vectors.mean(axis=0))
    words = [plain_words(tag) for tag in space.names]
    judged = []
    for row, tag in np.argwhere(confidences >= 0.01):
        name = names[int(ids[row])]
        right = any(words[tag] <= caption for caption in captions[name])
        judged.append(Judged(name, space.names[tag], float(confidences[row, tag]), right))
    return judged


def _space(library: Library) -> TagSpace:
    texts = [text for line in library.vocabulary for text in prompts(read_phrase(line)[0])]
    vectors = mean_of_prompts(library.embedder.embed_texts(texts))
    return tag_space(library.vocabulary, vectors, neutral_mean(library.embedder, library.neutral_texts))


def _print_deciles(judged: Sequence[Judged]) -> None:
    rows: list[Sequence[object]] = [("confidence", "all: tags", "precision", "held out: tags", "precision")]
    for decile in range(10):
        row: list[object] = [f"{decile / 10:.1f} to {decile / 10 + 0.1:.1f}"]
        for its in (judged, [one for one in judged if not is_tuned_on(one.photo)]):
            in_decile = [one.is_right for one in its if decile == min(9, int(one.confidence * 10))]
            row += [len(in_decile), sum(in_decile) / len(in_decile) if in_decile else "–"]
        rows.append(row)
    print_table(rows)
    print()


def _print_obvious(shown: Sequence[Judged], captions: dict[str, list[set[str]]]) -> None:
    """How many of the photos whose captions hold a word got the tag."""
    rows: list[Sequence[object]] = [("tag", "in captions of", "shown on these", "recall")]
    for tag in OBVIOUS:
        has = {name for name, lines in captions.items() if is_right(tag, lines)}
        got = sum(judged.tag == tag and judged.photo in has for judged in shown)
        rows.append((tag, len(has), got, got / max(1, len(has))))
    print_table(rows)


if __name__ == "__main__":
    main()
