"""Which addresses an account may name: what looks like an allowed one and is none is refused."""

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sim_operator.settings import Settings

HOST = "api.1nce.com"
PREFIX = f"https://{HOST}"
PROXY = "https://proxy.example:8443/onence"
SETTINGS = Settings(allowed_endpoints=(PREFIX, PROXY))

REFUSED = {
    "another scheme": f"http://{HOST}/management-api",
    "a scheme that reads files": f"file://{HOST}/etc/passwd",
    "a scheme in front of another": f"https:https://{HOST}",
    "no scheme": f"//{HOST}",
    "a longer host": f"https://{HOST}.example.org",
    "a host that ends so": f"https://evil-{HOST}",
    "a dot at the end": f"https://{HOST}./",
    "a dot before": f"https://.{HOST}/",
    "two dots": "https://api..1nce.com/",
    "the host as a user": f"https://{HOST}@example.org/",
    "a user": f"https://user@{HOST}/",
    "a user and a password": f"https://user:word@{HOST}/",
    "an empty user": f"https://@{HOST}/",
    "two at signs": f"https://{HOST}@{HOST}@example.org/",
    "an encoded at sign": f"https://{HOST}%40example.org/",
    "the host in the path": f"https://example.org/{PREFIX}",
    "the host in the query": f"https://example.org/?{PREFIX}",
    "the host in the fragment": f"https://example.org/#{PREFIX}",
    "a query": f"{PREFIX}/?to=https://example.org",
    "an empty query": f"{PREFIX}/?",
    "a fragment": f"{PREFIX}/#@example.org",
    "a backslash for a slash": f"https://{HOST}\\@example.org",
    "backslashes for slashes": f"https:\\\\{HOST}",
    "a backslash in the path": f"{PREFIX}/a\\..\\b",
    "another port": f"https://{HOST}:8443/",
    "port 0": f"https://{HOST}:0/",
    "a port that is too large": f"https://{HOST}:65979/",
    "two ports": f"https://{HOST}:443:80/",
    "a port in other digits": f"https://{HOST}:４４３/",
    "a port with a sign": f"https://{HOST}:+443/",
    "an ideographic full stop": "https://api。1nce。com/",
    "a full-width letter": "https://ａpi.1nce.com/",
    "a Cyrillic letter": "https://аpi.1nce.com/",
    "its punycode": "https://xn--pi-6kc.1nce.com/",
    "a soft hyphen": "https://api.1n\u00adce.com/",
    "a zero-width space": "https://api.1nce.com\u200b/",
    "an encoded host": "https://%61pi.1nce.com/",
    "an encoded zero": f"https://{HOST}%00.example.org/",
    "a space before": f" {PREFIX}",
    "a space behind": f"{PREFIX} ",
    "a tab within": "https://api.1n\tce.com/",
    "a line break": f"{PREFIX}/\r\nHost: example.org",
    "a zero": f"{PREFIX}/\0",
    "dot segments": f"{PREFIX}/a/../b",
    "a dot segment at the end": f"{PREFIX}/..",
    "encoded dots": f"{PREFIX}/%2e%2e/b",
    "encoded slash": f"{PREFIX}/..%2fb",
    "twice encoded dots": f"{PREFIX}/%252e%252e/b",
    "dots with a path parameter": f"{PREFIX}/..;/b",
    "dots and an encoded zero": f"{PREFIX}/..%00/b",
    "overlong UTF-8": f"{PREFIX}/%c0%ae%c0%ae/b",
    "this machine": "https://127.0.0.1/",
    "this machine by its name": "https://localhost/",
    "this machine in one number": "https://2130706433/",
    "this machine in octal": "https://0177.0.0.1/",
    "this machine in hex": "https://0x7f.1/",
    "this machine in IPv6": "https://[::1]/",
    "this machine, mapped": "https://[::ffff:127.0.0.1]/",
    "any address": "https://0.0.0.0/",
    "the metadata of a cloud": "http://169.254.169.254/latest/meta-data",
    "the metadata of a cloud in IPv6": "http://[fd00:ec2::254]/",
    "the API server": "https://kubernetes.default.svc",
    "the API server by its address": "https://10.96.0.1:443",
    "a service of the cluster": "https://api.1nce.com.svc.cluster.local",
    "a zone": "https://[fe80::1%25eth0]/",
    "a path beside the allowed one": "https://proxy.example:8443/onence-other",
    "a path above the allowed one": "https://proxy.example:8443/",
    "a doubled slash before it": "https://proxy.example:8443//onence",
    "another case of the path": "https://proxy.example:8443/ONENCE",
    "out of the allowed path": "https://proxy.example:8443/onence/../admin",
    "out of it, encoded": "https://proxy.example:8443/onence/..%2fadmin",
    "out of it by a parameter": "https://proxy.example:8443/onence/..;/admin",
    "the allowed host without its port": "https://proxy.example/onence",
}


@pytest.mark.parametrize("url", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_below_an_allowed_endpoint_is_refused(url: str) -> None:
    assert not SETTINGS.allows_endpoint(url)


@pytest.mark.parametrize(
    "url",
    [
        PREFIX,
        f"{PREFIX}/",
        f"{PREFIX}/management-api",
        "https://API.1NCE.com/management-api",
        f"https://{HOST}:443/management-api",
        "HTTPS://api.1nce.com",
        PROXY,
        f"{PROXY}/management-api",
    ],
)
def test_what_is_below_an_allowed_endpoint_is_called(url: str) -> None:
    assert SETTINGS.allows_endpoint(url)


_PIECES = st.lists(
    st.one_of(
        st.sampled_from([*REFUSED.values(), PREFIX, PROXY, HOST, "https://", "//", "/", "@", ":"]),
        st.sampled_from(
            ["%2e", "%2f", "..", ";", "\\", "?", "#", ".", "443", "\t", "。", "[", "]"]
        ),
        st.text(max_size=3),
    ),
    max_size=5,
).map("".join)


@given(_PIECES)
@example(f"{PREFIX}/management-api")
@example(f"{PROXY}//x")
def test_whatever_is_allowed_the_client_sends_to_an_allowed_server_and_path(url: str) -> None:
    """The one that decides and the one that calls read addresses by different libraries."""
    if not SETTINGS.allows_endpoint(url):
        return
    called = httpx.URL(url.rstrip("/") + "/v2/sims")
    servers = {(HOST, None): "/", ("proxy.example", 8443): "/onence/"}
    assert called.scheme == "https"
    assert called.userinfo == b""
    assert called.raw_path.decode().startswith(servers[called.host, called.port])
    assert ".." not in called.path.split("/")
