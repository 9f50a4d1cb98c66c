"""Weights in pickle's format become safetensors in another process, or nothing happens at all."""

from __future__ import annotations

import errno
import hashlib
import json
import multiprocessing
import os
import pickle
import shutil
from collections.abc import Callable, Generator
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from transformers import BlipForConditionalGeneration

from app.core.errors import DiskFull, ModelUnusable, OutOfMemory
from app.vision.captioner import BlipCaptioner
from app.vision.checkpoints import pickled
from app.vision.checkpoints.pickled import PICKLED, Limits
from app.vision.embedder import ClipEmbedder
from tests.checkpoints import CLASSES, draw_shape
from tests.vision import failing_children


@pytest.fixture
def pickled_clip(tiny_clip: Path, tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(tiny_clip, tmp_path / "pickled"))
    torch.save(load_file(folder / "model.safetensors"), folder / PICKLED)
    (folder / "model.safetensors").unlink()
    return folder


@pytest.fixture
def saved(tmp_path: Path) -> Callable[..., Path]:
    """A folder with one pickled file."""

    def save(told: object, **options: Any) -> Path:
        torch.save(told, tmp_path / PICKLED, **options)
        return tmp_path

    return save


def refusal(act: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(ModelUnusable) as caught:
        act()
    return str(caught.value.fields["detail"]), str(caught.value.fields["what"])


def converted_here(folder: Path) -> dict[str, str]:
    """What the process does and answers, in this one: faster."""
    ours, theirs = Pipe(duplex=False)
    with ours, theirs:
        pickled._convert(str(folder / PICKLED), str(folder / "made"), theirs)
        return dict(json.loads(ours.recv_bytes()))


def convert_pickled(folder: Path, *args: Any, **how: Any) -> Path:
    """In one go."""
    steps = pickled.convert_pickled(folder, *args, **how)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return Path(end.value)


class Hostile:
    """A pickle that writes a file when it is loaded."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return (os.system, (f'echo owned > "{self.mark}"',))


def test_a_converted_folder_loads_in_the_same_space_and_the_persons_file_stays(
    tiny_clip: Path, pickled_clip: Path
) -> None:
    before = (pickled_clip / PICKLED).read_bytes()
    embedder = ClipEmbedder(pickled_clip)
    assert refusal(embedder.load) == ("pickled_only", PICKLED)
    assert refusal(embedder.load)[0] == "pickled_only"  # asking twice converts nothing
    assert convert_pickled(pickled_clip) == pickled_clip / "model.safetensors"
    assert embedder.space == ClipEmbedder(tiny_clip).space
    embedder.load()
    assert (pickled_clip / PICKLED).read_bytes() == before
    assert not list(pickled_clip.glob(".*"))


def test_what_is_converted_already_is_not_read_again_and_our_download_goes(
    pickled_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = hashlib.sha256((pickled_clip / PICKLED).read_bytes()).hexdigest()
    made = convert_pickled(pickled_clip, sha256.upper())
    monkeypatch.setattr(pickled, "_ask_child", None)  # calling it would fail
    assert convert_pickled(pickled_clip) == made
    assert (pickled_clip / PICKLED).exists()
    assert convert_pickled(pickled_clip, is_ours=True) == made
    assert convert_pickled(pickled_clip, is_ours=True) == made  # as after a kill between its last two steps
    assert not (pickled_clip / PICKLED).exists()


def test_a_captioner_whose_weights_are_tied_says_the_same_after_it(tiny_blip: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_blip, tmp_path / "pickled"))
    state = BlipForConditionalGeneration.from_pretrained(tiny_blip).state_dict()
    tied = [name for name in state if name not in load_file(tiny_blip / "model.safetensors")]
    assert tied, "safetensors of transformers drop what is tied; else this proves nothing"
    torch.save(state, folder / PICKLED)
    (folder / "model.safetensors").unlink()
    convert_pickled(folder)
    assert set(load_file(folder / "model.safetensors")) == set(state)
    images = [draw_shape(*named, seed=7) for named in CLASSES[:4]]
    captions = (BlipCaptioner(each, threads=2).caption_images(images) for each in (folder, tiny_blip))
    assert next(captions) == next(captions)


def test_a_hostile_pickle_is_not_run_and_named(tmp_path: Path, saved: Callable[..., Path]) -> None:
    mark = tmp_path / "owned"
    folder = saved({"weight": torch.zeros(3), "more": Hostile(mark)})
    detail, what = refusal(lambda: convert_pickled(folder))
    assert detail == "pickle_unsafe"
    assert what.endswith("system")
    assert not mark.exists()
    assert [path.name for path in folder.iterdir()] == [PICKLED]
    torch.load(folder / PICKLED, weights_only=False)
    assert mark.exists(), "it would have run; else this proves nothing"


@pytest.mark.parametrize("options", [{}, {"_use_new_zipfile_serialization": False}], ids=["zip", "before torch 1.6"])
def test_tensors_that_share_memory_or_lie_askew_come_apart_unchanged(
    options: dict[str, Any], saved: Callable[..., Path]
) -> None:
    whole = torch.randn(6, 4)
    told = {
        "whole": whole,
        "tied": whole,
        "part": whole[2:4],
        "turned": whole.T,
        "half": whole.half(),
        "count": torch.tensor(3),
        "grown": torch.nn.Parameter(torch.ones(2)),
    }
    folder = saved(told, **options)
    assert converted_here(folder) == {}
    made = load_file(folder / "made")
    assert set(made) == set(told)
    for name, tensor in told.items():
        assert made[name].dtype == tensor.dtype
        torch.testing.assert_close(made[name], tensor.detach(), atol=0, rtol=0)


def test_files_that_hold_no_weights_are_refused(tmp_path: Path, saved: Callable[..., Path]) -> None:
    contents: list[object] = [
        {},
        {"state_dict": {"weight": torch.zeros(2)}},
        [torch.zeros(2)],
        b"",
        b"no pickle",
        pickle.dumps({"a": 1}),
    ]
    for told in contents:
        if isinstance(told, bytes):
            (tmp_path / PICKLED).write_bytes(told)
        else:
            saved(told)
        assert converted_here(tmp_path)["failed"] == "weights_damaged", told
    saved({"weight": torch.zeros(1000)})
    (tmp_path / PICKLED).write_bytes((tmp_path / PICKLED).read_bytes()[:-500])
    assert converted_here(tmp_path)["failed"] == "weights_damaged"
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("does", "limits", "what"),
    [
        ("crash", Limits(), "exit code 11"),
        ("hang", Limits(time_s=0.5), "time"),
        ("hang", Limits(memory_bytes=1), "memory"),
        ("babble", Limits(), None),
    ],
)
def test_a_process_that_crashes_hangs_eats_memory_or_babbles_leaves_nothing_behind(
    does: str, limits: Limits, what: str | None, pickled_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(path.name for path in pickled_clip.iterdir())
    monkeypatch.setattr(pickled, "_convert", getattr(failing_children, does))
    detail, told = refusal(lambda: convert_pickled(pickled_clip, is_ours=True, limits=limits))
    assert detail == "conversion_failed"
    assert what is None or told == what
    assert sorted(path.name for path in pickled_clip.iterdir()) == before


def test_a_process_that_says_it_is_done_and_wrote_nothing_is_not_believed(
    pickled_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pickled, "_convert", failing_children.lie)
    assert refusal(lambda: convert_pickled(pickled_clip, is_ours=True))[0] == "folder_unusable"
    assert (pickled_clip / PICKLED).exists()


def test_a_file_that_is_not_the_published_one_is_not_opened(
    pickled_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pickled, "_ask_child", None)
    assert refusal(lambda: convert_pickled(pickled_clip, "0" * 64)) == ("hash_mismatch", PICKLED)


def test_without_the_file_there_is_nothing_to_convert(tmp_path: Path) -> None:
    assert refusal(lambda: convert_pickled(tmp_path)) == ("weights_missing", PICKLED)


def test_a_disk_without_room_is_said_to_be_full_before_anything_is_read(
    pickled_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pickled, "_ask_child", None)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 9, 1000))  # type: ignore[attr-defined]
    with pytest.raises(DiskFull) as caught:
        convert_pickled(pickled_clip)
    assert caught.value.fields == {"path": pickled_clip}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"failed": "disk_full"}, DiskFull),
        ({"failed": "out_of_memory", "what": "can't allocate memory"}, OutOfMemory),
        ({"failed": "folder_unusable"}, ModelUnusable),
    ],
)
def test_what_the_process_could_not_do_is_told_and_its_half_file_goes(
    answer: dict[str, str], error: type[Exception], pickled_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(source: Path, beside: Path, limits: Limits) -> Generator[None, None, dict[str, str]]:
        beside.write_bytes(b"half")
        yield
        return answer

    monkeypatch.setattr(pickled, "_ask_child", fail)
    with pytest.raises(error):
        convert_pickled(pickled_clip, is_ours=True)
    assert not list(pickled_clip.glob("*safetensors*"))
    assert not list(pickled_clip.glob(".*"))
    assert (pickled_clip / PICKLED).exists()


@pytest.mark.parametrize(
    ("words", "failed"),
    [
        ("Error while serializing: I/O error: No space left on device (os error 28)", "disk_full"),
        ("Error while serializing: I/O error: There is not enough space on the disk. (os error 112)", "disk_full"),
        ("Error while serializing: I/O error: Permission denied (os error 13)", "folder_unusable"),
    ],
)
def test_a_full_disk_is_known_from_other_trouble_while_it_writes(
    words: str, failed: str, saved: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise SafetensorError(words)

    monkeypatch.setattr("safetensors.torch.save_file", fail)
    assert converted_here(saved({"weight": torch.zeros(2)}))["failed"] == failed
    assert pickled._name_failure(OSError(errno.ENOSPC, "full"))[0] == "disk_full"
    assert pickled._name_failure(MemoryError())[0] == "out_of_memory"


def test_a_conversion_that_is_given_up_leaves_the_folder_as_it_was_and_no_process(
    pickled_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pickled, "_STEP_S", 0.0)  # the process is still importing torch
    before = sorted(path.name for path in pickled_clip.iterdir())
    steps = pickled.convert_pickled(pickled_clip)
    next(steps)
    assert multiprocessing.active_children()
    steps.close()
    assert not multiprocessing.active_children()
    assert sorted(path.name for path in pickled_clip.iterdir()) == before
