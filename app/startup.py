"""Puts one Library together from Settings; the only file that knows every part."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from app import paths
from app.catalog.catalog import Catalog
from app.core.errors import ModelUnusable
from app.core.types import Captioner, Embedder, Status
from app.files.gazetteer import GeoNames
from app.files.isolation.pool import DecoderPool
from app.files.thumbnails import ThumbnailStore
from app.files.walking import LeftOut
from app.library.library import Library
from app.library.models_lock import ModelsLock
from app.library.tagging import tags_version
from app.library.trashing import settle_trash
from app.search.vectors import VectorIndex
from app.settings import Settings
from app.vision.captioner import BlipCaptioner
from app.vision.device import prepare_environment
from app.vision.embedder import ClipEmbedder
from app.vision.hub import PUBLIC_HUB, Hub
from app.vision.manifest import read_manifest
from app.vision.store import ModelStore

OpenLibrary = Callable[[], Library]
"""Opens the calling thread's own catalogue; all other parts are shared between the libraries it returns."""


def library_opener(settings: Settings, root: Path) -> OpenLibrary:
    """Make the shared parts once.

    Raises:
        ModelUnusable: the embedder's or captioner's folder in the settings holds no usable checkpoint.
    """
    prepare_environment()
    threads = settings.threads or default_threads()
    embedder = _embedder(settings, threads)
    captioner = _captioner(settings, threads)
    thumbnails = ThumbnailStore(root / "thumbnails")
    decoders = DecoderPool(threads)
    vectors = VectorIndex(root / "index" / embedder.space, embedder.dim)
    left_out = LeftOut.read(paths.resource("left_out.txt"))
    vocabulary = read_lines(paths.resource("tags.txt"))
    neutral_texts = read_lines(paths.resource("neutral_texts.txt"))
    models_lock = ModelsLock(root)
    gazetteer = GeoNames()

    def open_library() -> Library:
        catalog = Catalog.open(root)
        return Library(
            root=root,
            catalog=catalog,
            embeddings=catalog.embeddings(embedder.space, embedder.dim),
            thumbnails=thumbnails,
            decoders=decoders,
            vectors=vectors,
            embedder=embedder,
            captioner=captioner,
            gazetteer=gazetteer,
            vocabulary=vocabulary,
            neutral_texts=neutral_texts,
            left_out=left_out,
            models_lock=models_lock,
            threads=threads,
        )

    return open_library


def model_store(settings: Settings) -> ModelStore:
    """The models that can be had, and where from. Nothing goes online before one is asked for.

    A token for the public hub is also for the address that the environment names, as everywhere; the mirror in the
    settings may be anybody's.
    """
    prepare_environment()
    named = os.environ.get("HF_ENDPOINT", "").strip()
    hub = Hub(settings.hub_mirror or named or PUBLIC_HUB, sends_token=not settings.hub_mirror)
    manifest = read_manifest(paths.resource("models.json"))
    return ModelStore(paths.models(), paths.resource("models"), manifest, hub)


def close_library(library: Library) -> None:
    """Close what belongs to the calling thread; the shared parts live on."""
    library.embeddings.close()
    library.catalog.close()


def close_for_good(library: Library) -> None:
    """At the program's end: close the shared parts too."""
    close_library(library)
    library.decoders.close()


def settle(library: Library) -> None:
    """Once, before photos are taken in or changed: finish what a killed program began, keep the day's backup."""
    settle_trash(library)
    library.thumbnails.sweep()
    library.catalog.daily_backup()


def status(library: Library) -> Status:
    """The library in numbers, under its present models."""
    return library.catalog.status(library.embedder.space, tags_version(library), _captioner_id(library.captioner))


def _captioner_id(captioner: Captioner | None) -> str | None:
    with suppress(ModelUnusable):  # its folder has gone, say: captions of any model are counted
        return captioner.model_id if captioner else None
    return None


def default_threads() -> int:
    """All processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


def read_lines(path: Path) -> tuple[str, ...]:
    """The lines of a resource, without comments and blank lines."""
    lines = (line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return tuple(line for line in lines if line)


def _embedder(settings: Settings, threads: int) -> Embedder:
    folder = Path(settings.embedder_folder) if settings.embedder_folder else paths.resource("models", "starter")
    return ClipEmbedder(folder, threads=threads)


def _captioner(settings: Settings, threads: int) -> Captioner | None:
    if not settings.captioner_folder:
        return None
    return BlipCaptioner(Path(settings.captioner_folder), threads=threads)
