"""Pictures and texts as vectors of one space, by any dual encoder checkpoint: CLIP, SigLIP, the starter."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from app.core.types import Embeddings, RgbImage
from app.vision.batching import Batches
from app.vision.checkpoints.folding import fold_batch_norms
from app.vision.checkpoints.loading import load_model, load_text_tower
from app.vision.checkpoints.text_towers import TextTower, inspect_text_tower, text_id_of_tower
from app.vision.checkpoints.weights import Checkpoint, refuse, space_of, text_id_of
from app.vision.device import number_type, silence_libraries, use_threads
from app.vision.handle import PROCESSOR, Handle, Way
from app.vision.number_types import convert
from app.vision.preprocessing import normalise, to_pixels
from app.vision.texts import TextReader

if TYPE_CHECKING:
    import torch

_TEXT_BATCH = 64


@dataclass(frozen=True, slots=True)
class _Loaded:
    """What is in memory while the model is; dropped as a whole, so that work under way keeps its own."""

    model: Any
    text_model: Any
    """The same, or a text tower of its own."""
    texts: TextReader
    way: Way
    image_type: torch.dtype
    text_type: torch.dtype
    image_batches: Batches
    text_batches: Batches
    image_lock: threading.Lock = field(default_factory=threading.Lock)
    text_lock: threading.Lock = field(default_factory=threading.Lock)


class ClipEmbedder(Handle[_Loaded]):
    """Fulfils ``core.types.Embedder`` for a checkpoint folder.

    Pictures and texts have a lock each: a query waits for no batch of pictures. Texts may be read by a text tower
    of its own, which speaks other languages; the space stays that of the image tower.
    """

    kind = "embedder"

    def __init__(
        self,
        folder: Path,
        *,
        text_folder: Path | None = None,
        **how: Any,
    ) -> None:
        """As ``Handle``; ``text_folder``: in sentence-transformers' layout, see ``text_towers.py``."""
        super().__init__(folder, **how)
        self._text_folder = text_folder
        self._text_id: tuple[Checkpoint, str] | None = None

    @property
    def space(self) -> str:
        return self._inspected()[1]

    @property
    def text_id(self) -> str:
        known = self._text_id
        checkpoint, space = self._inspected()
        if known is None or known[0] is not checkpoint:
            tower = self._text_tower(space, checkpoint.dim)
            known = self._text_id = (checkpoint, text_id_of(checkpoint) if tower is None else text_id_of_tower(tower))
        return known[1]

    @property
    def dim(self) -> int:
        return self._inspected()[0].dim

    def embed_images(self, images: Sequence[RgbImage]) -> Embeddings:
        """Turn images into unit vectors that text vectors can be compared with.

        Args:
            images: uint8, shape (height, width, 3), RGB, already upright; sizes may differ.

        Returns:
            float32, shape (len(images), self.dim), each row of length 1.

        Raises:
            ModelUnusable: the checkpoint can't be loaded or answers with numbers that are none.
            OutOfMemory: even one image does not fit the device.
        """
        if not images:
            return np.zeros((0, self.dim), np.float32)
        recipe = self._inspected()[0].recipe

        def embed_all(loaded: _Loaded) -> Embeddings:
            def embed(batch: Sequence[RgbImage]) -> Embeddings:
                pixels = normalise(to_pixels(batch, recipe).to(loaded.way.device), recipe, loaded.image_type)
                return self._unit(loaded.model.get_image_features(pixel_values=pixels).pooler_output)

            return _in_batches(embed, images, loaded.image_batches, loaded.image_lock, loaded.way.threads)

        return self._run(embed_all)

    def embed_texts(self, texts: Sequence[str]) -> Embeddings:
        """Turn texts into unit vectors of the same space.

        Args:
            texts: any; what is longer than the text tower reads is cut.

        Returns:
            float32, shape (len(texts), self.dim), each row of length 1.

        Raises:
            ModelUnusable: as in ``embed_images``.
            OutOfMemory: even one text does not fit the device.
        """
        if not texts:
            return np.zeros((0, self.dim), np.float32)

        def embed_all(loaded: _Loaded) -> Embeddings:
            def embed(batch: Sequence[str]) -> Embeddings:
                tokens = {name: ids.to(loaded.way.device) for name, ids in loaded.texts.tokens(batch).items()}
                return self._unit(loaded.text_model.get_text_features(**tokens).pooler_output)

            return _in_batches(embed, texts, loaded.text_batches, loaded.text_lock, loaded.way.threads)

        return self._run(embed_all)

    def _unit(self, features: torch.Tensor) -> Embeddings:
        """Rows of length 1, computed in float32 whatever the tower computes in."""
        vectors: Embeddings = features.float().cpu().numpy()
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not (np.isfinite(lengths).all() and (lengths > 0).all()):
            refuse(self._folder, "not_finite", "vectors")
        unit: Embeddings = vectors / lengths
        return unit

    def _identify(self, checkpoint: Checkpoint) -> str:
        space = space_of(checkpoint)
        self._text_tower(space, checkpoint.dim)
        return space

    def _text_tower(self, space: str, dim: int) -> TextTower | None:
        """The text tower of its own, if there is one. Raises ModelUnusable where it serves another space."""
        if self._text_folder is None:
            return None
        tower = inspect_text_tower(self._text_folder)
        tower.require(space, dim)
        return tower

    def _load(self) -> _Loaded:
        checkpoint, space = self._inspected()
        silence_libraries()
        way = self._way()
        use_threads(way.threads)
        tower = self._text_tower(space, checkpoint.dim)
        texts = TextReader(tower or checkpoint)
        model = text_model = load_model(checkpoint)
        if tower is not None:
            _forget_texts(model)
            text_model = load_text_tower(tower)
        is_convolutional = fold_batch_norms(model.vision_model, checkpoint.edge_px) > 0
        text_type = _text_type(way, is_convolutional=is_convolutional)
        text_model.to(way.device, text_type)
        image_type = _place(model, way, text_type)
        size = way.batch_size or _best_batch(way.device, is_convolutional=is_convolutional)
        return _Loaded(
            model,
            text_model,
            texts,
            way,
            image_type,
            text_type,
            Batches(size, way.device),
            Batches(_TEXT_BATCH, way.device),
        )


