"""What goes over the line: only what was asked for, only encrypted, and the token to nobody but the hub."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from huggingface_hub import close_session

from app.core.errors import DownloadFailed, DownloadTrouble
from app.vision.downloads.hub import PUBLIC_HUB, Hub
from tests.small_hub import COMMIT, REPOSITORY, SmallHub, git_blob, serve


def trouble(act: Callable[[], object]) -> tuple[DownloadTrouble, dict[str, Any]]:
    with pytest.raises(DownloadFailed) as caught:
        act()
    return caught.value.trouble, dict(caught.value.fields)


def read(hub: Hub, name: str = "config.json", start: int = 0) -> bytes:
    with hub.open(REPOSITORY, COMMIT, name, start=start) as body:
        assert body.start in (0, start)
        return b"".join(body)


def test_a_listing_tells_sizes_and_the_hash_of_each_kind(hub: SmallHub) -> None:
    listing = Hub(hub.address).listing(REPOSITORY, COMMIT)
    assert set(listing.files) == set(hub.files)
    small, large = listing.files["config.json"], listing.files["model.safetensors"]
    assert (small.size_bytes, small.git_blob) == (len(hub.files["config.json"]), git_blob(hub.files["config.json"]))
    assert (small.sha256, large.git_blob) == (None, None)
    assert large.sha256 is not None
    assert listing.licence == "mit"


def test_a_file_comes_from_where_it_was_asked_for(hub: SmallHub) -> None:
    data = hub.files["model.safetensors"]
    assert read(Hub(hub.address), "model.safetensors", 150_000) == data[150_000:]
    assert hub.ranges == ["bytes=150000-"]
    assert hub.asked[-1][1]["accept-encoding"] == "identity"
    assert hub.asked[-1][1]["user-agent"].startswith("oriel/")


def test_the_token_goes_to_the_hub_and_not_where_it_redirects_to(
    hub: SmallHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    with serve(hub.files) as storage:
        hub.redirects_to = storage.address
        assert read(Hub(hub.address), "model.safetensors", 7) == hub.files["model.safetensors"][7:]
        assert hub.asked[-1][1]["authorization"] == "Bearer hf_secret"
        assert storage.ranges == ["bytes=7-"]
        assert not any("authorization" in headers for _, headers in storage.asked)


def test_a_mirror_is_shown_no_token(hub: SmallHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    mirror = Hub(hub.address, sends_token=False)
    mirror.listing(REPOSITORY, COMMIT)
    read(mirror)
    assert len(hub.asked) == 2
    assert not any("authorization" in headers for _, headers in hub.asked)


@pytest.mark.parametrize(
    ("address", "asked", "is_let_out", "keeps_token"),
    [
        (PUBLIC_HUB, "https://huggingface.co/a", True, True),
        (PUBLIC_HUB, "https://cdn.example/a", True, False),
        (PUBLIC_HUB, "http://huggingface.co/a", False, False),
        (PUBLIC_HUB, "http://127.0.0.1/a", False, False),
        ("mirror.example/", "https://mirror.example/a", True, True),
        ("http://nas:8080", "http://nas:8080/a", True, True),
        ("http://nas:8080", "http://other/a", False, False),
        ("http://nas:8080", "http://127.0.0.1/a", False, False),
        ("http://127.0.0.1:1", "http://localhost:2/a", True, False),
    ],
)
def test_plain_http_is_only_for_an_address_that_the_person_named(
    address: str, asked: str, is_let_out: bool, keeps_token: bool
) -> None:
    request = httpx2.Request("GET", asked, headers={"authorization": "Bearer hf_secret"})
    if not is_let_out:
        assert trouble(lambda: Hub(address).guard(request))[0] is DownloadTrouble.NOT_SECURE
        return
    Hub(address).guard(request)
    assert ("authorization" in request.headers) is keeps_token


def test_a_redirect_to_an_address_without_encryption_is_not_followed(hub: SmallHub) -> None:
    hub.redirects_to = "http://storage.example"
    found, fields = trouble(lambda: read(Hub(hub.address)))
    assert (found, fields["what"]) == (DownloadTrouble.NOT_SECURE, "http://storage.example")


def test_libraries_can_not_go_online_by_themselves(hub: SmallHub) -> None:
    import huggingface_hub

    Hub(hub.address).listing(REPOSITORY, COMMIT)
    asked = len(hub.asked)
    with pytest.raises(ConnectionError, match="nobody asked"):
        huggingface_hub.HfApi(hub.address, token=False).model_info(REPOSITORY, revision=COMMIT)
    assert len(hub.asked) == asked


def test_a_proxy_of_the_environment_is_asked_for_the_hub(hub: SmallHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", hub.address)
    close_session()  # a client remembers the proxies of its start
    try:
        assert read(Hub("http://hub.invalid")) == hub.files["config.json"]
    finally:
        close_session()
    assert hub.asked[-1][1]["host"] == "hub.invalid"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("ALL_PROXY", "socks://127.0.0.1:9", DownloadTrouble.PROXY),
        ("SSL_CERT_FILE", "/no/such/certificates.pem", DownloadTrouble.CERTIFICATE),
    ],
)
def test_a_proxy_or_certificates_that_can_not_be_used_are_said_to_be(
    hub: SmallHub, monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: DownloadTrouble
) -> None:
    monkeypatch.setenv(name, value)
    close_session()
    assert trouble(lambda: Hub(hub.address).listing(REPOSITORY, COMMIT))[0] is expected
    monkeypatch.delenv(name)
    assert Hub(hub.address).listing(REPOSITORY, COMMIT).files


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (401, {}, DownloadTrouble.REFUSED),
        (403, {}, DownloadTrouble.REFUSED),
        (403, {"X-Error-Code": "GatedRepo"}, DownloadTrouble.GATED),
        (404, {"X-Error-Code": "RevisionNotFound"}, DownloadTrouble.NOT_FOUND),
        (404, {}, DownloadTrouble.NOT_FOUND),
        (429, {"Retry-After": "77"}, DownloadTrouble.BUSY),
        (500, {}, DownloadTrouble.HUB_FAILED),
        (503, {}, DownloadTrouble.HUB_FAILED),
        (418, {}, DownloadTrouble.ODD_ANSWER),
    ],
)
def test_what_a_hub_answers_is_understood(
    hub: SmallHub, status: int, headers: dict[str, str], expected: DownloadTrouble
) -> None:
    hub.statuses, hub.list_statuses, hub.status_headers = [status], [status], headers
    for act in (lambda: read(Hub(hub.address)), lambda: Hub(hub.address).listing(REPOSITORY, COMMIT)):
        found, fields = trouble(act)
        assert (found, fields["status"], fields["address"]) == (expected, status, hub.address)
        assert fields.get("wait_s") == (77 if status == 429 else None)


@pytest.mark.parametrize("body", [b"<html>Welcome to the hotel</html>", b"[]", b"{}", b'{"id": 1, "siblings": [1]}'])
def test_a_log_in_page_is_no_hub(hub: SmallHub, body: bytes) -> None:
    hub.list_body = body
    assert trouble(lambda: Hub(hub.address).listing(REPOSITORY, COMMIT))[0] is DownloadTrouble.ODD_ANSWER


def test_a_hub_that_is_away_or_has_an_impossible_address_is_said_to_be() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound and not listening: nobody else can answer here
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
        assert trouble(lambda: Hub(address).listing(REPOSITORY, COMMIT))[0] is DownloadTrouble.UNREACHABLE
        assert trouble(lambda: read(Hub(address)))[0] is DownloadTrouble.UNREACHABLE
    assert trouble(lambda: read(Hub("ftp://hub.example")))[0] is DownloadTrouble.NOT_SECURE


def test_a_hub_that_says_nothing_is_given_up(hub: SmallHub) -> None:
    hub.stalls = True
    assert trouble(lambda: read(Hub(hub.address, read_timeout_s=0.2)))[0] is DownloadTrouble.TIMED_OUT


def test_a_cut_is_a_cut(hub: SmallHub) -> None:
    hub.cut_after = 1000
    assert trouble(lambda: read(Hub(hub.address), "model.safetensors"))[0] is DownloadTrouble.CUT
