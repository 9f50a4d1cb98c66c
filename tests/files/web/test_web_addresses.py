"""An address of the open internet is told from one of home, however it is written."""

from __future__ import annotations

import pytest

from app.files.web.web_addresses import is_name_at_home, is_public, written_out


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.3.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fd00::1",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
        "2001:0:7f00:1::",
    ],
)
def test_addresses_of_home_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "64:ff9b::808:808"])
def test_addresses_of_the_internet_are(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.168.1.1", "192.168.1.1"),
        ("127.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("::1", "::1"),
        ("photos.example", None),
        ("1.photos.example", None),
        ("", None),
    ],
)
def test_an_address_is_read_in_all_the_ways_to_write_one(host: str, address: str | None) -> None:
    assert written_out(host) == address


@pytest.mark.parametrize(
    "name", ["router", "localhost", "a.localhost", "nas.local.", "Printer.Home.Arpa", "box.lan", "1.2.3.4.5", "a.0x7f."]
)
def test_names_that_no_public_host_has_are_those_of_home(name: str) -> None:
    assert is_name_at_home(name)


@pytest.mark.parametrize("name", ["photos.example", "local.example", "mylan.example.org", "home.example", "a.1b"])
def test_other_names_may_be_anywhere(name: str) -> None:
    assert not is_name_at_home(name)
