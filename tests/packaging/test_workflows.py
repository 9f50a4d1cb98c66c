"""What the workflows promise about permissions and versions."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

yaml = pytest.importorskip("yaml", reason="comes with transformers")
FOLDER = Path(__file__).resolve().parent.parent.parent / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))


def _read(path: Path) -> dict[Any, Any]:
    read: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return read


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_workflow_may_only_read_unless_one_job_says_why_not(path: Path) -> None:
    workflow = _read(path)
    assert workflow["permissions"] == {"contents": "read"}
    widened = [job for job in workflow["jobs"].values() if "permissions" in job]
    assert all(job["permissions"] == {"contents": "write"} and "tag" in job["if"] for job in widened)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_action_is_pinned_to_its_major_version(path: Path) -> None:
    for job in _read(path)["jobs"].values():
        for step in job["steps"]:
            assert "uses" not in step or re.fullmatch(r"actions/[\w-]+@v\d+", step["uses"]), step


def test_installers_are_built_and_proved_on_the_three_systems_before_a_release() -> None:
    workflow = _read(FOLDER / "installers.yml")
    on = workflow[True]  # YAML 1.1 reads "on" as a truth value
    assert on["push"]["tags"] == ["v*"]
    assert "workflow_dispatch" in on
    jobs = workflow["jobs"]
    systems = {entry["os"].partition("-")[0] for entry in jobs["installer"]["strategy"]["matrix"]["include"]}
    assert systems == {"ubuntu", "macos", "windows"}
    steps = "\n".join(str(step.get("run", "")) for step in jobs["installer"]["steps"])
    assert "app.__version__" in steps
    for script in re.findall(r"packaging/(?:\w+/)?(?:build|test)", steps):
        assert (FOLDER.parent.parent / script).is_file(), script
    assert jobs["release"]["needs"] == "installer"
    assert "--draft" in jobs["release"]["steps"][-1]["run"]


def test_the_project_names_no_index_of_packages() -> None:
    text = (FOLDER / "installers.yml").read_text(encoding="utf-8")
    assert "PIP_EXTRA_INDEX_URL: ${{ vars.PIP_EXTRA_INDEX_URL }}" in text
    assert "https://" not in text
