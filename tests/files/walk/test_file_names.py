"""Dates in file names: as cameras, phones, messengers and people write them, and what only looks like one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.clock import wall_clock
from app.files.walk.file_names import date_in

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp()

MOMENTS = [
    # Android cameras
    ("IMG_20190712_180312.jpg", "2019-07-12 18:03:12"),
    ("VID_20190712_180312.mp4", "2019-07-12 18:03:12"),
    ("MVIMG_20190712_180312.jpg", "2019-07-12 18:03:12"),
    ("PANO_20190712_180312.vr.jpg", "2019-07-12 18:03:12"),
    ("IMG_20190712_180312_1.jpg", "2019-07-12 18:03:12"),
    ("IMG_20190712_180312~2.jpg", "2019-07-12 18:03:12"),
    ("IMG_20190712_180312_HDR.jpg", "2019-07-12 18:03:12"),
    ("IMG_20190712_180312HDR.jpg", "2019-07-12 18:03:12"),
    ("IMG_20190712_180312789.jpg", "2019-07-12 18:03:12.789"),
    ("IMG20190712180312.jpg", "2019-07-12 18:03:12"),
    ("00000IMG_00000_BURST20190712180312123_COVER.jpg", "2019-07-12 18:03:12.123"),
    ("20190712_180312.jpg", "2019-07-12 18:03:12"),
    ("20190712_180312(0).jpg", "2019-07-12 18:03:12"),
    ("20190712-180312.heic", "2019-07-12 18:03:12"),
    ("20190712180312.jpg", "2019-07-12 18:03:12"),
    ("20190712 180312 (2).jpg", "2019-07-12 18:03:12"),
    ("Resized_20190712_180312.jpeg", "2019-07-12 18:03:12"),
    ("DJI_20190712180312_0001_D.jpg", "2019-07-12 18:03:12"),
    ("lv_0_20190712180312.mp4", "2019-07-12 18:03:12"),
    ("WP_20130712_18_03_12_Pro.jpg", "2013-07-12 18:03:12"),
    ("C360_2013-07-12-18-03-12-123.jpg", "2013-07-12 18:03:12"),
    ("Anna – IMG_20190712_180312.jpg", "2019-07-12 18:03:12"),
    # Screenshots
    ("Screenshot_20190712-180312.png", "2019-07-12 18:03:12"),
    ("Screenshot_20190712-180312_Chrome.jpg", "2019-07-12 18:03:12"),
    ("Screenshot_2019-07-12-18-03-12.png", "2019-07-12 18:03:12"),
    ("Screenshot_2019-07-12-18-03-12-123_com.android.chrome.png", "2019-07-12 18:03:12"),
    ("Screenshot 2019-07-12 at 18.03.12.png", "2019-07-12 18:03:12"),
    ("Screen Shot 2019-07-12 at 6.03.12 PM.png", "2019-07-12 18:03:12"),
    ("Screenshot 2019-07-12 at 6.03.12\u202fPM.png", "2019-07-12 18:03:12"),
    ("Screenshot 2019-07-12 at 12.03.12\u202fAM.png", "2019-07-12 00:03:12"),
    ("Screenshot 2019-07-12 at 9.03.12.png", "2019-07-12 09:03:12"),
    ("Bildschirmfoto 2019-07-12 um 18.03.12.png", "2019-07-12 18:03:12"),
    ("Bildschirmfoto vom 2019-07-12 18-03-12.png", "2019-07-12 18:03:12"),
    ("Capture d’écran 2019-07-12 à 18.03.12.png", "2019-07-12 18:03:12"),
    ("Capture d’e\u0301cran 2019-07-12 a\u0300 18.03.12.png", "2019-07-12 18:03:12"),
    ("Captura de pantalla 2019-07-12 a las 18.03.12.png", "2019-07-12 18:03:12"),
    ("Screenshot from 2019-07-12 18-03-12.png", "2019-07-12 18:03:12"),
    ("Screenshot 2019-07-12 180312.png", "2019-07-12 18:03:12"),
    # Messengers and clouds
    ("WhatsApp Image 2019-07-12 at 18.03.12.jpeg", "2019-07-12 18:03:12"),
    ("WhatsApp Image 2019-07-12 at 18.03.12 (1).jpeg", "2019-07-12 18:03:12"),
    ("WhatsApp Image 2019-07-12 at 6.03.12 PM.jpeg", "2019-07-12 18:03:12"),
    ("WhatsApp Video 2019-07-12 at 18.03.12.mp4", "2019-07-12 18:03:12"),
    ("signal-2019-07-12-180312.jpg", "2019-07-12 18:03:12"),
    ("signal-2019-07-12-18-03-12-123.jpg", "2019-07-12 18:03:12"),
    ("photo_2019-07-12_18-03-12.jpg", "2019-07-12 18:03:12"),
    ("photo_2019-07-12_18-03-12 (2).jpg", "2019-07-12 18:03:12"),
    ("2019-07-12 18.03.12.jpg", "2019-07-12 18:03:12"),
    ("2019-07-12 18.03.12-1.jpg", "2019-07-12 18:03:12"),
    # By hand
    ("2019-07-12 18.03.jpg", "2019-07-12 18:03:00"),
    ("2019-07-12_18.03 Anna.jpg", "2019-07-12 18:03:00"),
    ("2019-07-12 18h03.jpg", "2019-07-12 18:03:00"),
    ("2019.07.12 18:03:12.jpg", "2019-07-12 18:03:12"),
    ("2019-07-12T18:03:12.250.jpg", "2019-07-12 18:03:12.250"),
    ("Garden 2019_07_12 18_03_12.jpg", "2019-07-12 18:03:12"),
]

DAYS = [
    ("IMG-20190712-WA0003.jpg", "2019-07-12 12:00:03"),
    ("VID-20190712-WA0012.mp4", "2019-07-12 12:00:12"),
    ("WP_20130712_001.jpg", "2013-07-12 12:00:01"),
    ("DSC_20190712.jpg", "2019-07-12 12:00:00"),
    ("20190712.jpg", "2019-07-12 12:00:00"),
    ("20190712_2.jpg", "2019-07-12 12:00:02"),
    ("IMG_20190712_0815.jpg", "2019-07-12 12:13:35"),
    ("2019-07-12.jpg", "2019-07-12 12:00:00"),
    ("2019-07-12 Anna's birthday.jpg", "2019-07-12 12:00:00"),
    ("2019_07_12 (3).jpg", "2019-07-12 12:00:00"),
    ("1985-06-01 Wedding.tif", "1985-06-01 12:00:00"),
    ("2019-07-12 25.61.99.jpg", "2019-07-12 12:00:25"),
    ("20190712_999999.jpg", "2019-07-12 12:00:00"),
    ("2026-11-22.jpg", "2026-11-22 12:00:00"),
]

NOTHING = [
    "DSC_0042.jpg",
    "IMG_5195.HEIC",
    "",
    ".jpg",
    "12.07.2019.jpg",
    "12-07-2019.jpg",
    "12-07-2019-10-11-12.jpg",
    "07_12_2019_10_11.jpg",
    "Photo on 12-07-19 at 18.03.jpg",
    "12072019.jpg",
    "20191332.jpg",
    "20190230.jpg",
    "2019-02-30.jpg",
    "00000042.jpg",
    "99999999.jpg",
    "19201080.jpg",
    "wallpaper 1920x1080.jpg",
    "20481536.jpg",
    "P1020304.JPG",
    "19850601.jpg",
    "20991231.jpg",
    "2099-12-31 18.03.12.jpg",
    "20261124.jpg",
    "+20190712.jpg",
    "+4920190712.jpg",
    "tel 0049201907121.jpg",
    "120190712.jpg",
    "201907121.jpg",
    "20190712345_n.jpg",
    "20190712_1234567890_7654321_n.jpg",
    "20190712_8eb26cfb60_o.jpg",
    "4861234567_abcdef1234_b.jpg",
    "10487345_729384756_12345_n.jpg",
    "9781234567897.jpg",
    "4006381333931.jpg",
    "156294739212.jpg",
    "image-1562947392123456.jpg",
    "holiday 2019.jpg",
    "2019-07.jpg",
    "v2.2019.7.12.jpg",
    "٢٠١٩٠٧١٢.jpg",
]


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.fixture
def new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if not hasattr(time, "tzset"):
        pytest.skip("the time zone of a program can't be set here")
    monkeypatch.setenv("TZ", "EST5EDT,M3.2.0,M11.1.0")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(("name", "moment"), MOMENTS, ids=[name for name, _ in MOMENTS])
def test_a_moment_in_a_name_is_found(name: str, moment: str) -> None:
    found = date_in(name, NOW)
    assert found is not None
    assert found.has_time
    assert found.taken_at == pytest.approx(seconds(moment))


@pytest.mark.parametrize(("name", "moment"), DAYS, ids=[name for name, _ in DAYS])
def test_a_day_in_a_name_is_its_noon_and_counts_on(name: str, moment: str) -> None:
    found = date_in(name, NOW)
    assert found is not None
    assert not found.has_time
    assert found.taken_at == seconds(moment)
    assert found.day == seconds(moment) // 86_400


@pytest.mark.parametrize("name", NOTHING)
def test_what_only_looks_like_a_date_is_none(name: str) -> None:
    assert date_in(name, NOW) is None


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("PXL_20210704_123456789.jpg", "2021-07-04 08:34:56.789"),
        ("PXL_20210704_123456789.MP.jpg", "2021-07-04 08:34:56.789"),
        ("PXL_20210704_023456789~2.jpg", "2021-07-03 22:34:56.789"),
        ("PXL_20210104_123456789.PORTRAIT-01.COVER.jpg", "2021-01-04 07:34:56.789"),
        ("20190712T180312Z.jpg", "2019-07-12 14:03:12"),
        ("2019-07-12T18_03_12.123Z.jpg", "2019-07-12 14:03:12.123"),
        ("FB_IMG_1562947392123.jpg", "2019-07-12 12:03:12.123"),
        ("mmexport1562947392123.jpg", "2019-07-12 12:03:12.123"),
        ("1562947392123.jpg", "2019-07-12 12:03:12.123"),
    ],
)
def test_what_a_program_writes_in_utc_becomes_this_places_clock(new_york: None, name: str, moment: str) -> None:
    found = date_in(name, NOW)
    assert found is not None
    assert found.has_time
    assert found.taken_at == pytest.approx(seconds(moment))


def test_tomorrow_is_a_date_since_the_world_has_time_zones_and_the_day_after_it_is_not() -> None:
    today = wall_clock(NOW) // 86_400 * 86_400
    for days, is_date in ((0, True), (1, True), (2, False)):
        name = datetime.fromtimestamp(today + days * 86_400, UTC).strftime("%Y%m%d.jpg")
        assert (date_in(name, NOW) is not None) is is_date


@given(st.text(max_size=300) | st.text(st.sampled_from("0123456789-_. :TZAPMat+é\udc80"), max_size=60))
def test_no_name_breaks_it(name: str) -> None:
    found = date_in(name, NOW)
    assert found is None or found.taken_at < NOW + 3 * 86_400


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2026, 11, 20)), st.sampled_from(["%Y%m%d_%H%M%S", "%Y-%m-%d %H.%M.%S"])
)
def test_every_moment_comes_back(moment: datetime, pattern: str) -> None:
    found = date_in(moment.strftime(pattern) + ".jpg", NOW)
    assert found is not None
    assert found.taken_at == moment.replace(microsecond=0, tzinfo=UTC).timestamp()
