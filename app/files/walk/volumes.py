"""Names the drive that a folder lies on, to know it again under another letter or mount point."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_BY_UUID = Path("/dev/disk/by-uuid")
_MOUNTS = Path("/proc/self/mountinfo")


def volume_of(path: Path) -> str | None:
    """An identifier of the volume: "uuid:…" or "mount:…" on Linux, "serial:…" on Windows, "mount:…" on macOS.

    Returns:
        None where the path is not there or the system tells nothing that would outlast a restart.
    """
    try:
        device = path.stat().st_dev
    except (OSError, ValueError):
        return None
    if sys.platform == "win32":
        return f"serial:{device:x}"
    if sys.platform == "darwin":
        return _mount_point(path)
    return _uuid(device) or _mount_source(device)


def _mount_point(path: Path) -> str:
    found = path.absolute()
    while not os.path.ismount(found):
        found = found.parent
    return f"mount:{found}"


def _uuid(device: int) -> str | None:
    try:
        links = list(_BY_UUID.iterdir())
    except OSError:
        return None
    for link in links:
        try:
            if link.stat().st_rdev == device:
                return f"uuid:{link.name}"
        except OSError:
            continue
    return None


def _mount_source(device: int) -> str | None:
    """File system type and source of the mount (network shares, btrfs, containers), see proc(5)."""
    number = f"{os.major(device)}:{os.minor(device)}"
    try:
        lines = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    for line in lines:
        left, _, right = line.partition(" - ")
        kind, source, *_rest = [*right.split(), "", ""]
        if left.split()[2:3] == [number] and source:
            return f"mount:{kind}:{source}"
    return None
