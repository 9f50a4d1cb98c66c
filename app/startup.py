"""Puts one Library together from Settings; the only file that knows every part."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app import paths
from app.catalog.catalog import Catalog
from app.catalog.vectors.caption_vectors import caption_space
from app.core.errors import ImageModelNeeded, ModelNotInstalled, ModelUnusable
from app.core.models import NUMBER_TYPES, PublishedModel, Tuner
from app.core.types import Captioner, Status, TextReader
from app.files.isolation.pool import DecoderPool
from app.files.places.gazetteer import GeoNames
from app.files.thumbnails import ThumbnailStore
from app.files.walk.walking import LeftOut
from app.library.enrich.tagging import tags_version
from app.library.library import CaptionVectors, Library, Successor
from app.library.models_lock import ModelsLock
from app.library.notes import Notes
from app.library.organise.trashing import settle_trash
from app.search.vectors import VectorIndex, index_folder
from app.settings import Settings
from app.vision.captioner import BlipCaptioner
from app.vision.checkpoints.checking import check_model
from app.vision.checkpoints.text_towers import inspect_text_tower
from app.vision.checkpoints.weights import Kind, inspect, signature
from app.vision.device import prepare_environment
from app.vision.downloads.hub import PUBLIC_HUB, Hub
from app.vision.downloads.manifest import read_manifest
from app.vision.downloads.serving import declare_served, space_in
from app.vision.downloads.store import ModelStore
from app.vision.embedder import ClipEmbedder
from app.vision.measuring import ModelTuner
from app.vision.text_reader import RapidTextReader
from app.vision.tuning import TuningStore

OpenLibrary = Callable[[], Library]
"""Opens the calling thread's own catalogue; all other parts are shared between the libraries it returns."""

_FEW = 2

STARTER = ""
"""The model that ships with Oriel, in ``Settings.next_embedder_folder``, where None says that no change is meant."""


@dataclass(frozen=True, eq=False)
class _Model:
    """An embedder with what is compared by it, and what it was made from."""

    settings: Settings
    folder: str
    embedder: ClipEmbedder
    vectors: VectorIndex
    caption_index: VectorIndex

    @classmethod
    def make(cls, settings: Settings, folder: str, root: Path, notes: Notes) -> _Model:
        embedder = _embedder(settings, folder, notes)
        names = (embedder.space, caption_space(embedder.text_id))
        return cls(settings, folder, embedder, *(VectorIndex(index_folder(root, name), embedder.dim) for name in names))

    def is_of(self, settings: Settings, folder: str) -> bool:
        """Whether another one would be the same; not where somebody has exchanged what is in the folder."""
        names = [self.embedder.space, caption_space(self.embedder.text_id)]
        known = [self.vectors.folder.name, self.caption_index.folder.name]
        return (self.settings, self.folder, known) == (settings, folder, names)

    def caption_vectors(self, catalog: Catalog) -> CaptionVectors:
        return CaptionVectors(catalog.caption_vectors(self.embedder.text_id, self.embedder.dim), self.caption_index)


class Models:
    """What one program has in memory: a library that is opened anew goes on with models, vectors and decoders."""

    def __init__(self) -> None:
        self._known: list[_Model] = []
        self._captioner: tuple[object, BlipCaptioner | None] | None = None
        self._decoders: tuple[int, DecoderPool] | None = None
        self.notes = Notes()

    def captioner(self, settings: Settings) -> BlipCaptioner | None:
        """Another one where another is chosen, or somebody has exchanged what is in its folder."""
        folder = settings.captioner_folder
        made_from = (_without_looks(settings), folder, signature(Path(folder)) if folder else ())
        if self._captioner is None or self._captioner[0] != made_from:
            self._captioner = (made_from, _captioner(settings, self.notes))
        return self._captioner[1]

    def decoders(self, threads: int) -> DecoderPool:
        """A pool that is given up for one of another size ends its children when they are idle."""
        if self._decoders is None or self._decoders[0] != threads:
            self._decoders = (threads, DecoderPool(threads))
        return self._decoders[1]

    def prepare(self, settings: Settings, root: Path, folders: Sequence[str]) -> list[_Model]:
        """One for each of these folders; what is not among them any more is unloaded.

        Raises:
            ModelUnusable: a folder holds no usable checkpoint; what is loaded stays so.
        """
        about = _without_looks(settings)
        made = [self._one(about, folder, root) for folder in folders]
        before, self._known = self._known, made
        for each in before:
            if each not in made:
                each.embedder.unload()
        return made

    def _one(self, about: Settings, folder: str, root: Path) -> _Model:
        known = next((each for each in self._known if each.is_of(about, folder)), None)
        return known or _Model.make(about, folder, root, self.notes)


