"""A picture from an address becomes a question, or a sentence that says why not."""

from __future__ import annotations

import shutil
import time
from types import SimpleNamespace

import pytest

from app.core.errors import FetchFailed, FetchTrouble
from app.ui.jobs import Jobs
from app.ui.joiners.fetching_pictures import FetchingPictures
from tests.fakes import DecodersInProcess, a_library
from tests.making import make_photo


class Web:
    """Has one picture, at one address."""

    def __init__(self, picture) -> None:
        self.picture = picture
        self.folders = []

    def fetch(self, address, folder, patience):
        self.folders.append(folder)
        if address == "https://slow.example":
            while patience.left_s:
                time.sleep(0.01)
            raise FetchFailed(trouble=FetchTrouble.TIMED_OUT, address=address)
        if address != "https://photos.example/dog":
            raise FetchFailed(trouble=FetchTrouble.NOT_FOUND, address=address)
        return shutil.copy(self.picture, folder / "picture-1")


@pytest.fixture
def web(tmp_path) -> Web:
    return Web(make_photo(tmp_path / "dog.jpg", "green"))


@pytest.fixture
def fetching(qtbot, web):
    def opened():
        return a_library(decoders=DecodersInProcess(), thumbnails=SimpleNamespace(edge_px=32))

    jobs = Jobs(opened)
    yield FetchingPictures(jobs, fetcher=web)
    jobs.quit(5.0)


def test_the_pixels_are_told_and_no_file_stays(qtbot, fetching, web):
    with qtbot.waitSignal(fetching.fetched, timeout=5000) as told:
        fetching.fetch("https://photos.example/dog")
    picture = told.args[0]
    assert picture.image.shape[2] == 3
    assert picture.image[..., 1].mean() > picture.image[..., 0].mean()
    assert not web.folders[0].exists()


def test_why_it_did_not_come_is_told(qtbot, fetching, web):
    news = []
    fetching.told.connect(news.append)
    fetching.fetch("https://photos.example/gone")
    qtbot.waitUntil(lambda: any(isinstance(each, FetchFailed) for each in news), timeout=5000)
    assert not web.folders[0].exists()


def test_a_newer_address_does_not_wait_for_an_older_one(qtbot, fetching, web):
    news, pictures = [], []
    fetching.told.connect(news.append)
    fetching.fetched.connect(pictures.append)
    fetching.fetch("https://slow.example")
    qtbot.waitUntil(lambda: len(web.folders) == 1, timeout=5000)
    fetching.fetch("https://photos.example/dog")
    qtbot.waitUntil(lambda: len(pictures) == 1, timeout=5000)
    assert news == ["Fetching the picture…", "Fetching the picture…", ""]
