"""How the client calls: the key, the address, what is tried again, and what an answer means for the exit code."""

import contextlib
import socket
import ssl
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from opsctl.client import TRIES
from opsctl.deployment import Deployment
from opsctl.outcomes import UsageError
from tests.unit.opsctl.fake_app import KEY, FakeApp, Reply, problem, run
from tests.waiting import HANGS_SECONDS

OK = {"ok": True, "down": []}


def test_the_key_travels_in_the_header_and_in_no_address(app: FakeApp) -> None:
    app.tell("GET preflight", OK)
    assert run(app, "preflight").code == 0
    [asked] = app.asked
    assert (asked.headers["x-functions-key"], asked.query) == (KEY, {})


def test_options_outweigh_the_environment_before_and_after_the_command(app: FakeApp) -> None:
    app.tell("GET preflight", OK)
    elsewhere = {"PLUCKIT_URL": "http://127.0.0.1:9", "PLUCKIT_KEY": "other"}
    assert run(app, "--url", f"{app.url}/api/", "--key", "mine", "preflight", "--json", **elsewhere).document == OK
    assert run(app, "preflight", "--url", app.url, "--key", "yours", **elsewhere).code == 0
    assert [one.headers["x-functions-key"] for one in app.asked] == ["mine", "yours"]


@pytest.mark.parametrize(
    ("url", "key", "words"),
    [
        ("", "k", "PLUCKIT_URL"), ("https://app.example", "", "PLUCKIT_KEY"), ("ftp://app", "k", "https://"),
        ("https://me:secret@app.example", "k", "without user"), ("https://app.example?code=secret", "k", "without user"),
        ("https://", "k", "https://"), ("http://app:port", "k", "is none"), ("https://app.example", "k\u00e9y", "characters"),
        ("https://app.example", "a\nb", "characters"),
    ],
)  # fmt: skip
def test_a_wrong_address_or_key_is_a_usage_error_without_secrets(app: FakeApp, url: str, key: str, words: str) -> None:
    done = run(app, "preflight", PLUCKIT_URL=url, PLUCKIT_KEY=key)
    assert (done.code, words in done.err, "secret" in done.err) == (2, True, False)
    with pytest.raises(UsageError):
        Deployment.of(url, key, {})


@pytest.mark.parametrize(
    ("url", "exposed"),
    [
        ("http://127.0.0.1:7071", False), ("http://localhost:7071", False), ("http://[::1]:7071", False),
        ("http://app.localhost", False), ("https://app.example", False), ("http://app.example", True),
        ("http://10.0.0.5", True), ("http://localhost.example", True),
    ],
)  # fmt: skip
def test_a_key_that_would_leave_the_machine_unencrypted_is_warned_of(url: str, *, exposed: bool) -> None:
    assert Deployment.of(url, "k", {}).is_exposed is exposed


def test_the_warning_is_said(app: FakeApp) -> None:
    done = run(app, "preflight", "--timeout", "0.1", PLUCKIT_URL="http://pluckit.invalid")
    assert (done.code, "unencrypted" in done.err) == (4, True)


def test_a_read_waits_as_long_as_the_app_asks_and_tries_again(app: FakeApp) -> None:
    busy = problem(503, "A dependency is down.")
    app.tell("GET preflight", Reply(503, busy.content, {"Retry-After": "7"}, busy.kind), OK)
    done = run(app, "preflight")
    assert (done.code, done.slept) == (0, [7.0])
    assert "once more in 7 s" in done.err


@pytest.mark.parametrize(("wished", "slept"), [("86400", 30.0), ("Tue, 24 Nov 2026 12:00:00 GMT", 1.0), ("-1", 1.0)])
def test_a_wait_is_bounded_and_a_strange_one_is_our_own(app: FakeApp, wished: str, slept: float) -> None:
    app.tell("GET preflight", Reply(503, {}, {"Retry-After": wished}), OK)
    assert run(app, "preflight").slept == [slept]


def test_an_outage_that_lasts_is_exit_4_with_its_detail(app: FakeApp) -> None:
    down = problem(503, "A dependency is down (store_unavailable); try again.")
    app.tell("GET preflight", Reply(503, down.content, {"Retry-After": "1"}, down.kind))
    done = run(app, "preflight")
    assert (done.code, len(app.asked), "store_unavailable" in done.err, done.out) == (4, 4, True, "")


def test_a_write_without_a_key_is_sent_once(app: FakeApp) -> None:
    app.tell("POST run/moods", Reply(503, {}, {"Retry-After": "1"}))
    assert (run(app, "run", "moods").code, len(app.asked)) == (4, 1)
    app.tell("PATCH dead-letters/a.1/payload", Reply(503, {}, {"Retry-After": "1"}))
    arguments = ("dead-letters", "repair", "a.1", "--set", "x=1", "--reason", "why", "--version", "v")
    assert (run(app, *arguments).code, len(app.asked)) == (4, 2)


def test_nobody_there_is_exit_4_after_several_tries(app: FakeApp) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    done = run(app, "preflight", PLUCKIT_URL=url)
    assert (done.code, done.slept) == (4, [1.0, 2.0, 4.0])
    assert "cannot be reached" in done.err


