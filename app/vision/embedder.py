"""Pictures and texts as vectors of one space, by any dual encoder checkpoint: CLIP, SigLIP, the starter."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from app.core.types import Embeddings, RgbImage
from app.vision.batching import Batches
from app.vision.device import choose_device, number_type, silence_libraries, use_threads
from app.vision.folding import fold_batch_norms
from app.vision.handle import Handle
from app.vision.loading import load_model
from app.vision.preprocessing import normalise, to_pixels
from app.vision.texts import TextReader
from app.vision.weights import Checkpoint, refuse, space_of

if TYPE_CHECKING:
    import torch

_TEXT_BATCH = 64


@dataclass(frozen=True, slots=True)
class _Loaded:
    """What is in memory while the model is; dropped as a whole, so that work under way keeps its own."""

    model: Any
    texts: TextReader
    device: str
    image_type: torch.dtype
    text_type: torch.dtype
    image_batches: Batches
    text_batches: Batches
    image_lock: threading.Lock = field(default_factory=threading.Lock)
    text_lock: threading.Lock = field(default_factory=threading.Lock)


class ClipEmbedder(Handle[_Loaded]):
    """Fulfils ``core.types.Embedder`` for a checkpoint folder.

    Pictures and texts have a lock each: a query waits for no batch of pictures.
    """

    kind = "embedder"

    @property
    def space(self) -> str:
        return self._inspected()[1]

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
        loaded = self._ready()
        recipe = self._inspected()[0].recipe

        def embed(batch: Sequence[RgbImage]) -> Embeddings:
            pixels = normalise(to_pixels(batch, recipe).to(loaded.device), recipe, loaded.image_type)
            return self._unit(loaded.model.get_image_features(pixel_values=pixels).pooler_output)

        return self._all(embed, images, loaded.image_batches, loaded.image_lock)

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
        loaded = self._ready()

        def embed(batch: Sequence[str]) -> Embeddings:
            tokens = {name: ids.to(loaded.device) for name, ids in loaded.texts.tokens(batch).items()}
            return self._unit(loaded.model.get_text_features(**tokens).pooler_output)

        return self._all(embed, texts, loaded.text_batches, loaded.text_lock)

    def _all(self, embed: Any, given: Sequence[Any], batches: Batches, lock: threading.Lock) -> Embeddings:
        import torch

        def locked(batch: Sequence[Any]) -> Embeddings:
            with lock, torch.inference_mode():
                use_threads(self.threads)
                made: Embeddings = embed(batch)
                return made

        return np.concatenate(list(batches.run(locked, given)))

    def _unit(self, features: torch.Tensor) -> Embeddings:
        """Rows of length 1, computed in float32 whatever the tower computes in."""
        vectors: Embeddings = features.float().cpu().numpy()
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not (np.isfinite(lengths).all() and (lengths > 0).all()):
            refuse(self._folder, "not_finite", "vectors")
        unit: Embeddings = vectors / lengths
        return unit

    def _identify(self, checkpoint: Checkpoint) -> str:
        return space_of(checkpoint)

    def _load(self) -> _Loaded:
        checkpoint = self._inspected()[0]
        silence_libraries()
        device = choose_device(self._device)
        use_threads(self.threads)
        texts = TextReader(checkpoint)
        model = load_model(checkpoint)
        is_convolutional = fold_batch_norms(model.vision_model, checkpoint.edge_px) > 0
        image_type = number_type(device, is_convolutional=is_convolutional)
        text_type = number_type(device)
        _place(model, device, image_type, text_type)
        size = self._batch_size or _best_batch(device, is_convolutional=is_convolutional)
        return _Loaded(model, texts, device, image_type, text_type, Batches(size, device), Batches(_TEXT_BATCH, device))


def _place(model: Any, device: str, image_type: torch.dtype, text_type: torch.dtype) -> None:
    """Bring both towers to the device in their number types; convolutions want channels last."""
    import torch

    model.to(device)
    for name, child in model.named_children():
        is_visual = name in ("vision_model", "visual_projection")
        child.to(image_type if is_visual else text_type)
    model.vision_model.to(memory_format=torch.channels_last)


def _best_batch(device: str, *, is_convolutional: bool) -> int:
    """Pictures in one pass, as measured: on a processor more leave the cache, on a card fewer idle."""
    if device != "cpu":
        return 64
    return 8 if is_convolutional else 16
