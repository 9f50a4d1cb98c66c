"""What macOS is told of Oriel.app."""

from __future__ import annotations

import plistlib
from pathlib import Path
from typing import Any

import pytest

from app import APP_ID, __version__
from tests.packaging.frozen import Asked, read_spec


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Asked]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("ORIEL_SIGN_IDENTITY", raising=False)
        return read_spec("darwin", tmp_path_factory.mktemp("macos"), patch)


@pytest.fixture
def info(asked: dict[str, list[Asked]]) -> dict[str, Any]:
    """As it stands in the bundle's file."""
    (bundle,) = asked["BUNDLE"]
    read: dict[str, Any] = plistlib.loads(plistlib.dumps(bundle["info_plist"]))
    return read


def test_the_bundle_carries_the_programs_one_id_and_version(info: dict[str, Any]) -> None:
    assert info["CFBundleIdentifier"] == APP_ID
    assert __version__.startswith(info["CFBundleShortVersionString"])
    assert info["CFBundleVersion"] == info["CFBundleShortVersionString"]


def test_oriel_is_offered_for_folders_and_images_and_takes_nothing_over(info: dict[str, Any]) -> None:
    types = info["CFBundleDocumentTypes"]
    assert [kind["LSItemContentTypes"] for kind in types] == [["public.folder"], ["public.image"]]
    assert {(kind["CFBundleTypeRole"], kind["LSHandlerRank"]) for kind in types} == {("Viewer", "Alternate")}


def test_each_protected_place_has_its_reason(info: dict[str, Any]) -> None:
    reasons = {key: text for key, text in info.items() if key.endswith("UsageDescription")}
    assert len(reasons) >= 6
    assert all("Oriel" in text and "never changed" in text for text in reasons.values())


def test_the_program_has_a_window_and_no_console(asked: dict[str, list[Asked]]) -> None:
    (program,) = asked["EXE"]
    assert program["console"] is False


def test_without_an_identity_nothing_is_hardened(asked: dict[str, list[Asked]]) -> None:
    (program,) = asked["EXE"]
    assert program["codesign_identity"] is None
    assert program["entitlements_file"] is None


def test_with_an_identity_the_entitlements_are_a_bare_plist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORIEL_SIGN_IDENTITY", "Developer ID Application: Somebody")
    (program,) = read_spec("darwin", tmp_path, monkeypatch)["EXE"]
    assert program["codesign_identity"] == "Developer ID Application: Somebody"
    entitlements = Path(program["entitlements_file"]).read_bytes()
    assert all(value is True for value in plistlib.loads(entitlements).values())
    assert b"<!--" not in entitlements  # codesign's reader trips over comments


@pytest.mark.parametrize(("version", "plain"), [("1.2.0", "1.2.0"), ("1.2.0rc1", "1.2.0"), ("2.0.dev3+x", "2.0")])
def test_macos_counts_with_plain_numbers(
    version: str, plain: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.__version__", version)
    (bundle,) = read_spec("darwin", tmp_path, monkeypatch)["BUNDLE"]
    assert bundle["info_plist"]["CFBundleShortVersionString"] == plain


def test_the_program_comes_without_the_decoder_that_may_not_be_given_away(
    asked: dict[str, list[Asked]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "cv2" in asked["Analysis"][0]["excludes"]
    assert "cv2" not in read_spec("win32", tmp_path, monkeypatch)["Analysis"][0]["excludes"]