@pytest.mark.parametrize(
    ("reply", "code", "words"),
    [
        (Reply(401), 3, "the function key is wrong"), (problem(409, "Another one is active."), 3, "Another one is active."),
        (problem(500, "The request failed."), 4, "The request failed."), (Reply(502, b"", kind="text/plain"), 4, "502"),
        (Reply(302, b"", {"Location": "https://login.example"}), 4, "sends elsewhere"),
        (Reply(200, b"<html>", kind="text/html"), 4, "web page"), (Reply(200, b"{", kind="application/json"), 4, "JSON"),
        (Reply(200, b"[1]"), 4, "JSON"), (Reply(404, b"", kind="text/plain"), 3, "is that the app's address?"),
        (Reply(200, b"[" * 100_000), 4, "JSON"),
    ],
)  # fmt: skip
def test_each_kind_of_answer_has_its_exit_code(app: FakeApp, reply: Reply, code: int, words: str) -> None:
    app.tell("GET preflight", reply)
    done = run(app, "preflight")
    assert (done.code, words in done.err, done.out) == (code, True, "")


def test_a_redirect_is_not_followed_with_the_key(app: FakeApp) -> None:
    app.tell("GET preflight", Reply(307, b"", {"Location": f"{app.url}/api/ops/elsewhere"}))
    run(app, "preflight")
    assert [one.path for one in app.asked] == ["/api/ops/preflight"]


def test_a_refusal_shows_every_field_and_what_else_it_says(app: FakeApp) -> None:
    errors = [{"field": "reason", "came": "str", "expected": "at least 3"}, {"field": "", "came": "", "expected": "either"}]
    app.tell("GET preflight", problem(422, "The body is not valid.", errors=errors, operationId="op-7"))
    done = run(app, "preflight", "--json")
    assert done.code == 3
    for words in (
        "A Title: The body is not valid.",
        "reason: at least 3 (came: str)",
        "either (came: nothing)",
        "operationId: op-7",
    ):
        assert words in done.err


def test_one_field_that_the_sentence_names_is_not_told_twice(app: FakeApp) -> None:
    errors = [{"field": "reason", "came": '"x"', "expected": "at least 3 characters"}]
    detail = 'The body is not valid: reason: got "x", expected at least 3 characters.'
    app.tell("GET preflight", problem(422, detail, errors=errors))
    assert run(app, "preflight").err.count("at least 3 characters") == 1


@pytest.mark.parametrize(("record", "path"), [("a b/c", "a%20b%2Fc"), ("..%2f", "..%252f"), ("x?y=z", "x%3Fy%3Dz")])
def test_an_id_stays_one_part_of_the_address(app: FakeApp, record: str, path: str) -> None:
    assert run(app, "dead-letters", "show", record).code == 3
    assert [one.path for one in app.asked] == [f"/api/ops/dead-letters/{path}"]


@pytest.mark.parametrize("record", ["", ".", ".."])
def test_what_would_change_the_address_is_no_id(app: FakeApp, record: str) -> None:
    assert run(app, "dead-letters", "show", record).code == 2
    assert app.asked == []


@pytest.mark.parametrize(
    "argv", [(), ("dance",), ("run",), ("status", "--timeout", "0"), ("status", "--timeout", "x"), ("replay",),
             ("dead-letters",), ("dead-letters", "show", "\udcff")],
)  # fmt: skip
def test_a_wrong_command_line_is_exit_2(app: FakeApp, argv: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(app, *argv).code == 2
    assert app.asked == []
    capsys.readouterr()


def test_help_explains_every_exit_code(app: FakeApp, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(app, "--help").code == 0
    shown = capsys.readouterr().out
    assert all(f"\n  {code} " in shown for code in (0, 1, 2, 3, 4, 130))


def test_a_server_that_cannot_show_who_it_is_gets_no_key(app: FakeApp, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(HANGS_SECONDS)

        def answer() -> None:
            for _ in range(2 * TRIES):
                with contextlib.suppress(OSError), listening.accept()[0] as plain, context.wrap_socket(plain, True) as secret:
                    heard.append(secret.recv(1_000))

        thread = threading.Thread(target=answer)
        thread.start()
        for url in (f"https://127.0.0.1:{listening.getsockname()[1]}", f"HTTPS://127.0.0.1:{listening.getsockname()[1]}"):
            done = run(app, "preflight", PLUCKIT_URL=url)
            assert (done.code, "certificate verify failed" in done.err, heard) == (4, True, []), url
        thread.join(HANGS_SECONDS)


def self_signed(folder: Path) -> Path:
    """Return the file of a key and a certificate that nobody has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    day = datetime(2026, 1, 1, tzinfo=UTC)
    built = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(day).not_valid_after(day.replace(year=2126)).sign(key, hashes.SHA256())
    )  # fmt: skip
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "server.pem").write_bytes(secret + built.public_bytes(Encoding.PEM))
    return folder / "server.pem"
