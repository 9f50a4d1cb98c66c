"""The embedder on real loading code: the shipped starter and tiny checkpoints."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer, VisionTextDualEncoderModel
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

from app.core.errors import OutOfMemory
from app.core.types import Embedder, RgbImage
from app.vision.embedder import ClipEmbedder
from tests.checkpoints import CLASSES, GROUNDS, draw_shape


@pytest.fixture(scope="module")
def embedder(starter: Path) -> ClipEmbedder:
    return ClipEmbedder(starter, threads=2)


@pytest.fixture(scope="module")
def clip(tiny_clip: Path) -> ClipEmbedder:
    return ClipEmbedder(tiny_clip, threads=2)


@pytest.fixture(scope="module")
def siglip(tiny_siglip: Path) -> ClipEmbedder:
    return ClipEmbedder(tiny_siglip, threads=2)


def shapes(count: int = 6, edge_px: int = 240) -> list[RgbImage]:
    grounds = list(GROUNDS)
    return [
        draw_shape(*CLASSES[number % len(CLASSES)], grounds[number % 3], edge_px=edge_px + 7 * number, seed=number)
        for number in range(count)
    ]


def test_the_starter_gives_the_vectors_that_transformers_gives(starter: Path, embedder: ClipEmbedder) -> None:
    images, texts = shapes(), ["A red circle.", "two dogs running on a beach"]
    model = VisionTextDualEncoderModel.from_pretrained(starter, dtype=torch.float32).eval()
    pixels = ViTImageProcessorPil.from_pretrained(starter)(images, return_tensors="pt")["pixel_values"]
    tokens = AutoTokenizer.from_pretrained(starter)(texts, padding=True, return_tensors="pt")
    with torch.inference_mode():
        wanted_images = model.get_image_features(pixel_values=pixels).pooler_output.numpy()
        wanted_texts = model.get_text_features(
            input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"]
        ).pooler_output.numpy()
    for made, wanted in (
        (embedder.embed_images(images), wanted_images),
        (embedder.embed_texts(texts), wanted_texts),
    ):
        wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
        assert ((made * wanted).sum(axis=1) >= 0.9999).all()


def test_vectors_are_float32_unit_rows_of_the_promised_length(
    embedder: ClipEmbedder, clip: ClipEmbedder, siglip: ClipEmbedder
) -> None:
    checked: Embedder
    for checked in (embedder, clip, siglip):
        for vectors in (checked.embed_images(shapes(3)), checked.embed_texts(["red circle", "", "🏖️" * 400])):
            assert vectors.dtype == np.float32
            assert vectors.shape == (3, checked.dim)
            np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
        assert checked.embed_images([]).shape == checked.embed_texts([]).shape == (0, checked.dim)


def test_a_coloured_shape_is_found_by_its_name(clip: ClipEmbedder) -> None:
    images = [draw_shape(*named, ground, seed=7) for named in CLASSES for ground in GROUNDS]
    vectors = clip.embed_images(images)
    found = 0
    for number, (colour, shape) in enumerate(CLASSES):
        scores = vectors @ clip.embed_texts([f"{colour} {shape}"])[0]
        found += int(scores.argmax()) // len(GROUNDS) == number
    assert found >= len(CLASSES) - 1


def test_the_starter_tells_colours_of_everyday_texts_apart(embedder: ClipEmbedder) -> None:
    vectors = embedder.embed_texts(["a dog on the beach", "a man climbing a rock", "A dog on the beach."])
    assert vectors[0] @ vectors[1] < 0.8
    np.testing.assert_allclose(vectors[0], vectors[2], atol=1e-5)


@pytest.mark.parametrize("kind", ["embedder", "clip", "siglip"])
def test_two_texts_differ_and_a_text_alone_equals_the_same_text_padded(
    kind: str, request: pytest.FixtureRequest
) -> None:
    made: ClipEmbedder = request.getfixturevalue(kind)
    alone = made.embed_texts(["red circle"])[0]
    batch = made.embed_texts(["red circle", "a photo of a blue square on the white ground"])
    np.testing.assert_allclose(batch[0], alone, atol=1e-4)
    assert batch[0] @ batch[1] < 0.999


def test_siglip_texts_are_lower_cased_and_padded_to_the_full_length(siglip: ClipEmbedder) -> None:
    siglip.load()
    tokens = siglip._loaded.texts.tokens(["Red", "a Red circle"])  # type: ignore[union-attr]
    assert set(tokens) == {"input_ids"}
    assert tokens["input_ids"].shape == (2, 24)
    np.testing.assert_array_equal(siglip.embed_texts(["RED Circle"]), siglip.embed_texts(["red circle"]))


def test_texts_longer_than_the_tower_are_cut(embedder: ClipEmbedder) -> None:
    long = "a dog " * 2_000
    np.testing.assert_allclose(embedder.embed_texts([long])[0], embedder.embed_texts([long + "cat"])[0], atol=1e-5)
    assert embedder._loaded.texts.tokens([long])["input_ids"].shape == (1, 32)  # type: ignore[union-attr]


def test_batch_size_does_not_change_the_vectors(starter: Path, embedder: ClipEmbedder) -> None:
    images = shapes(5)
    single = ClipEmbedder(starter, threads=2, batch_size=1)
    np.testing.assert_allclose(single.embed_images(images), embedder.embed_images(images), atol=1e-4)


def test_folded_batch_norms_change_no_vector(starter: Path) -> None:
    from app.vision.checkpoints.folding import fold_batch_norms

    model = VisionTextDualEncoderModel.from_pretrained(starter, dtype=torch.float32).eval()
    model.requires_grad_(False)
    for edge_px in (192, 181):  # 181: padding depends on the layer, so it stays outside of the convolutions
        pixels = torch.randn(2, 3, edge_px, edge_px)
        with torch.inference_mode():
            before = model.get_image_features(pixel_values=pixels).pooler_output
            tower = VisionTextDualEncoderModel.from_pretrained(starter, dtype=torch.float32).eval()
            tower.requires_grad_(False)
            assert fold_batch_norms(tower.vision_model, edge_px) == 52
            after = tower.get_image_features(pixel_values=pixels).pooler_output
        assert not any(isinstance(layer, torch.nn.BatchNorm2d) for layer in tower.vision_model.modules())
        assert torch.cosine_similarity(before, after).min() >= 0.9999
        torch.testing.assert_close(before, after, atol=1e-3, rtol=1e-3)


def test_a_tower_without_batch_norms_is_left_alone(clip: ClipEmbedder) -> None:
    from app.vision.checkpoints.folding import fold_batch_norms

    clip.load()
    assert fold_batch_norms(clip._loaded.model.vision_model, 32) == 0  # type: ignore[union-attr]


def test_bfloat16_keeps_the_vectors_within_its_rounding(
    tiny_clip: Path, clip: ClipEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.vision.handle.number_type", lambda *_, **__: torch.bfloat16)
    half = ClipEmbedder(tiny_clip, threads=2)
    images, texts = shapes(4), ["red circle"]
    assert ((half.embed_images(images) * clip.embed_images(images)).sum(axis=1) > 0.999).all()
    assert (half.embed_texts(texts)[0] @ clip.embed_texts(texts)[0]) > 0.999


def test_it_loads_on_first_use_unloads_and_loads_again(tiny_clip: Path) -> None:
    embedder = ClipEmbedder(tiny_clip, threads=2)
    assert not embedder.is_loaded
    first = embedder.embed_texts(["red circle"])
    assert embedder.is_loaded
    embedder.unload()
    assert not embedder.is_loaded
    np.testing.assert_array_equal(embedder.embed_texts(["red circle"]), first)


def test_it_rests_only_after_nobody_used_it_for_long_and_comes_back(tiny_clip: Path) -> None:
    now = [0.0]
    embedder = ClipEmbedder(tiny_clip, threads=2, clock=lambda: now[0])
    assert not embedder.rest(600), "what is not loaded has no memory to give back"
    first = embedder.embed_texts(["red circle"])
    now[0] = 500
    embedder.embed_texts(["blue square"])
    now[0] = 1_099
    assert not embedder.rest(600)
    assert embedder.is_loaded
    now[0] = 1_100
    assert embedder.rest(600)
    assert not embedder.is_loaded
    np.testing.assert_array_equal(embedder.embed_texts(["red circle"]), first)
    assert not embedder.rest(600)


def test_threads_may_embed_load_and_unload_at_once(tiny_clip: Path, clip: ClipEmbedder) -> None:
    embedder = ClipEmbedder(tiny_clip, threads=1, batch_size=2)
    images = shapes(4, edge_px=64)
    wanted_images, wanted_texts = clip.embed_images(images), clip.embed_texts(["red circle"])

    def one(number: int) -> None:
        if number % 5 == 4:
            embedder.unload()
        elif number % 2:
            np.testing.assert_allclose(embedder.embed_images(images), wanted_images, atol=1e-4)
        else:
            np.testing.assert_allclose(embedder.embed_texts(["red circle"]), wanted_texts, atol=1e-4)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(20)))


def test_a_query_does_not_wait_for_a_batch_of_pictures(tiny_clip: Path) -> None:
    embedder = ClipEmbedder(tiny_clip, threads=1)
    embedder.load()
    answered = threading.Event()
    with embedder._ready().image_lock:
        thread = threading.Thread(target=lambda: (embedder.embed_texts(["red"]), answered.set()))
        thread.start()
        assert answered.wait(20)
    thread.join()


def test_lack_of_memory_halves_the_batch_and_the_vectors_stay_right(tiny_clip: Path, clip: ClipEmbedder) -> None:
    embedder = ClipEmbedder(tiny_clip, threads=2, batch_size=8)
    sizes = _limit_memory(embedder, largest=2)
    images = shapes(7, edge_px=64)
    np.testing.assert_allclose(embedder.embed_images(images), clip.embed_images(images), atol=1e-4)
    assert sizes == [7, 3, 1, 1, 1, 1, 1, 1, 1]


def test_one_picture_that_does_not_fit_is_out_of_memory(tiny_clip: Path) -> None:
    embedder = ClipEmbedder(tiny_clip, threads=2, batch_size=4)
    _limit_memory(embedder, largest=0)
    with pytest.raises(OutOfMemory):
        embedder.embed_images(shapes(3, edge_px=64))


def test_other_failures_are_not_taken_for_lack_of_memory(tiny_clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = ClipEmbedder(tiny_clip, threads=2)
    embedder.load()

    def broken(**_: Any) -> None:
        raise RuntimeError("shapes do not match")

    monkeypatch.setattr(embedder._loaded.model, "get_text_features", broken)  # type: ignore[union-attr]
    with pytest.raises(RuntimeError, match="shapes"):
        embedder.embed_texts(["red"])


def _limit_memory(embedder: ClipEmbedder, *, largest: int) -> list[int]:
    """Make the image tower fail above a batch size as torch does; returns the sizes it was asked for."""
    embedder.load()
    model = embedder._loaded.model  # type: ignore[union-attr]
    inner, sizes = model.get_image_features, []

    def limited(pixel_values: torch.Tensor) -> Any:
        sizes.append(len(pixel_values))
        if len(pixel_values) > largest:
            raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory")
        return inner(pixel_values=pixel_values)

    model.get_image_features = limited
    return sizes
