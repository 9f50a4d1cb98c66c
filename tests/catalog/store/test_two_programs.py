"""Two programs on one catalogue: neither takes the other's log away."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.catalog.catalog import Catalog
from app.core.query import Scope

OPEN_AND_CLOSE = """
import sys
from pathlib import Path
from app.catalog.catalog import Catalog
catalog = Catalog.open(Path(sys.argv[1]))
print(catalog.tags())
catalog.close()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there an open file can't be deleted at all")
def test_another_program_that_comes_and_goes_leaves_the_log_of_this_one_alone(tmp_path: Path) -> None:
    # As the window does: several connections of one process, each opened while another is at work. On POSIX, closing
    # any descriptor of the file by hand would drop the locks that tell the other program of them.
    first, second = Catalog.open(tmp_path), Catalog.open(tmp_path)
    first.set_setting("mark", "before")
    log = (tmp_path / "catalog.sqlite-wal").stat().st_ino
    for _ in range(2):
        ran = subprocess.run(
            [sys.executable, "-c", OPEN_AND_CLOSE, str(tmp_path)], capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "catalog.sqlite-wal").stat().st_ino == log
    first.set_setting("mark", "after")
    assert second.setting("mark") == "after"
    third = Catalog.open(tmp_path)
    assert third.setting("mark") == "after"
    assert len(third.scope_ids(Scope())) == 0
    for catalog in (first, second, third):
        catalog.close()