def _in_batches(
    embed: Callable[[Sequence[Any]], Embeddings],
    given: Sequence[Any],
    batches: Batches,
    lock: threading.Lock,
    threads: int | None,
) -> Embeddings:
    import torch

    def locked(batch: Sequence[Any]) -> Embeddings:
        with lock, torch.inference_mode():
            use_threads(threads)
            return embed(batch)

    return np.concatenate(list(batches.run(locked, given)))


def _forget_texts(model: Any) -> None:
    """Free the memory of a text tower that is not asked any more."""
    for name in ("text_model", "text_projection"):
        if hasattr(model, name):
            setattr(model, name, None)


def _text_type(way: Way, *, is_convolutional: bool) -> torch.dtype:
    """Of the texts: the pictures' where that is a torch type measured for a transformer, else what is usually best.

    Never int8: one query is short, and nobody measures what it does to texts.
    """
    import torch

    if is_convolutional or way.number_type == "int8":
        return number_type(way.device)
    return getattr(torch, way.number_type)  # type: ignore[no-any-return]


def _place(model: Any, way: Way, text_type: torch.dtype) -> torch.dtype:
    """Bring a model to its device and number types; convolutions want channels last. Returns the type of pixels."""
    import torch

    image_type = torch.float32
    model.to(way.device)
    for name, child in model.named_children():
        if name in ("vision_model", "visual_projection"):
            image_type = convert(child, way.number_type)
        else:
            child.to(text_type)
    model.vision_model.to(memory_format=torch.channels_last)
    return image_type


def _best_batch(device: str, *, is_convolutional: bool) -> int:
    """Pictures in one pass, as measured: on a processor more leave the cache, on a card fewer idle."""
    if device != PROCESSOR:
        return 64
    return 8 if is_convolutional else 16