def library_opener(settings: Settings, root: Path, models: Models | None = None) -> OpenLibrary:
    """Make the shared parts once.

    Args:
        settings: which models, among other things.
        root: the library's folder.
        models: of the program that may open the library more than once.

    Raises:
        ModelUnusable: a folder of the settings holds no usable model; ``settings.without_model`` goes on without.
    """
    prepare_environment()
    threads = settings.threads or default_threads()
    models = models or Models()
    captioner = models.captioner(settings)
    text_reader = RapidTextReader(threads=threads) if settings.reads_text else None
    present, *following = models.prepare(settings, root, _embedder_folders(settings))
    thumbnails = ThumbnailStore(root / "thumbnails")
    decoders = models.decoders(threads)
    left_out = LeftOut.read(paths.resource("left_out.txt"))
    vocabulary = read_lines(paths.resource("tags.txt"))
    neutral_texts = read_lines(paths.resource("neutral_texts.txt"))
    languages = _languages(settings)
    models_lock = ModelsLock(root)
    gazetteer = GeoNames()
    tuners = _tuners([present.embedder, *(each.embedder for each in following), captioner])
    notes = models.notes

    def open_library() -> Library:
        catalog = Catalog.open(root)
        return Library(
            root=root,
            catalog=catalog,
            embeddings=catalog.embeddings(present.embedder.space, present.embedder.dim),
            thumbnails=thumbnails,
            decoders=decoders,
            vectors=present.vectors,
            embedder=present.embedder,
            caption_vectors=present.caption_vectors(catalog),
            captioner=captioner,
            text_reader=text_reader,
            gazetteer=gazetteer,
            vocabulary=vocabulary,
            neutral_texts=neutral_texts,
            left_out=left_out,
            models_lock=models_lock,
            threads=threads,
            successor=_successor(catalog, following),
            languages=languages,
            tuners=tuners,
            notes=notes,
        )

    return open_library


def _embedder_folders(settings: Settings) -> list[str]:
    """Of the present model and, where there is to be a change, of the next."""
    present, following = settings.embedder_folder or STARTER, settings.next_embedder_folder
    return [present] if following in (None, present) else [present, str(following)]


def _successor(catalog: Catalog, following: Sequence[_Model]) -> Successor | None:
    for model in following:
        embeddings = catalog.embeddings(model.embedder.space, model.embedder.dim)
        return Successor(model.embedder, embeddings, model.vectors, model.caption_vectors(catalog))
    return None


def _without_looks(settings: Settings) -> Settings:
    """What a model is made from: settings that have nothing to do with it must not make it load again.

    A setting that is not named here counts as one that does.
    """
    usual = Settings()
    return replace(
        settings,
        embedder_folder=None,
        next_embedder_folder=None,
        captioner_folder=None,
        model_folders=[],
        theme=usual.theme,
        thumbnail_edge_px=usual.thumbnail_edge_px,
        hub_mirror=None,
        reads_text=usual.reads_text,
        not_on_battery=usual.not_on_battery,
        only_when_idle=usual.only_when_idle,
        window={},
    )


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


def model_title(name: str) -> str:
    """What people call a model, by what its embedder or its folder calls itself; that name where it is not known."""
    manifest = read_manifest(paths.resource("models.json"))
    return next((model.name for model in manifest if model.model_id == name), name)


def folder_title(folder: str) -> str:
    """What people call the model in this folder of the settings, or STARTER."""
    return model_title(Path(folder).name if folder else "starter")


def choose_model(settings: Settings, store: ModelStore, model: PublishedModel) -> Settings:
    """The settings with another model. A text tower stays, and rests while a model searches that it does not serve.

    Raises:
        ModelNotInstalled: it is not, or not whole, on this computer.
        ModelUnusable: it is, and can't be used.
        ImageModelNeeded: a text tower that does not read for the search model in the settings.
    """
    state = store.state(model)
    if not state.is_installed:
        raise ModelNotInstalled(name=model.model_id)
    check_model(state.folder, model.kind)
    folder = None if model.is_bundled else str(state.folder)
    if model.kind == "captioner":
        return replace(settings, captioner_folder=folder)
    if model.kind == "text_tower":
        spaces = declare_served(store, model)
        if not any(space_in(_place_of(folder)) in spaces for folder in _embedder_folders(settings)):
            raise ImageModelNeeded(name=model.model_id, needed=", ".join(model.serves))
        return replace(settings, text_folder=folder)
    return replace(settings, embedder_folder=folder, next_embedder_folder=None)


