"""Addresses are read strictly, since credentials are sent there."""

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_operator.kube.address import bracketed, own_address, place


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10.0.0.7:8081", "10.0.0.7:8081"),
        ("127.0.0.1:1", "127.0.0.1:1"),
        ("[fd00::7]:8081", "[fd00::7]:8081"),
        ("[FD00:0:0:0:0:0:0:7]:65535", "[fd00::7]:65535"),
    ],
)
def test_an_ip_and_a_port_are_an_address(text: str, found: str) -> None:
    assert place(text) == found


@pytest.mark.parametrize(
    "text",
    [
        None,
        7,
        "",
        "10.0.0.7",
        "10.0.0.7:",
        "10.0.0.7:0",
        "10.0.0.7:080",
        "10.0.0.7:65536",
        "10.0.0.7:8081 ",
        "10.0.0.7:8081\n",
        "10.0.0.7:8081/x",
        "10.0.0.7:8081@evil.example",
        "10.0.0.07:8081",
        "10.0.0:8081",
        "256.0.0.1:8081",
        "evil.example:8081",
        "localhost:8081",
        "user@10.0.0.7:8081",
        "http://10.0.0.7:8081",
        "fd00::7:8081",
        "[fd00::7]",
        "[fe80::1%eth0]:8081",
        "[10.0.0.7]:8081",
        "0.0.0.0:8081",
        "[::]:8081",
        "169.254.169.254:80",
        "[fe80::1]:8081",
        "224.0.0.1:8081",
        "[ff02::1]:8081",
        "255.255.255.255:8081",
        "١0.0.0.7:8081",
    ],
)
def test_anything_else_is_none(text: object) -> None:
    assert place(text) is None


@given(st.ip_addresses(), st.integers(1, 65535))
def test_what_is_read_reads_the_same_again(
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int
) -> None:
    found = place(f"{bracketed(str(ip))}:{port}")
    assert found is None or place(found) == found


def test_towards_a_server_on_this_machine_the_own_address_is_the_loopback() -> None:
    assert own_address("127.0.0.1", 6443) == "127.0.0.1"


@pytest.mark.skipif(not socket.has_ipv6, reason="this Python has no IPv6")
def test_an_ipv6_address_comes_in_brackets() -> None:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            pass
    except OSError:
        pytest.skip("this machine has no IPv6")
    assert own_address("::1", 6443) == "[::1]"


def test_a_host_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(socket.gaierror):
        own_address("256.256.256.256", 6443)
