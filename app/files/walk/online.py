"""Tells a cloud drive's placeholder from a file that is here: reading a placeholder would download it."""

from __future__ import annotations

import os

_WINDOWS = 0x1000 | 0x40000 | 0x400000
"""FILE_ATTRIBUTE_OFFLINE, _RECALL_ON_OPEN, _RECALL_ON_DATA_ACCESS."""
_MACOS = 0x40000000
"""SF_DATALESS."""


def is_online_only(status: os.stat_result) -> bool:
    """Whether only the name of a file is here (OneDrive, iCloud Drive).

    On Linux no such mark exists; drives of that sort look like any other there.
    """
    attributes = getattr(status, "st_file_attributes", 0)
    return bool(attributes & _WINDOWS or getattr(status, "st_flags", 0) & _MACOS)
