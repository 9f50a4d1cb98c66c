"""Which files of a folder are one photo: those that cameras, phones and Takeout name so, and no others."""

from __future__ import annotations

import random
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.types import FoundFile, Kind, Role
from app.files.walk.pairing import MOST_MOTION_BYTES, pair

TWIN, MOTION, UNEDITED, SIDECAR = Role.TWIN, Role.MOTION, Role.UNEDITED, Role.SIDECAR


def files(*names: str) -> list[FoundFile]:
    return [FoundFile(name.encode(), 1000, 10**18) for name in names]


def joined(*names: str) -> dict[str, dict[str, Role]]:
    """For each shown file the other files of its photo."""
    photos, _ = pair(files(*names))
    return {photo.shown.name.decode(): {file.name.decode(): role for file, role in photo.others} for photo in photos}


def left(*names: str) -> set[str]:
    return {file.name.decode() for file in pair(files(*names))[1]}


ONE_PHOTO: list[tuple[str, dict[str, Role]]] = [
    ("DSC0001.JPG", {"DSC0001.ARW": TWIN}),
    ("dsc0001.jpg", {"DSC0001.NEF": TWIN, "DSC0001.xmp": SIDECAR}),
    ("IMG_0001.HIF", {"IMG_0001.CR3": TWIN}),
    ("IMG_1234.HEIC", {"IMG_1234.DNG": TWIN}),
    ("PXL_2021.RAW-01.COVER.jpg", {"PXL_2021.RAW-02.ORIGINAL.dng": TWIN}),
    ("PXL_2021.RAW-01.MP.COVER.jpg", {"PXL_2021.RAW-02.ORIGINAL.dng": TWIN}),
    ("PXL_2021.PORTRAIT-01.COVER.jpg", {"PXL_2021.PORTRAIT-02.ORIGINAL.jpg": UNEDITED}),
    ("IMG_1234.HEIC", {"IMG_1234.MOV": MOTION}),
    ("IMG_1234.heic", {"IMG_1234.MP4": MOTION}),
    ("IMG_1234(1).JPG", {"IMG_1234(1).MP4": MOTION}),
    ("IMG_1234.HEIC", {"IMG_1234_HEVC.MOV": MOTION}),
    ("PXL_2021.MP.jpg", {"PXL_2021.MP": MOTION}),
    ("IMG_E1234.JPG", {"IMG_1234.JPG": UNEDITED}),
    ("IMG_E1234.JPG", {"IMG_1234.PNG": UNEDITED}),
    ("IMG_E1234(1).JPG", {"IMG_1234(1).HEIC": UNEDITED}),
    ("IMG_1234-edited.jpg", {"IMG_1234.jpg": UNEDITED}),
    ("IMG_1234-edited(1).jpg", {"IMG_1234(1).jpg": UNEDITED}),
    ("Foto-bearbeitet.jpg", {"Foto.heic": UNEDITED}),
    (unicodedata.normalize("NFD", "Photo-modifié.jpg"), {"Photo.jpg": UNEDITED}),
    ("写真-編集済み.jpg", {"写真.jpg": UNEDITED}),
    (
        "IMG_E1234.JPG",
        {
            "IMG_1234.HEIC": UNEDITED,
            "IMG_1234.DNG": TWIN,
            "IMG_1234.MOV": MOTION,
            "IMG_E1234.MOV": MOTION,
            "IMG_1234.AAE": SIDECAR,
            "IMG_O1234.AAE": SIDECAR,
            "IMG_1234.HEIC.supplemental-metadata.json": SIDECAR,
        },
    ),
    ("IMG_E1234.JPG", {"IMG_1234.DNG": TWIN}),
    ("IMG_E1234.HEIC", {"IMG_1234.MOV": MOTION}),
    ("a.jpg", {"a.jpg.xmp": SIDECAR, "a.xmp": SIDECAR, "a_01.jpg.xmp": SIDECAR}),
    ("a.png", {"a.png.xmp": SIDECAR, "a.PNG.pp3": SIDECAR}),
    ("a.jpg", {"a.jpg.supplemental-metadata.json": SIDECAR}),
    ("a.jpg", {"a.jpg.supplemental-me.json": SIDECAR}),
    ("a.jpg", {"a.jpg.json": SIDECAR}),
    ("a.jpg", {"a.jpg..json": SIDECAR}),
    ("a.jpg", {"a.json": SIDECAR}),
    ("a(2).jpg", {"a.jpg.supplemental-metadata(2).json": SIDECAR}),
    ("a(2).jpg", {"a.jpg(2).json": SIDECAR}),
    ("a-edited.jpg", {"a.jpg.supplemental-metadata.json": SIDECAR}),
    ("a-edited(2).jpg", {"a.jpg.supplemental-metadata(2).json": SIDECAR}),
    ("x" * 47 + ".jpg", {"x" * 46 + ".json": SIDECAR}),
    ("x" * 40 + ".jpg", {"x" * 40 + ".jpg.s.json": SIDECAR}),
]


