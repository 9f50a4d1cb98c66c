"""What Windows shows of a program under Properties › Details, in the notation that PyInstaller reads."""

from __future__ import annotations

import re

ENGLISH_US, UNICODE = 0x0409, 1200


def version_info(version: str, *, program: str, description: str) -> str:
    """The text of a version resource.

    Args:
        version: of Oriel, such as "1.2.0".
        program: the file's name, such as "Oriel.exe".
        description: what the task manager and "Open with" call it.

    Raises:
        ValueError: the version does not begin with a number.
    """
    strings = {
        "CompanyName": "The Oriel developers",
        "FileDescription": description,
        "FileVersion": version,
        "InternalName": program.removesuffix(".exe"),
        "LegalCopyright": "The Oriel developers, MIT licence",
        "OriginalFilename": program,
        "ProductName": "Oriel",
        "ProductVersion": version,
    }
    table = ", ".join(f"StringStruct({name!r}, {text!r})" for name, text in strings.items())
    numbers = four_numbers(version)
    return f"""VSVersionInfo(
  ffi=FixedFileInfo(filevers={numbers}, prodvers={numbers}, mask=0x3F, flags=0x0, OS=0x40004, fileType=0x1),
  kids=[
    StringFileInfo([StringTable("{ENGLISH_US:04X}{UNICODE:04X}", [{table}])]),
    VarFileInfo([VarStruct("Translation", [{ENGLISH_US}, {UNICODE}])]),
  ],
)
"""


def four_numbers(version: str) -> tuple[int, int, int, int]:
    """The release that a version belongs to, as Windows counts: "1.2.0rc1" → (1, 2, 0, 0).

    Raises:
        ValueError: the version does not begin with a number.
    """
    found = re.match(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?", version)
    if found is None:
        raise ValueError(f"No version: {version!r}")
    major, minor, patch = (int(number or 0) for number in found.groups())
    return major, minor, patch, 0
