"""Pictures described in a sentence, by a BLIP checkpoint."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from app.core.types import RgbImage
from app.vision.batching import Batches
from app.vision.checkpoints.loading import load_model
from app.vision.checkpoints.weights import Checkpoint, model_id_of
from app.vision.device import silence_libraries, use_threads
from app.vision.handle import PROCESSOR, Handle, Way
from app.vision.number_types import convert
from app.vision.preprocessing import normalise, to_pixels
from app.vision.texts import load_tokenizer

if TYPE_CHECKING:
    import torch

Made = TypeVar("Made")

_MOST_TOKENS = 30
"""BLIP stops at 20 by default, in the middle of many sentences."""
_USUAL_TOKENS = 10
"""Of a caption; more are rare, and a time for so many says how long captions take."""
_LONGEST_REPEAT = 3
_ARTEFACTS = re.compile(r"\b(?:arafed|araffe|arafe|araf)\b\s*", re.IGNORECASE)
"""Non-words that BLIP-large begins many captions with."""
_DANGLING = frozenset(
    ("a", "an", "the", "and", "or", "of", "with", "in", "on", "at", "to", "by", "for", "from", "near", "is", "are")
)
"""Words that no sentence ends with; where the tokens ran out, they are left over."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    model: Any
    tokenizer: Any
    way: Way
    dtype: torch.dtype
    batches: Batches
    lock: threading.Lock = field(default_factory=threading.Lock)


class BlipCaptioner(Handle[_Loaded]):
    """Fulfils ``core.types.Captioner`` for a BlipForConditionalGeneration folder; threads take turns."""

    kind = "captioner"

    @property
    def model_id(self) -> str:
        return self._inspected()[1]

    def caption_images(self, images: Sequence[RgbImage]) -> list[str]:
        """Describe each image in one sentence.

        Args:
            images: uint8, shape (height, width, 3), RGB, already upright; sizes may differ.

        Returns:
            one caption an image, with a capital and without a final full stop.

        Raises:
            ModelUnusable: the checkpoint can't be loaded.
            OutOfMemory: even one image does not fit the device.
        """
        if not images:
            return []
        return self._all(_generate, images)

    def sketch(self, images: Sequence[RgbImage]) -> npt.NDArray[np.float32]:
        """Describe images in a caption of the usual length, and tell what number types are compared by.

        Args:
            images: as in ``caption_images``, at least one.

        Returns:
            float32, shape (len(images), words), any range: how likely each word is to begin each image's caption.

        Raises:
            ModelUnusable, OutOfMemory: as in ``caption_images``.
        """
        return np.stack(self._all(_sketch, images))

    def _all(self, work: Callable[[_Loaded, torch.Tensor], Sequence[Made]], images: Sequence[RgbImage]) -> list[Made]:
        recipe = self._inspected()[0].recipe

        def do_all(loaded: _Loaded) -> list[Made]:
            def do(batch: Sequence[RgbImage]) -> Sequence[Made]:
                import torch

                with loaded.lock, torch.inference_mode():
                    use_threads(loaded.way.threads)
                    pixels = normalise(to_pixels(batch, recipe).to(loaded.way.device), recipe, loaded.dtype)
                    return work(loaded, pixels)

            return [each for made in loaded.batches.run(do, images) for each in made]

        return self._run(do_all)

    def _identify(self, checkpoint: Checkpoint) -> str:
        return model_id_of(checkpoint)

    def _load(self) -> _Loaded:
        checkpoint = self._inspected()[0]
        silence_libraries()
        way = self._way()
        use_threads(way.threads)
        tokenizer = load_tokenizer(checkpoint.folder)
        model = load_model(checkpoint).to(way.device)
        dtype = convert(model, way.number_type)
        size = way.batch_size or (4 if way.device == PROCESSOR else 16)
        return _Loaded(model, tokenizer, way, dtype, Batches(size, way.device))


def clean_caption(text: str) -> str:
    """One tidy sentence: single spaces, no invented words, no loose end, a capital, no final full stop."""
    words = _ARTEFACTS.sub("", text).split()
    while words and words[-1].lower().strip(".,;") in _DANGLING:
        words.pop()
    sentence = re.sub(r"\s+([.,;:!?'])", r"\1", " ".join(words)).strip(" .,;")
    return sentence[:1].upper() + sentence[1:]


def _sketch(loaded: _Loaded, pixels: torch.Tensor) -> list[npt.NDArray[np.float32]]:
    told = _tokens(loaded, pixels, _USUAL_TOKENS, output_logits=True, return_dict_in_generate=True)
    return list(told.logits[0].float().cpu().numpy())


def _generate(loaded: _Loaded, pixels: torch.Tensor) -> list[str]:
    tokens = _tokens(loaded, pixels, _MOST_TOKENS)
    return [clean_caption(text) for text in loaded.tokenizer.batch_decode(tokens, skip_special_tokens=True)]


def _tokens(loaded: _Loaded, pixels: torch.Tensor, most: int, **more: Any) -> Any:
    """Greedy: the most likely word each time; beams cost their number and change few captions."""
    return loaded.model.generate(
        pixel_values=pixels,
        max_new_tokens=most,
        no_repeat_ngram_size=_LONGEST_REPEAT,
        num_beams=1,
        do_sample=False,
        **more,
    )
