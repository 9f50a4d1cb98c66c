"""Builds tiny CLIP, BLIP and SigLIP checkpoints in the real Hugging Face layout, trained in seconds on coloured shapes.

They go through the program's real loading code; only their size is not that of the real ones. Their tokenizers have
an end token of their own: with an id of 2, or one outside of the vocabulary, transformers pools texts elsewhere.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from app.core.types import RgbImage

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")

STARTER = Path(__file__).resolve().parent.parent / "resources" / "models" / "starter"
COLOURS = {"red": (215, 35, 30), "green": (35, 170, 50), "blue": (35, 60, 215), "yellow": (235, 215, 40)}
SHAPES = ("circle", "square", "triangle")
GROUNDS = {"white": (240, 240, 240), "black": (18, 18, 18), "grey": (128, 128, 128)}
CLASSES = [(colour, shape) for colour in COLOURS for shape in SHAPES]

_EDGE_PX = 32
_TEMPLATES = ("{} {}", "a {} {}", "a photo of a {} {}", "the {} {}")
_WORDS = ["a", "the", "photo", "of", "on", "ground", "two", "big", "small", ".", *COLOURS, *SHAPES, *GROUNDS]
_STEPS = 180
_BATCH = 48


def draw_shape(colour: str, shape: str, ground: str = "white", *, edge_px: int = 96, seed: int = 0) -> RgbImage:
    """A shape somewhere near the middle; uint8, shape (edge_px, edge_px, 3)."""
    random = np.random.default_rng([seed, len(colour), len(shape)])
    radius = edge_px * random.uniform(0.34, 0.38)
    middle_x, middle_y = edge_px * random.uniform(0.49, 0.51, size=2)
    rows, columns = np.mgrid[0:edge_px, 0:edge_px] + 0.5
    x, y = (columns - middle_x) / radius, (rows - middle_y) / radius
    inside = {
        "circle": x * x + y * y < 1,
        "square": (abs(x) < 1.15) & (abs(y) < 1.15),
        "triangle": (y < 0.85) & (abs(x) < (y + 1) * 0.5),
    }[shape]
    image = np.empty((edge_px, edge_px, 3), np.uint8)
    image[:] = GROUNDS[ground]
    image[inside] = COLOURS[colour]
    return image


def save_circles(folder: Path, *colours: str) -> Path:
    """A folder with a PNG of a circle of each colour, named after it."""
    folder.mkdir()
    for colour in colours:
        Image.fromarray(draw_shape(colour, "circle", edge_px=160)).save(folder / f"{colour}.png")
    return folder


def build_clip(folder: Path) -> Path:
    """A CLIPModel that finds coloured shapes by their names."""
    import torch
    from transformers import CLIPConfig, CLIPModel

    tokenizer = _clip_tokenizer()
    torch.manual_seed(0)
    tower = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = CLIPConfig(
        projection_dim=32,
        text_config={**tower, **_ids_of(tokenizer), "max_position_embeddings": 16},
        vision_config={**tower, "image_size": _EDGE_PX, "patch_size": 8},
    )
    model = CLIPModel(config)
    _train(model, lambda pixels, labels, step: _clip_loss(model, tokenizer, pixels, labels, step))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    _clip_processor().save_pretrained(folder)
    return folder


def build_siglip2_base(folder: Path) -> Path:
    """A SigLIP 2 B/16 of real size (256,000 words) and random weights."""
    import torch
    from transformers import SiglipConfig, SiglipModel
    from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

    tokenizer = _clip_tokenizer(keeps_capitals=True)
    torch.manual_seed(0)
    ids = {name: number for name, number in _ids_of(tokenizer).items() if name != "vocab_size"}
    SiglipModel(SiglipConfig(text_config={**ids, "vocab_size": 256_000})).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    SiglipImageProcessorPil().save_pretrained(folder)
    return folder


def build_blip_base(folder: Path) -> Path:
    """A BLIP captioner of the base size and random weights."""
    import torch
    from transformers import BlipConfig, BlipForConditionalGeneration
    from transformers.models.blip.image_processing_pil_blip import BlipImageProcessorPil

    tokenizer = _bert_tokenizer()
    torch.manual_seed(0)
    ids = {"bos_token_id": tokenizer.convert_tokens_to_ids("[DEC]"), "sep_token_id": tokenizer.sep_token_id}
    ids |= {"eos_token_id": tokenizer.sep_token_id, "pad_token_id": tokenizer.pad_token_id}
    config = BlipConfig(text_config={**ids, "vocab_size": len(tokenizer)}, vision_config={"image_size": 384})
    BlipForConditionalGeneration(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    BlipImageProcessorPil().save_pretrained(folder)
    return folder


def build_multilingual(folder: Path, dim: int = 512) -> Path:
    """A text tower of the multilingual one's size (DistilBERT with 119,547 words) and random weights."""
    import torch
    from safetensors.torch import save_file
    from transformers import DistilBertConfig, DistilBertModel

    tokenizer = _bert_tokenizer()
    torch.manual_seed(0)
    DistilBertModel(DistilBertConfig(vocab_size=119_547)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    _lay_out(folder, {"max_seq_length": 128, "do_lower_case": False}, width=768, dim=dim)
    save_file({"linear.weight": torch.randn(dim, 768) / 28}, folder / "2_Dense" / "model.safetensors")
    return folder


def build_vit_b_32(folder: Path) -> Path:
    """A CLIP ViT-B/32 of real size and random weights: its speed does not depend on them."""
    import torch
    from transformers import CLIPConfig, CLIPModel
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    tokenizer = _clip_tokenizer()
    torch.manual_seed(0)
    CLIPModel(CLIPConfig(text_config=_ids_of(tokenizer))).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    CLIPImageProcessorPil().save_pretrained(folder)
    return folder


def _ids_of(tokenizer: Any) -> dict[str, int]:
    return {
        "vocab_size": len(tokenizer),
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }


def build_blip(folder: Path) -> Path:
    """A BlipForConditionalGeneration that says "a red circle"."""
    import torch
    from transformers import BlipConfig, BlipForConditionalGeneration

    tokenizer = _bert_tokenizer()
    torch.manual_seed(0)
    tower = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = BlipConfig(
        text_config={
            **tower,
            "vocab_size": len(tokenizer),
            "encoder_hidden_size": 64,
            "max_position_embeddings": 40,
            "bos_token_id": tokenizer.convert_tokens_to_ids("[DEC]"),
            "eos_token_id": tokenizer.sep_token_id,
            "sep_token_id": tokenizer.sep_token_id,
            "pad_token_id": tokenizer.pad_token_id,
        },
        vision_config={**tower, "image_size": _EDGE_PX, "patch_size": 8},
    )
    model = BlipForConditionalGeneration(config)
    _train(model, lambda pixels, labels, _: _blip_loss(model, tokenizer, pixels, labels))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    _blip_processor().save_pretrained(folder)
    return folder


def build_siglip(folder: Path) -> Path:
    """A SiglipModel with random weights, whose tokenizer names no length and keeps capitals (as SigLIP 2's)."""
    import torch
    from transformers import SiglipConfig, SiglipModel
    from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

    tokenizer = _clip_tokenizer(keeps_capitals=True)
    torch.manual_seed(0)
    tower = {"hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4}
    model = SiglipModel(
        SiglipConfig(
            text_config={
                **tower,
                "vocab_size": len(tokenizer),
                "max_position_embeddings": 24,
                "projection_size": 48,
                "bos_token_id": tokenizer.bos_token_id,
                "eos_token_id": tokenizer.eos_token_id,
                "pad_token_id": tokenizer.pad_token_id,
            },
            vision_config={**tower, "image_size": _EDGE_PX, "patch_size": 8},
        )
    )
    _shake(model)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    SiglipImageProcessorPil(size={"height": _EDGE_PX, "width": _EDGE_PX}).save_pretrained(folder)
    return folder


def build_dual_encoder(folder: Path, seen: str = "resnet", read: str = "bert") -> Path:
    """A VisionTextDualEncoderModel of two towers with random weights.

    Args:
        folder: to be written.
        seen: "resnet", "convnext", "vit" or "swin".
        read: "bert", "bert without pooler" or "distilbert".
    """
    import torch
    from transformers.models.convnext.image_processing_pil_convnext import ConvNextImageProcessorPil

    from app.vision.networks.dual_encoder import VisionTextDualEncoderModel

    torch.manual_seed(0)
    tokenizer = _bert_tokenizer()
    text_model = _text_tower(read, tokenizer)
    model = VisionTextDualEncoderModel(vision_model=_image_tower(seen), text_model=text_model)
    _shake(model)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    ConvNextImageProcessorPil(size={"shortest_edge": _EDGE_PX}).save_pretrained(folder)
    return folder


GERMAN = {"red": "rot", "green": "grün", "blue": "blau", "yellow": "gelb"} | {
    "circle": "kreis",
    "square": "quadrat",
    "triangle": "dreieck",
}


def build_text_tower(folder: Path, clip: Path) -> Path:
    """A text tower that says in German what the tiny CLIP in ``clip`` says in English, laid out as
    sentence-transformers/clip-ViT-B-32-multilingual-v1 is; it declares no space.
    """
    import torch
    from safetensors.torch import save_file
    from transformers import CLIPModel

    teacher, tokenizer = CLIPModel.from_pretrained(clip), _clip_tokenizer()
    english, german = ([f"{names[c]} {names[s]}" for c, s in CLASSES] for names in ({w: w for w in GERMAN}, GERMAN))
    with torch.no_grad():
        tokens = tokenizer(english, padding=True, return_tensors="pt")
        wanted = torch.nn.functional.normalize(
            teacher.get_text_features(
                input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"]
            ).pooler_output
        )
    torch.manual_seed(0)
    own_tokenizer = _tokenizer(
        ["[PAD]", "[UNK]", "ein", "der", *GERMAN.values(), "[CLS]", "[SEP]"],
        "[CLS] $A [SEP]",
        {"unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"},
        pad="[PAD]",
    )
    transformer = _text_tower("distilbert", own_tokenizer)
    dense = torch.nn.Linear(32, wanted.shape[1], bias=False)
    _teach(transformer, dense, own_tokenizer, german, wanted)

    transformer.save_pretrained(folder)
    own_tokenizer.save_pretrained(folder)
    _lay_out(folder, {"max_seq_length": 12, "do_lower_case": False}, width=32, dim=wanted.shape[1])
    save_file({"linear.weight": dense.weight.detach()}, folder / "2_Dense" / "model.safetensors")
    return folder


def _lay_out(folder: Path, sentences: dict[str, Any], *, width: int, dim: int) -> None:
    """What sentence-transformers writes beside the weights."""
    _write(
        folder / "modules.json",
        [
            {"idx": number, "name": str(number), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for number, (path, kind) in enumerate((("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Dense", "Dense")))
        ],
    )
    _write(folder / "sentence_bert_config.json", sentences)
    ways = {f"pooling_mode_{way}": way == "mean_tokens" for way in ("cls_token", "mean_tokens", "max_tokens")}
    _write(folder / "1_Pooling" / "config.json", {"word_embedding_dimension": width, **ways})
    identity = {"bias": False, "activation_function": "torch.nn.modules.linear.Identity"}
    _write(folder / "2_Dense" / "config.json", {"in_features": width, "out_features": dim, **identity})


def _teach(transformer: Any, dense: Any, tokenizer: Any, texts: list[str], wanted: Any) -> None:
    """Texts of several lengths in one batch, so that padding must be left out of the mean to get them right."""
    import torch

    texts = [*texts, *(f"ein {text}" for text in texts), *(f"ein der ein der {text}" for text in texts)]
    tokens = tokenizer(texts, padding=True, return_tensors="pt")
    ids, mask = tokens["input_ids"], tokens["attention_mask"]
    optimizer = torch.optim.AdamW([*transformer.parameters(), *dense.parameters()], lr=3e-3, fused=True)
    for _ in range(120):
        optimizer.zero_grad()
        hidden = transformer(input_ids=ids, attention_mask=mask).last_hidden_state
        made = dense((hidden * mask.unsqueeze(-1)).sum(1) / mask.sum(1, keepdim=True))
        loss = 1 - torch.cosine_similarity(made, wanted.repeat(3, 1)).mean()
        loss.backward()
        optimizer.step()


def _write(file: Path, told: Any) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(told), encoding="utf-8")


def _image_tower(kind: str) -> Any:
    import transformers as named

    wide = {"hidden_sizes": [16, 48], "depths": [1, 2]}
    blocks = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
    return {
        "resnet": lambda: named.ResNetModel(named.ResNetConfig(embedding_size=16, **wide)),
        "convnext": lambda: named.ConvNextModel(named.ConvNextConfig(num_stages=2, **wide)),
        "vit": lambda: named.ViTModel(named.ViTConfig(image_size=_EDGE_PX, patch_size=8, **blocks)),
        "swin": lambda: named.SwinModel(
            named.SwinConfig(
                image_size=_EDGE_PX, patch_size=4, embed_dim=8, depths=[1, 1], num_heads=[1, 2], window_size=4
            )
        ),
    }[kind]()


def _text_tower(kind: str, tokenizer: Any) -> Any:
    from transformers import BertConfig, BertModel, DistilBertConfig, DistilBertModel

    known = {"vocab_size": len(tokenizer), "max_position_embeddings": 40, "pad_token_id": tokenizer.pad_token_id}
    if kind == "distilbert":
        return DistilBertModel(DistilBertConfig(dim=32, hidden_dim=64, n_layers=2, n_heads=2, **known))
    blocks = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    return BertModel(BertConfig(**blocks, **known), add_pooling_layer=kind == "bert")


def _shake(model: Any) -> None:
    """The usual start is so small, and a batch norm's so plain, that all vectors would look alike."""
    import torch

    model.eval()
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point():
            tensor.add_(torch.randn_like(tensor) * 0.05)
            if name.endswith("running_var"):
                tensor.abs_()


def _train(model: Any, loss_of: Any) -> None:
    """A few hundred steps on fresh pictures, in the pixels that the checkpoint's own processor makes."""
    import torch

    torch.set_num_threads(1)  # several share so little work by waiting for each other
    pictures, labels = _pictures()
    pixels = torch.from_numpy(_clip_processor()(pictures, return_tensors="np")["pixel_values"])
    random = np.random.default_rng(1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.01, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=3e-3, total_steps=_STEPS)
    model.train()
    for step in range(_STEPS):
        chosen = torch.from_numpy(random.choice(len(labels), _BATCH, replace=False))
        optimizer.zero_grad()
        loss_of(pixels[chosen], labels[chosen.numpy()], step).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    model.eval()


def _pictures(of_each: int = 30) -> tuple[list[RgbImage], np.ndarray]:
    pictures, labels = [], []
    grounds = list(GROUNDS)
    for label, (colour, shape) in enumerate(CLASSES):
        for seed in range(of_each):
            pictures.append(draw_shape(colour, shape, grounds[seed % len(grounds)], edge_px=48, seed=1000 + seed))
            labels.append(label)
    return pictures, np.array(labels)


def _clip_loss(model: Any, tokenizer: Any, pixels: Any, labels: np.ndarray, step: int) -> Any:
    """Each picture against the names of all classes, each name against the pictures of its class."""
    import torch

    template = _TEMPLATES[step % len(_TEMPLATES)]
    tokens = tokenizer([template.format(*named) for named in CLASSES], padding=True, return_tensors="pt")
    told = model(
        input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"], pixel_values=pixels
    ).logits_per_image
    target = torch.from_numpy(labels)
    right = torch.nn.functional.one_hot(target, len(CLASSES)).float()
    by_text = -(torch.log_softmax(told, 0) * right).sum(0) / right.sum(0).clamp(min=1)
    return torch.nn.functional.cross_entropy(told, target) + by_text.mean()


def _blip_loss(model: Any, tokenizer: Any, pixels: Any, labels: np.ndarray) -> Any:
    texts = ["a {} {}".format(*CLASSES[label]) for label in labels]
    ids = tokenizer(texts, padding=True, return_tensors="pt")["input_ids"]
    ids[:, 0] = model.config.text_config.bos_token_id
    return model(pixel_values=pixels, input_ids=ids, labels=ids.clone()).loss


def _clip_processor() -> Any:
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    return CLIPImageProcessorPil(size={"shortest_edge": _EDGE_PX}, crop_size={"height": _EDGE_PX, "width": _EDGE_PX})


def _blip_processor() -> Any:
    from transformers.models.blip.image_processing_pil_blip import BlipImageProcessorPil

    return BlipImageProcessorPil(size={"height": _EDGE_PX, "width": _EDGE_PX})


def _clip_tokenizer(*, keeps_capitals: bool = False) -> Any:
    """Whole words; "<|endoftext|>" is the last id and pads too, as in OpenAI's."""
    names = {"unk_token": "<unk>", "bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>"}
    template = "<|startoftext|> $A <|endoftext|>"
    words = [*_WORDS, *(word.capitalize() for word in _WORDS if keeps_capitals and word.isalpha())]
    return _tokenizer(
        ["<unk>", *words, "<|startoftext|>", "<|endoftext|>"],
        template,
        names,
        pad="<|endoftext|>",
        keeps_capitals=keeps_capitals,
    )


def _bert_tokenizer() -> Any:
    names = {"unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "bos_token": "[DEC]"}
    return _tokenizer(["[PAD]", "[UNK]", *_WORDS, "[CLS]", "[SEP]", "[DEC]"], "[CLS] $A [SEP]", names, pad="[PAD]")


def _tokenizer(
    words: list[str], template: str, names: dict[str, str], *, pad: str, keeps_capitals: bool = False
) -> Any:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocabulary = {word: number for number, word in enumerate(words)}
    made = Tokenizer(models.WordLevel(vocabulary, unk_token=names["unk_token"]))
    if not keeps_capitals:
        made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    special = [(token, vocabulary[token]) for token in template.split() if token != "$A"]
    made.post_processor = processors.TemplateProcessing(single=template, special_tokens=special)
    return PreTrainedTokenizerFast(tokenizer_object=made, pad_token=pad, **names)
