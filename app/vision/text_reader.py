"""Text in pictures, read by RapidOCR's models on ONNX Runtime, where both are installed."""

from __future__ import annotations

import importlib.util
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app.core.errors import OutOfMemory, TextReaderUnusable
from app.core.types import RgbImage, TextLine

_EDGE_PX = 2_000
"""Of the picture whose lines are read: print that is smaller there says nothing (tests/benchmarks/text_quality.py)."""
_LOOKED_AT_PX = 1_280
"""Of the copy in which lines are looked for: half the time of the whole picture, and as many words."""
_LEAST_CONFIDENCE = 0.6
"""Of a line. Below it nearly all are patterns taken for letters."""
_SAME_ROW = 0.5
"""Lines whose middles are apart by less than this share of their height stand side by side."""
_LEAST_PX = 12
"""A picture that is narrower holds no letters; resizing one to nothing is an error of the library's."""
_RECIPE = 1
"""Raise it where the numbers above change, so that all is read again."""
_PARAMETERS = {
    "Global.log_level": "critical",
    "Global.text_score": _LEAST_CONFIDENCE,
    "Global.max_side_len": _EDGE_PX,
    "Det.limit_type": "max",
    "Det.limit_side_len": _LOOKED_AT_PX,
}
_PARTS = {"Det": "*_det_*.onnx", "Cls": "*_cls_*.onnx", "Rec": "*_rec_*.onnx"}


class RapidTextReader:
    """Fulfils ``core.types.TextReader``; threads take turns.

    The models are opened here and handed over: left to itself, the library would download one that it misses, and
    threads that wait for work would spin, which doubles its core time on a busy machine.
    """

    def __init__(self, *, threads: int | None = None) -> None:
        """Load nothing yet. ``threads``: cores for one picture; None: all."""
        self.threads = threads
        self._lock = threading.Lock()
        self._engine: Any = None

    @property
    def name(self) -> str:
        return "RapidOCR"

    @property
    def version(self) -> str:
        """The names of the models, which hold their versions, and how they are used."""
        models = model_files()
        return f"{models['Det'].stem}+{models['Rec'].stem}/{_RECIPE}"

    @property
    def edge_px(self) -> int:
        return _EDGE_PX

    def has_text(self, image: RgbImage) -> bool:
        """Whether there is anything like a line of text in a thumbnail: uint8, shape (height, width, 3), RGB.

        Raises:
            TextReaderUnusable: it is not installed, or not whole.
            OutOfMemory: it does not fit.
            RuntimeError: the library failed over this picture.
        """
        return bool(min(image.shape[:2]) >= _LEAST_PX and self._run(image, has_words=False).boxes is not None)

    def read_texts(self, images: Sequence[RgbImage]) -> list[list[TextLine]]:
        """Read all lines.

        Args:
            images: uint8, shape (height, width, 3), RGB, already upright; sizes may differ.

        Returns:
            For each image its lines from top to bottom, those side by side from left to right.

        Raises:
            TextReaderUnusable: it is not installed, or not whole.
            OutOfMemory: a picture does not fit.
            RuntimeError: the library failed over a picture.
        """
        return [self._lines(image) for image in images]

    def unload(self) -> None:
        """Give the memory back; the next call loads it again."""
        with self._lock:
            self._engine = None

    def _lines(self, image: RgbImage) -> list[TextLine]:
        if min(image.shape[:2]) < _LEAST_PX:
            return []
        found = self._run(image, has_words=True)
        if found.boxes is None or found.txts is None:
            return []
        boxes = np.asarray(found.boxes, np.float32)
        shares = np.clip(boxes / np.array((image.shape[1], image.shape[0]), np.float32), 0, 1)
        return [
            TextLine(found.txts[row], float(found.scores[row]), _corners(shares[row])) for row in reading_order(boxes)
        ]

    def _run(self, image: RgbImage, *, has_words: bool) -> Any:
        with self._lock:
            if self._engine is None:
                self._engine = _loaded(self.threads)
            try:
                # Each call says what it wants: the engine keeps what the last one said.
                return self._engine(_bgr(image), use_det=True, use_cls=has_words, use_rec=has_words)
            except MemoryError as error:
                raise OutOfMemory(detail=str(error)) from error
            except Exception as error:
                raise RuntimeError(str(error).strip().rpartition("\n")[2][:200]) from error


