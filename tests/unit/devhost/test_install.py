"""Packages are installed by uv with what pip is configured for, and by pip where uv is not to be had."""

from pathlib import Path

import pytest

from devhost import install


@pytest.mark.parametrize(
    ("listing", "environ"),
    [
        ("", {}),
        ("global.index-url='https://packages.example/simple'", {"UV_DEFAULT_INDEX": "https://packages.example/simple"}),
        ("global.cert='/a.pem'\ninstall.cert='/b.pem'\n:env:.cert='/c.pem'\n", {"SSL_CERT_FILE": "/c.pem"}),
        (":env:.timeout='9'\nglobal.timeout='60'", {"UV_HTTP_TIMEOUT": "9"}),
        ("global.extra-index-url='\\nfile:///a/simple\\nfile:///b/simple'", {"UV_INDEX": "file:///a/simple file:///b/simple"}),
        ("global.find-links='/wheels /more'", {"UV_FIND_LINKS": "/wheels,/more"}),
        ("global.proxy='http://p:1/?a=b'", {"ALL_PROXY": "http://p:1/?a=b"}),
        ("wheel.find-links='/a'\nglobal.progress-bar='off'\nglobal.proxy=''\nno line of pip's", {}),
    ],
)
def test_what_pip_is_configured_for_goes_along(listing: str, environ: dict[str, str]) -> None:
    assert install.configured(listing) == environ


def scripted(path: Path, body: str) -> Path:
    """A program that writes its arguments beside itself."""
    path.write_text(f'#!/bin/sh\necho "$@" >> {path}.log\n{body}\n')
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(("code", "by_pip"), [(0, False), (1, True)])
def test_what_uv_cannot_install_pip_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], code: int, by_pip: bool
) -> None:
    scripted(tmp_path / "uv", f"exit {code}")
    python = scripted(tmp_path / "python", "exit 0")
    monkeypatch.setattr("sys.executable", str(python))
    assert install.main(str(python), ["--compile-bytecode", "-e", ".[dev]"]) == 0
    assert (tmp_path / "uv.log").read_text().endswith(f" --python {python} --compile-bytecode -e .[dev]\n")
    installs = [line for line in (tmp_path / "python.log").read_text().splitlines() if line.startswith("-m pip install")]
    assert [line.endswith(" -e .[dev]") and "--compile" not in line for line in installs] == [True] * by_pip
    assert ("pip tries" in capfd.readouterr().err) is by_pip


def test_without_uv_pip_does_it_and_its_exit_code_is_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = scripted(tmp_path / "python", '[ "$3" = install ] && exit 7; exit 0')
    monkeypatch.setattr("sys.executable", str(tmp_path / "bin/python"))
    assert install.main(str(python), ["a>1"]) == 7
