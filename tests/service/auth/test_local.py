"""Which requests can only have come from this machine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadbook.service.local import is_local, is_loopback, network_of

HOST = (b"host", b"localhost:9100")


@pytest.mark.parametrize(
    "host",
    [b"localhost", b"LOCALHOST:1", b"127.0.0.1", b"127.0.0.1:65535", b"[::1]", b"[::1]:9100"],
)
def test_a_request_of_this_machine_is_local(host):
    assert is_local([(b"Host", host)], "127.0.0.1")
    assert is_local([(b"host", host)], "::1")


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [HOST, HOST],
        [(b"host", b"")],
        [(b"host", b"evil.example")],
        [(b"host", b"localhost.evil.example")],
        [(b"host", b"evil.example:9100")],
        [(b"host", b"localhost:9100@evil.example")],
        [(b"host", b"localhost:")],
        [(b"host", b"127.0.0.1.nip.io")],
        [(b"host", b"127.0.0.2")],
        [(b"host", b"::1")],
        [(b"host", b"localhost\xff")],
        [(b"host", b"localhost,evil.example")],
        [HOST, (b"origin", b"https://evil.example")],
        [HOST, (b"origin", b"http://localhost.evil.example")],
        [HOST, (b"origin", b"http://localhost@evil.example")],
        [HOST, (b"origin", b"null")],
        [HOST, (b"origin", b"")],
        [HOST, (b"origin", b"http://[")],
        [HOST, (b"origin", b"http://localhost"), (b"origin", b"https://evil.example")],
        [HOST, (b"sec-fetch-site", b"cross-site")],
        [HOST, (b"X-Forwarded-For", b"127.0.0.1")],
        [HOST, (b"forwarded", b"for=127.0.0.1")],
        [HOST, (b"via", b"1.1 proxy")],
    ],
    ids=str,
)
def test_a_request_that_others_may_be_behind_is_not(headers):
    assert not is_local(headers, "127.0.0.1")


def test_a_page_of_this_machine_is_local():
    assert is_local([HOST, (b"origin", b"http://localhost:8888")], "127.0.0.1")
    assert is_local([HOST, (b"sec-fetch-site", b"same-origin")], "127.0.0.1")


@pytest.mark.parametrize(
    "address", [None, "", "10.0.0.1", "0.0.0.0", "::", "localhost", "::ffff:10.0.0.1", "127.0.0.1x"]
)
def test_a_peer_elsewhere_is_not_local(address):
    assert not is_local([HOST], address)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"])
def test_loopback_addresses(address):
    assert is_loopback(address)


@given(st.ip_addresses(v=6).filter(lambda ip: ip.ipv4_mapped is None), st.integers(0, 2**64 - 1))
def test_all_addresses_of_one_ipv6_host_count_as_one(address, interface):
    base = int(address) >> 64 << 64
    other = type(address)(base | interface)
    if other.ipv4_mapped is None:
        assert network_of(str(other)) == network_of(str(address))


def test_ipv4_addresses_count_one_by_one_in_either_form():
    assert network_of("::ffff:10.0.0.1") == network_of("10.0.0.1") == "10.0.0.1"
    assert network_of("10.0.0.1") != network_of("10.0.0.2")
    assert network_of(None) == network_of("unix:") == "unknown"