def model_files() -> dict[str, Path]:
    """The models that come with RapidOCR: what finds lines, turns them and reads them. Imports nothing.

    Raises:
        TextReaderUnusable: it is not installed, or without its models.
    """
    package = importlib.util.find_spec("rapidocr")
    if package is None or not package.submodule_search_locations or importlib.util.find_spec("onnxruntime") is None:
        is_frozen = getattr(sys, "frozen", False)
        raise TextReaderUnusable(path=None, detail="not_in_this_program" if is_frozen else "not_installed")
    folder = Path(package.submodule_search_locations[0]) / "models"
    found = {part: sorted(folder.glob(pattern)) for part, pattern in _PARTS.items()}
    if not all(found.values()):
        raise TextReaderUnusable(path=folder, detail="models_missing")
    return {part: files[-1] for part, files in found.items()}


def reading_order(boxes: npt.NDArray[np.float32]) -> list[int]:
    """Lines from top to bottom, those side by side from left to right, also where the page lies askew.

    Args:
        boxes: float32, shape (n, 4, 2): the corners of n lines in pixels, from the top left as the clock goes.

    Returns:
        Which line is the first, which the second …
    """
    if not len(boxes):
        return []
    along = boxes[:, 1] - boxes[:, 0]
    is_lying = np.abs(along[:, 0]) >= np.abs(along[:, 1])
    # Long lines tell best how the page lies; what stands upright says nothing about it.
    slope = along[is_lying].sum(axis=0) if is_lying.any() else np.array((1.0, 0.0))
    right = slope / max(float(np.hypot(*slope)), 1e-6)
    down = np.array((-right[1], right[0]))
    middles = boxes.mean(axis=1)
    across, below = middles @ right, middles @ down
    heights = np.linalg.norm(boxes[:, 3] - boxes[:, 0], axis=1)
    rows: list[list[int]] = []
    for line in np.argsort(below, kind="stable").tolist():
        first = rows[-1][0] if rows else None
        if first is not None and below[line] - below[first] < _SAME_ROW * min(heights[line], heights[first]):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda each: float(across[each]))]


def _loaded(threads: int | None) -> Any:
    models = model_files()
    try:
        from omegaconf import flag_override
        from rapidocr import RapidOCR

        engine = RapidOCR(params=_PARAMETERS)
        with flag_override(engine.cfg, "allow_objects", True):
            for part, path in models.items():
                engine.cfg[part].session = _session(path, threads)
        blank = np.full((48, 96, 3), 255, np.uint8)  # takes up all three, so that damage shows here and not later
        engine(blank, use_det=True, use_cls=False, use_rec=False)
        engine(blank, use_det=False, use_cls=True, use_rec=True)
    except MemoryError as error:
        raise OutOfMemory(detail=str(error)) from error
    except Exception as error:
        raise TextReaderUnusable(path=models["Det"].parent, detail="models_damaged", what=str(error)[:200]) from error
    return engine


def _session(model: Path, threads: int | None) -> Any:
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.log_severity_level = 4
    options.enable_cpu_mem_arena = False  # it keeps what the largest picture took
    options.intra_op_num_threads = threads or 0
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return InferenceSession(str(model), sess_options=options, providers=["CPUExecutionProvider"])


def _bgr(image: RgbImage) -> npt.NDArray[np.uint8]:
    return np.ascontiguousarray(image[:, :, ::-1])


def _corners(box: npt.NDArray[np.float32]) -> Any:
    return tuple((float(x), float(y)) for x, y in box)
