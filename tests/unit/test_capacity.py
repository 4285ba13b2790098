"""The sheet that computes what so many users cost: what it says follows from its inputs, and bad inputs are named."""

import json
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


@pytest.mark.parametrize("wrong", ["likes", "likes=many", "lieks=3", "likes=-1"])
def test_a_bad_input_is_named(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--usage", wrong])
    assert repr(wrong) in capsys.readouterr().err
