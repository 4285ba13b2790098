"""A small part of `make quality`: the figures of the profile are deterministic and reach their goals."""

from quality.figure import Figure
from quality.profile import likes_until, newcomers, projected


def test_a_keen_users_newcomers_are_known() -> None:
    ours, baseline, missing = newcomers(1)
    assert (ours, missing) == (5, [])
    assert baseline < 5, "the baseline has to be beaten"


def test_few_likes_with_much_chance_project_the_taste_alone() -> None:
    ours, baseline, _ = projected(20, 0.3)
    assert sum(precision for precision, _ in ours) / len(ours) >= 0.9
    assert sum(precision for precision, _ in baseline) / len(baseline) < 0.6
    assert projected(20, 0.3)[0] == ours


def test_a_figure_knows_whether_its_goal_is_reached() -> None:
    assert Figure("a", 0.9, ">=", 0.9).is_met
    assert not Figure("a", 36, "<=", 35).is_met
    assert "NO" in Figure("a", 36, "<=", 35).line()
    assert likes_until([0, 3, 4, 4], 4) == 3
    assert likes_until([0, 1], 4) == 3