@pytest.mark.parametrize(
    ("shown", "others"), ONE_PHOTO, ids=[" ".join([shown, *others]) for shown, others in ONE_PHOTO]
)
def test_files_of_one_shot_are_one_photo(shown: str, others: dict[str, Role]) -> None:
    assert joined(shown, *others) == {shown: others}


@pytest.mark.parametrize(
    "names",
    [
        ["a.jpg", "a.jpeg", "a.png", "a.gif"],
        ["a.png", "a.tif"],
        ["IMG_1234.jpg", "IMG_1235.heic"],
        ["IMG_E123.jpg", "IMG_123.jpg"],
        ["IMG_E12345.jpg", "IMG_12345.jpg"],
        ["IMG_1234(1).jpg", "IMG_1234.jpg"],
        ["a-edited(1).jpg", "a.jpg"],
        ["me-editing.jpg", "me.jpg"],
        ["-edited.jpg", ".jpg.jpg"],
        ["PXL_2021.jpg", "PXL_2021~2.jpg"],
        ["PXL_2021.PORTRAIT-01.COVER.jpg", "PXL_2021.NIGHT-02.ORIGINAL.jpg"],
    ],
    ids=" ".join,
)
def test_pictures_that_only_have_like_names_stay_photos_of_their_own(names: list[str]) -> None:
    assert joined(*names) == {name: {} for name in names}


def test_a_raw_joins_one_picture_and_the_others_stay() -> None:
    assert joined("a.png", "a.jpeg", "a.jpg", "a.cr2") == {"a.png": {}, "a.jpeg": {}, "a.jpg": {"a.cr2": TWIN}}
    assert joined("a.HEIC", "a.JPG", "a.MOV") == {"a.HEIC": {"a.MOV": MOTION}, "a.JPG": {}}
    assert joined("a.JPG", "A.jpg", "A.cr2") == {"a.JPG": {}, "A.jpg": {"A.cr2": TWIN}}


def test_what_a_program_made_of_a_raw_is_a_photo_of_its_own() -> None:
    assert joined("a.CR2.jpg", "a.CR2", "a.JPG") == {"a.CR2.jpg": {}, "a.JPG": {"a.CR2": TWIN}}


def test_a_raw_beside_a_picture_that_no_camera_writes_is_not_its_twin() -> None:
    assert "a.png" in joined("a.png", "a.cr2")
    assert joined("a.png", "a.cr2")["a.png"] == {}


def test_a_video_too_large_for_a_live_photo_is_not_its_motion() -> None:
    still = FoundFile(b"IMG_1.HEIC", 1000, 1)
    fits, large = (FoundFile(b"IMG_1.MOV", MOST_MOTION_BYTES + more, 1) for more in (0, 1))
    assert [photo.others for photo in pair([still, fits])[0]] == [((fits, MOTION),)]
    assert pair([still, large])[0][0].others == ()


