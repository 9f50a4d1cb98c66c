"""Which files are pictures that Oriel reads, and what the others are.

To add a format: 1. its suffixes in PICTURE_SUFFIXES (and out of the other kinds), 2. its first bytes in ``sniff``,
3. what of it is image data in ``hashing.py``, 4. how a cut-off file is told in ``damage.py``, 5. profile, EXIF and XMP
in ``beside_pixels.py`` where Pillow passes over them, 6. a writer in tests/files/test_formats_contract.py, 7. the
self-check (``codec_check.py``) and the table in README.md.
"""

from __future__ import annotations

PICTURE = "picture"
RAW = "raw"
VIDEO = "video"
SIDECAR = "sidecar"

PICTURE_SUFFIXES = frozenset(
    {"jpg", "jpeg", "jpe", "jfif", "png", "apng", "webp", "tif", "tiff", "gif", "bmp", "dib"}
    | {"heic", "heif", "hif", "heics", "heifs", "avif", "avifs"}
    | {"jxl", "jp2", "j2k", "jpf", "jpx", "psd", "ico", "qoi"}
)

HEAD_BYTES = 512
"""So many of a file's first bytes tell its format."""

_MEMBERS = frozenset({PICTURE, RAW, VIDEO})
_UNREAD_VIDEOS = (".mxf", ".ogv", ".rm", ".rmvb")
_OTHER_KINDS = {
    RAW: "3fr ari arw bay braw cap cr2 cr3 crw cs1 dcr dcs dng drf eip erf fff gpr iiq k25 kdc mdc mef mos "
    "mrw nef nrw orf pef ptx pxn r3d raf raw rw2 rwl rwz sr2 srf srw x3f",
    VIDEO: "3g2 3gp asf avi divx flv insv m2t m2ts m4v mkv mod mov mp mp4 mpe mpeg mpg mts "
    "mxf ogv rm rmvb tod vob webm wmv",
    "audio": "aac aif aiff amr flac m4a mid midi mp3 oga ogg opus wav wma",
    SIDECAR: "aae cos dop modd moff on1 pp3 rss thm xmp",
    "document": "csv doc docx epub htm html key md numbers odp ods odt pages pdf ppt pptx rtf tex txt xls xlsx",
    "other_image": "afphoto ai cdr clip cur dds djvu eps exr fits hdr icns jls jpm jxr "
    "kra mpo pbm pcx pgm pnm ppm psb psp sgi svg svgz tga wdp wmf xbm xcf xpm",
    "archive": "7z bz2 cab dmg gz iso rar tar tgz xz zip zst",
}
_KIND_OF_SUFFIX = {suffix: kind for kind, suffixes in _OTHER_KINDS.items() for suffix in suffixes.split()}

_STARTS = {
    b"\xff\x0a": "JXL",
    b"\0\0\0\x0cJXL \r\n\x87\n": "JXL",
    b"\0\0\0\x0cjP  \r\n\x87\n": "JPEG2000",
    b"\xff\x4f\xff\x51": "JPEG2000",
    b"8BPS\0\1": "PSD",
    b"qoif": "QOI",
}
_BMP_HEADER_SIZES = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
_RAW_STARTS = (b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FOVb", b"\0MRM")
"""Fuji, Olympus (three), Panasonic, Sigma, Minolta; those that begin as a TIFF does are told by what is in them."""
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})


def kind_of(name: bytes | str) -> str:
    """What a file is by its suffix: "picture", a kind of _OTHER_KINDS ("raw", "video", …) or "other"."""
    text = name.decode("utf-8", "replace") if isinstance(name, bytes) else name
    stem, dot, suffix = text.rpartition(".")
    if not dot or not stem:
        return "other"
    suffix = suffix.lower()
    return PICTURE if suffix in PICTURE_SUFFIXES else _KIND_OF_SUFFIX.get(suffix, "other")


def is_member(name: bytes | str) -> bool:
    """Whether files of this suffix are photos of Oriel's; what is in the file decides only when it is opened."""
    text = name.decode("utf-8", "replace") if isinstance(name, bytes) else name
    return kind_of(text) in _MEMBERS and not text.lower().endswith(_UNREAD_VIDEOS)


def sniff(head: bytes) -> str | None:
    """By the first HEAD_BYTES: Pillow's name of the format, "RAW", "VIDEO", or None where it is none of ours."""
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    for start, name in _STARTS.items():
        if head.startswith(start):
            return name
    if head.startswith(_RAW_STARTS) or head[6:14] == b"HEAPCCDR" or head[4:12] == b"ftypcrx ":
        return "RAW"
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "TIFF"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "GIF"
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADER_SIZES:
        return "BMP"
    if head[:4] == b"\0\0\1\0" and head[4:6] != b"\0\0" and head[9:10] == b"\0":
        return "ICO"
    return _sniff_boxes(head) or ("VIDEO" if _is_video(head) else None)


def _sniff_boxes(head: bytes) -> str | None:
    if head[4:8] != b"ftyp":
        return None
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))}
    if brands & _AVIF_BRANDS:
        return "AVIF"
    return "HEIF" if brands & _HEIF_BRANDS else None


_SOUND_BRANDS = frozenset({b"M4A ", b"M4B ", b"M4P "})
_QUICKTIME_BOXES = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
_VIDEO_STARTS = (
    b"\x1aE\xdf\xa3",  # Matroska, WebM
    b"FLV\1",
    b"\0\0\1\xba",  # MPEG
    b"\0\0\1\xb3",
    bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"),  # ASF, WMV
)


def _is_video(head: bytes) -> bool:
    """By the containers that Oriel decodes, so that FFmpeg need not guess: it would also take playlists."""
    if head[4:8] == b"ftyp":
        return head[8:12] not in _SOUND_BRANDS
    if head[4:8] in _QUICKTIME_BOXES or head.startswith(_VIDEO_STARTS):
        return True
    if head[:4] == b"RIFF":
        return head[8:12] == b"AVI "
    # Packets of 188 bytes each of which begins with G; cameras put four bytes with the time before each.
    return any(len(head) > 2 * step and head[at] == head[at + step] == 0x47 for at, step in ((0, 188), (4, 192)))
