"""What macOS is told of Oriel.app: its Info.plist, and what the hardened runtime must let it do."""

from __future__ import annotations

import re

MINIMUM_MACOS = "14.0"
"""The oldest that the pinned torch and faiss-cpu are built for (PySide6: 13.0)."""

ENTITLEMENTS = {
    # Python's ctypes makes callbacks at run-time; without this a signed Python program may die at its start.
    "com.apple.security.cs.allow-unsigned-executable-memory": True,
    # Qt compiles regular expressions (PCRE2), and torch's kernels may compile themselves for the processor.
    "com.apple.security.cs.allow-jit": True,
    # Library validation stays on: PyInstaller signs each library that comes along with the program's own identity.
}
"""They count where the program is signed with an identity: only then is the runtime hardened."""


def info_plist(app_id: str, app_name: str, version: str) -> dict[str, object]:
    """What PyInstaller's BUNDLE does not know by itself, for its ``info_plist``."""
    return {
        "CFBundleIdentifier": app_id,
        "CFBundleShortVersionString": plain_version(version),
        "CFBundleVersion": plain_version(version),
        "CFBundleDocumentTypes": [_opens("Folder", "public.folder"), _opens("Image", "public.image")],
        "LSApplicationCategoryType": "public.app-category.photography",
        "LSMinimumSystemVersion": MINIMUM_MACOS,
        "NSHighResolutionCapable": True,
        # False: the window follows the system's dark and light looks.
        "NSRequiresAquaSystemAppearance": False,
        **_why_folders(app_name),
    }


def plain_version(version: str) -> str:
    """The release that a version belongs to, as numbers with dots: "1.2.0rc1" → "1.2.0".

    Raises:
        ValueError: the version does not begin with a number.
    """
    found = re.match(r"\d+(\.\d+){0,2}", version)
    if found is None:
        raise ValueError(f"No version: {version!r}")
    return found.group()


def _opens(name: str, content_type: str) -> dict[str, object]:
    """Alternate: Oriel is offered under "Open With" and never becomes the default by itself."""
    return {
        "CFBundleTypeName": name,
        "CFBundleTypeRole": "Viewer",
        "LSHandlerRank": "Alternate",
        "LSItemContentTypes": [content_type],
    }


def _why_folders(app_name: str) -> dict[str, object]:
    """What the system's question says when Oriel first reads a protected folder; without it reading just fails."""
    places = {
        "NSDesktopFolderUsageDescription": "on your desktop",
        "NSDocumentsFolderUsageDescription": "in your Documents folder",
        "NSDownloadsFolderUsageDescription": "in your Downloads folder",
        "NSFileProviderDomainUsageDescription": "in your cloud folders",
        "NSNetworkVolumesUsageDescription": "on network volumes",
        "NSPhotoLibraryUsageDescription": "in your photo library",
        "NSRemovableVolumesUsageDescription": "on removable volumes",
    }
    reason = "{name} reads the photos {place} that you add to it. They are never changed and never leave this Mac."
    return {key: reason.format(name=app_name, place=place) for key, place in places.items()}
