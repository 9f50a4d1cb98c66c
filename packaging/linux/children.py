"""Runs before Oriel in the built program, so that what Oriel starts gets the system's libraries, not its own.

PyInstaller's starter puts Oriel's own folder into LD_LIBRARY_PATH, and keeps what stood there in LD_LIBRARY_PATH_ORIG.
The system has read it by now, so that Oriel itself needs it no more.
"""

import os

os.environ.pop("LD_LIBRARY_PATH", None)
if "LD_LIBRARY_PATH_ORIG" in os.environ:
    os.environ["LD_LIBRARY_PATH"] = os.environ.pop("LD_LIBRARY_PATH_ORIG")