def folder_space(folder: str) -> str:
    """The space of the model in this folder of the settings, or STARTER. Raises ModelUnusable."""
    return _embedder(Settings(), folder, Notes()).space


def close_library(library: Library) -> None:
    """Close what belongs to the calling thread; the shared parts live on."""
    library.embeddings.close()
    library.caption_vectors.store.close()
    if library.successor is not None:
        library.successor.embeddings.close()
        library.successor.caption_vectors.store.close()
    library.catalog.close()


def close_for_good(library: Library) -> None:
    """At the program's end: close the shared parts too."""
    close_library(library)
    library.decoders.close()


def settle(library: Library) -> None:
    """Once, before photos are taken in or changed: finish what a killed program began, keep the day's backup."""
    settle_trash(library)
    library.thumbnails.sweep()
    library.catalog.forget_pictures()
    library.catalog.daily_backup()


def status(library: Library) -> Status:
    """The library in numbers, under its present models."""
    return library.catalog.status(
        library.embedder.space,
        tags_version(library),
        _captioner_id(library.captioner),
        _text_version(library.text_reader),
    )


def _captioner_id(captioner: Captioner | None) -> str | None:
    with suppress(ModelUnusable):  # its folder has gone, say: captions of any model are counted
        return captioner.model_id if captioner else None
    return None


def _text_version(reader: TextReader | None) -> str | None:
    with suppress(ModelUnusable):
        return reader.version if reader else None
    return None


def default_threads() -> int:
    """All processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


def model_threads() -> int:
    """All processors but one, where there are enough: the window and other programs have work for that one.

    The threads of a float32 multiplication wait for each other by spinning. With as many as there are processors, one
    of them always waits for a processor that another one spins on: on a busy computer with four, four threads take 100
    times as long as three (ViT-B/32's second layer of each block: 5.4 s instead of 0.05 s).
    """
    usable = default_threads()
    return usable - 1 if usable > _FEW else usable


def read_lines(path: Path) -> tuple[str, ...]:
    """The lines of a resource, without comments and blank lines."""
    lines = (line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return tuple(line for line in lines if line)


def tuning_store() -> TuningStore:
    """What was measured of models on this machine."""
    return TuningStore(paths.tunings_file())


def tuner_of(settings: Settings, folder: Path, kind: Kind) -> Tuner:
    """Measures a model that need not be in use. Raises ModelUnusable."""
    prepare_environment()
    inspect(folder, kind)
    make = ClipEmbedder if kind == "embedder" else BlipCaptioner
    return ModelTuner(make(folder, **_how_to_run(settings)), tuning_store())


def _tuners(handles: Sequence[ClipEmbedder | BlipCaptioner | None]) -> tuple[Tuner, ...]:
    store = tuning_store()
    return tuple(ModelTuner(handle, store) for handle in handles if handle is not None)


def _how_to_run(settings: Settings) -> dict[str, Any]:
    """What ``vision.handle.Handle`` takes."""
    return {
        "threads": settings.threads or model_threads(),
        "number_type": settings.number_type if settings.number_type in NUMBER_TYPES else None,
        "tunings": tuning_store(),
    }


def _embedder(settings: Settings, folder: str, notes: Notes) -> ClipEmbedder:
    """``folder``: of a checkpoint, or STARTER."""
    place = _place_of(folder)
    text_folder = _text_folder(settings, place)
    return ClipEmbedder(place, text_folder=text_folder, tell=notes.put, **_how_to_run(settings))


def _text_folder(settings: Settings, place: Path) -> Path | None:
    """The text tower that reads for the embedder in a folder; None: it reads itself. Raises ModelUnusable."""
    if not settings.text_folder:
        return None
    folder = Path(settings.text_folder)
    return folder if space_in(place) in inspect_text_tower(folder).spaces else None


def _languages(settings: Settings) -> tuple[str, ...]:
    """Those of the model that reads queries; empty for a folder of a person's own, which says nothing of them."""
    place = _place_of(settings.embedder_folder or STARTER)
    reader = _text_folder(settings, place) or place
    store = model_store(settings)
    return next((model.languages for model in store.published if store.folder_of(model) == reader), ())


def _place_of(folder: str) -> Path:
    return Path(folder) if folder else paths.resource("models", "starter")


def _captioner(settings: Settings, notes: Notes) -> BlipCaptioner | None:
    if not settings.captioner_folder:
        return None
    return BlipCaptioner(Path(settings.captioner_folder), tell=notes.put, **_how_to_run(settings))
