"""Taking photos in while decoders fail: the bad ones are listed, the rest arrives."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from app.core.types import Reason, Skipped, Summary
from app.files.isolation.child import Limits
from app.files.isolation.pool import DecoderPool
from app.library.intake import reading
from app.library.intake.importing import import_folder
from app.library.intake.reading import read_missing
from app.library.library import Library
from tests.files.limits import ShortForTiny, make_endless
from tests.making import make_photo

ROOT = Path(__file__).resolve().parents[2]
FAULTS = {
    "segfault_1.jpg": Reason.CRASHED,
    "exit_2.jpg": Reason.CRASHED,
    "sleep_3.jpg": Reason.TIMED_OUT,
    "spin_4.jpg": Reason.TIMED_OUT,
    "eat_5.jpg": Reason.TOO_LARGE,
    "lie_6.jpg": Reason.CORRUPT,
    "odd_7.jpg": Reason.CORRUPT,
}


@pytest.fixture
def faulty(library: Library) -> Iterator[Library]:
    """Its decoders fail as the file's name says."""
    limits = ShortForTiny(usual_bytes=200 << 20, large_bytes=400 << 20)
    pool = DecoderPool(2, work="tests.files.faulty_work", limits=limits)
    yield replace(library, decoders=pool)
    pool.close()
    assert psutil.Process().children(recursive=True) == []


def test_photos_that_decoders_fail_on_are_listed_and_all_others_arrive(faulty: Library, photos: Path) -> None:
    good = [f"good_{number}.jpg" for number in range(12)]
    for name in (*good, *FAULTS):
        make = make_endless if FAULTS.get(name) is Reason.TIMED_OUT else make_photo
        make(photos / name)
    list(import_folder(faulty, photos))
    facts = list(read_missing(faulty))
    assert {fact.path.name: fact.reason for fact in facts if isinstance(fact, Skipped)} == FAULTS
    assert {failure.path.name: failure.reason for failure in faulty.catalog.failures()} == FAULTS
    summary = facts[-1]
    assert isinstance(summary, Summary)
    assert (summary.added, summary.skipped) == (len(good), len(FAULTS))
    assert (faulty.catalog.count_to_read(), faulty.catalog.crashed_in_hand()) == (0, [])
    assert not [fact for fact in read_missing(faulty) if isinstance(fact, Skipped)]  # not tried again


def test_who_stops_the_reading_does_not_wait_for_a_decoder_that_hangs(
    faulty: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PATIENCE_S", 0.1)
    patient = replace(faulty, decoders=DecoderPool(2, work="tests.files.faulty_work", limits=Limits(time_s=600)))
    for name in ("sleep_1.jpg", "sleep_2.jpg", "good.jpg"):
        make_photo(photos / name)
    list(import_folder(patient, photos))
    facts = read_missing(patient)
    next(facts)
    next(facts)
    facts.close()  # type: ignore[attr-defined]
    assert patient.catalog.crashed_in_hand() == []
    assert patient.catalog.failures() == []
    patient.decoders.close()


RESCAN = """
import os, sys
from pathlib import Path
from app.library.intake.importing import import_folder, rescan
from app.library.intake.reading import read_missing
from tests.making import make_library
library, photos = make_library(Path(sys.argv[1])), Path(sys.argv[2])
list(import_folder(library, photos))
list(read_missing(library))
opened = []
def note(event, args):
    if event == "open" and isinstance(args[0], (str, bytes, os.PathLike)):
        opened.append(os.fsdecode(args[0]))
sys.addaudithook(note)
found = list(rescan(library))[-1]
list(read_missing(library))
print(found.unchanged, [path for path in opened if path.startswith(str(photos)) and not os.path.isdir(path)])
(photos / "0.jpg").touch()
list(rescan(library))
list(read_missing(library))
print([os.path.basename(path) for path in opened if path.endswith(".jpg") and path.startswith(str(photos))])
"""


def test_looking_at_unchanged_photos_again_opens_none_of_them(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    for number in range(6):
        make_photo(photos / f"{number}.jpg")
        make_photo(photos / "below" / f"{number}.jpg", "blue")
    command = [sys.executable, "-c", RESCAN, str(tmp_path / "library"), str(photos)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.stderr == ""
    assert ran.stdout.splitlines() == ["12 []", "['0.jpg']"]
