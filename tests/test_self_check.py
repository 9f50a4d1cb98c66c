"""The self-check passes where Oriel is whole, and names what is broken where it is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WITHOUT_FAISS = """
import sys
sys.modules["faiss"] = None
from app.__main__ import main
sys.exit(main(["--self-check"]))
"""


def self_check(home: Path, *start: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ORIEL_HOME": str(home)}
    return subprocess.run(
        [sys.executable, *start], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_a_whole_oriel_passes_its_self_check_and_touches_nothing_of_the_person(tmp_path: Path) -> None:
    ran = self_check(tmp_path / "home", "-m", "app", "--self-check")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    lines = ran.stdout.splitlines()
    assert lines[-1] == "Everything works."
    for part in (
        "Qt",
        "torch",
        "transformers",
        "downloads",
        "FAISS",
        "languages",
        "SQLite",
        "HEIC pictures",
        "AVIF pictures",
        "places",
        "starter",
        "library",
    ):
        assert any(line.startswith(f"ok      {part}") for line in lines), part
    assert not (tmp_path / "home").exists()


def test_a_missing_library_is_named_and_the_other_parts_are_checked_still(tmp_path: Path) -> None:
    ran = self_check(tmp_path / "home", "-c", WITHOUT_FAISS)
    assert ran.returncode == 1
    lines = ran.stdout.splitlines()
    assert any(line.startswith("BROKEN  FAISS: ") for line in lines)
    assert any(line.startswith("ok      torch") for line in lines)
    assert lines[-1] == "Broken: FAISS, library. Install Oriel again."
