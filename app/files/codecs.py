"""Sets Pillow and its HEIF decoder up, once, and quietly: what they say about odd files helps nobody."""

from __future__ import annotations

import logging
import struct
import warnings
import zlib

import pi_heif
import rawpy
from PIL import Image, ImageCms, ImageFile

DECODER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    AttributeError,
    AssertionError,
    RuntimeError,
    EOFError,
    ArithmeticError,
    MemoryError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    ImageCms.PyCMSError,
    rawpy.LibRawError,
)
"""What Pillow, its plug-ins and LibRaw raise on damaged files."""


def _set_up() -> None:
    # Sizes are checked in decoding.py before anything is allocated, with draft() taken into account;
    # Pillow's own limit would warn about, and then refuse, panoramas that are decoded at an eighth.
    Image.MAX_IMAGE_PIXELS = None
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    warnings.filterwarnings("ignore", module=r"(PIL|pi_heif)\b")
    for name in ("PIL", "pi_heif"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    pi_heif.register_heif_opener()
    Image.init()


_set_up()
