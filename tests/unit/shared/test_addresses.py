"""What counts as a public address, and how an address is taken apart."""

import ipaddress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.errors import PermanentError, Reason
from shared.web.addresses import check_url, host_of, is_public, joined


@pytest.mark.parametrize(
    "address",
    [
        "168.63.129.16", "169.254.169.254", "192.0.0.192", "100.100.100.200", "192.88.99.1", "0.0.0.0", "255.255.255.255",
        "198.18.0.1", "fec0::1", "feff::1", "fe80::1", "fd00:ec2::254", "::1", "::", "::127.0.0.1", "::ffff:10.0.0.1",
        "::ffff:168.63.129.16", "::ffff:0:7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:a00:1::", "2001:0:1::1",
        "2001:db8::1",
        "2001:20::1", "3fff::1", "5f00::1", "100::1", "ff02::1", "2a00:1450::5efe:a00:1", "2a00:1450::200:5efe:a00:1",
    ],
)  # fmt: skip
def test_what_is_not_the_public_internet(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "13.107.42.14", "::ffff:8.8.8.8", "2606:4700::1111", "2a00:1450:4001::1"])
def test_what_is(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        ("//cdn.example.com/a?", "cdn.example.com", "/a?"), ("HTTPS://Cdn.Example.com/A", "cdn.example.com", "/A"),
        ("https://bücher.example/é", "xn--bcher-kva.example", "/%C3%A9"), ("https://ドレス.jp", "xn--zck5a1g.jp", "/"),
        ("https://example。com/a", "example.com", "/a"), ("https://example.com\\a", "example.com", "/a"),
        (" https://example.com./?a#b\n", "example.com.", "/?a"), ("https://a_b.example.com:443?x", "a_b.example.com", "/?x"),
        ("https://[2606:4700::1111]/", "2606:4700::1111", "/"),
    ],
)  # fmt: skip
def test_an_address_is_taken_apart_as_browsers_do(url: str, host: str, path: str) -> None:
    target = check_url(url, frozenset())
    assert (target.host, target.path, target.port) == (host, path, 443)
    assert target.to_wire().raw_path_qs == path


@pytest.mark.parametrize(
    "url",
    [
        "https://168.63.129.16/", "https://[fec0::1]/", "https://\uff11\uff12\uff17.0.0.1/", "https://①②⑦.⓪.⓪.①/", "https://[x/1",
        "https://[example.com]/", "https://a..b/", f"https://{'a' * 64}.com/", "https://example.com@127.0.0.1/",
        "https://example.com:99999/", "https://example.com:x/", "https://exa mple.com/", "https://exa%6dple.com/", "https:/x",
        "https://a.com\udce9/", "https://x.com/\ud800", "blob:https://x.example/1", "",
    ],
)  # fmt: skip
def test_what_is_refused(url: str) -> None:
    with pytest.raises(PermanentError) as caught:
        check_url(url, frozenset())
    assert caught.value.reason is Reason.IMAGE_BLOCKED


@pytest.mark.parametrize(
    ("url", "host"), [("HTTPS://A.b:1/x", "a.b:1"), ("//c.d/x", "c.d"), ("http://[x/1", "[x"), ("data:,", "")]
)
def test_the_host_of_anything(url: str, host: str) -> None:
    assert host_of(url) == host


PIECES = st.lists(
    st.sampled_from(["http", "s", ":", "//", "/", "\\", "[", "]", "@", "?", "#", "%2F", "%", ".", "a.b", "é", "\udce9",
                     "\ud800",
                     "127.1", "0x7f", "::1", ":80", " ", "\n", "。", "①"]) | st.characters(),
    max_size=12,
).map("".join)  # fmt: skip


@example("http://[x/1", "//[")
@example("https://a.b", "http://\udce9/\udce9")
@given(PIECES | PIECES.map("https://a.b/".__add__), PIECES)
def test_whatever_comes_only_our_error_leaves(url: str, location: str) -> None:
    """And what is let through can be sent: in ASCII, without a space, to a name or a public address."""
    host_of(url)
    for make in (lambda: check_url(url, frozenset()), lambda: check_url(joined(url, location), frozenset())):
        try:
            target = make()
        except PermanentError:
            continue
        sent = target.to_wire().raw_path_qs
        assert sent.isascii()
        assert sent.startswith("/")
        assert not any(letter <= " " or letter == "\x7f" for letter in sent + target.host)
