"""The sheet that computes what so many users cost: what it says follows from its inputs, and bad inputs are named."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bench.capacity import Ceilings, Measured, Prices, Usage, main, sheet


def month(users: float = 1e6, usage: Usage | None = None) -> dict[str, Any]:
    return sheet(users, usage or Usage(), Prices(), Measured(), Ceilings())


def test_ten_times_the_users_are_ten_times_the_likes_and_the_models_bill() -> None:
    few, many = month(1e5, Usage(articles=0)), month(1e6, Usage(articles=0))
    assert many["counts"]["likes a month"] == 10 * few["counts"]["likes a month"] == 20e6
    assert many["dollars"]["models"] == pytest.approx(10 * few["dollars"]["models"])
    assert many["dollars"]["all"] == pytest.approx(sum(value for name, value in many["dollars"].items() if name != "all"))


def test_a_picture_that_is_known_asks_no_model() -> None:
    assert month(usage=Usage(known=1, changed=0, articles=0))["dollars"]["models"] == 0
    assert month(usage=Usage(known=1, changed=0, articles=0))["counts"]["request units a month"] > 0


def test_a_limit_is_a_load_beside_its_ceiling() -> None:
    found = month(usage=Usage(likes=20, peak=1, known=1))["limits"]["messages a second of the taste queue"]
    assert found == {
        "load": pytest.approx(20e6 * 3 / 2_592_000),
        "ceiling": 2_000,
        "share": pytest.approx(23.15 / 2_000, rel=1e-3),
    }


def test_prices_are_inputs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--users", "1000", "--price", "model_in=0", "--price", "model_out=0", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["months"][0]["dollars"]["models"] == 0
    assert told["inputs"]["prices"]["model_in"] == 0


def test_what_is_over_its_limit_is_marked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--users", "1000", "1e7"]) == 0
    [line] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("tokens a minute")]
    assert line.endswith("%!")
    assert line.count("!") == 1


@pytest.mark.parametrize(
    "wrong",
    [
        "likes", "likes=", "likes=many", "lieks=3", "likes=-1", "likes=nan", "likes=inf", "likes=1e400", "known=2", "=5",
        "peak=0", "changed=30%",
    ],
)  # fmt: skip
def test_a_bad_input_is_named(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--usage", wrong])
    assert repr(wrong) in capsys.readouterr().err


def test_a_name_that_nearly_fits_is_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--price", "model_ni=1"])
    assert "did you mean model_in?" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", ["-5", "nan", "inf", "ten", "1e300", "ein Dollar"])
def test_no_number_of_users_is_named(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([f"--users={wrong}"])
    assert repr(wrong) in capsys.readouterr().err


def test_a_ceiling_of_nothing_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--ceiling", "instances=0"])
    assert "'instances=0'" in capsys.readouterr().err


@pytest.mark.parametrize("users", [["10000", "1000000", "1e7"], ["0", "0.5", "1e12"], ["1,000,000", "1e15", "1"]])
def test_three_columns_fit_into_eighty(users: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--users", *users]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert all(line == line.rstrip() and line.isascii() for line in lines)


def test_the_page_about_scale_says_what_the_sheet_says() -> None:
    page = (Path(__file__).parents[2] / "docs" / "scale.md").read_text()
    months = [month(users) for users in (1e4, 1e6, 1e7)]
    for told, parts in {
        "models": ("models",), "store: request units and documents": ("store", "documents"),
        "queues, instances, logs, embeddings": ("queues", "instances", "logs", "embeddings"),
        "**a month, above the floor of [deploy.md](deploy.md)**": ("all",),
    }.items():  # fmt: skip
        [row] = re.findall(rf"^\| {re.escape(told)} \|(.*)\|$", page, re.MULTILINE)
        dollars = [float(cell.strip(" *$").replace(",", "").replace(" $", "")) for cell in row.split("|")]
        assert dollars == [pytest.approx(sum(one["dollars"][part] for part in parts), rel=0.02, abs=1) for one in months]


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ("tokens a minute of the chat deployment", "34,000 users"), ("request units a second, serverless", "3.5 million"),
        ("messages a second of the digest queue", "2.4 million"), ("messages a second of the taste queue", "14 million"),
        ("requests a second of the storage account", "20 million"), ("jobs at once, of all instances", "49 million"),
    ],
)  # fmt: skip
def test_the_page_about_scale_says_where_each_limit_is_reached(limit: str, told: str) -> None:
    assert f"| {told} |" in (Path(__file__).parents[2] / "docs" / "scale.md").read_text()
    number, _, unit = told.partition(" ")
    users = float(number.replace(",", "")) * (1e6 if unit == "million" else 1)
    assert month(users)["limits"][limit]["share"] == pytest.approx(1, rel=0.05)