def test_a_still_has_one_motion() -> None:
    assert joined("IMG_1.HEIC", "IMG_1.MOV", "IMG_1.MP4")["IMG_1.HEIC"] == {"IMG_1.MOV": MOTION}


def test_sidecars_of_nothing_are_left_over() -> None:
    alone = {"b.xmp", "IMG_9999.AAE", "metadata.json", "a.jpg.supplemental-metadata(3).json", "a.jpg.supplement2.json"}
    assert left("a.jpg", "a(1).jpg", *alone) == alone


def test_a_sidecar_of_a_raws_name_is_the_raws() -> None:
    assert joined("a.png", "a.jpg", "a.cr2", "a.xmp", "a.cr2.xmp")["a.jpg"] == {
        "a.cr2": TWIN,
        "a.xmp": SIDECAR,
        "a.cr2.xmp": SIDECAR,
    }


def test_a_cut_title_that_fits_two_photos_is_neithers() -> None:
    long = "x" * 46
    assert left(f"{long}a.jpg", f"{long}b.jpg", f"{long}.json") == {f"{long}.json"}


def test_the_kind_that_the_name_says_is_told() -> None:
    photos, _ = pair(files("a.jpg", "a.cr2"))
    assert photos[0].kind is Kind.PHOTO


def test_names_that_are_no_text_are_paired_too() -> None:
    names = [b"\xff\xe9.JPG", b"\xff\xe9.arw"]
    photos, _ = pair([FoundFile(name, 1, 1) for name in names])
    assert [file.name for photo in photos for file in photo.files] == names


STEMS = st.sampled_from(
    [
        "IMG_1234",
        "IMG_E1234",
        "IMG_O1234",
        "img_1234",
        "IMG_1234(1)",
        "IMG_1234-edited",
        "IMG_1234-edited(1)",
        "IMG_1234_HEVC",
        "IMG_1234.HEIC",
        "PXL_1.MP",
        "PXL_1",
        "PXL_1.RAW-01.COVER",
        "PXL_1.RAW-02.ORIGINAL",
        "a",
        "é",
    ]
)
SUFFIXES = st.sampled_from(
    [
        "jpg",
        "JPG",
        "jpeg",
        "heic",
        "png",
        "dng",
        "cr2",
        "mov",
        "MP4",
        "MP",
        "xmp",
        "aae",
        "json",
        "jpg.json",
        "jpg.supplemental-metadata.json",
        "jpg.supplemental-metadata(1).json",
        "HEIC.xmp",
        "txt",
        "~",
    ]
)
FILES = st.builds(
    lambda stem, suffix, size: FoundFile(f"{stem}.{suffix}".encode(), size, 1),
    STEMS,
    SUFFIXES,
    st.sampled_from([1, MOST_MOTION_BYTES + 1]),
)


@given(st.lists(FILES, unique_by=lambda file: file.name, max_size=40), st.randoms())
def test_every_file_is_in_exactly_one_place_whatever_the_order(found: list[FoundFile], chance: random.Random) -> None:
    photos, over = pair(found)
    assert sorted(file.name for photo in photos for file in photo.files) + sorted(file.name for file in over) == (
        sorted(file.name for file in found if file not in over) + sorted(file.name for file in over)
    )
    assert len({file.name for photo in photos for file in photo.files} | {file.name for file in over}) == len(found)
    mixed = list(found)
    chance.shuffle(mixed)
    again, over_again = pair(mixed)
    assert again == photos
    assert {file.name for file in over_again} == {file.name for file in over}


@given(st.lists(FILES, unique_by=lambda file: file.name, max_size=40))
def test_a_photo_by_itself_is_paired_the_same_again(found: list[FoundFile]) -> None:
    for photo in pair(found)[0]:
        assert photo.shown in [again.shown for again in pair(photo.files)[0]]
