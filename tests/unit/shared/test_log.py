"""What a log line may say: values are hidden, names stay."""

import pytest

from agents.watch.safe_text import safe
from shared.observe.log import scrub


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("see https://x.example/p?sig=abc now", "see <url> now"),
        ("api-key: abcdef123 was refused", "api-key=<hidden> was refused"),
        ('{"api_key": "secretvalue"}', '{"api_key=<hidden>"}'),
        ("token=abcdefgh", "token=<hidden>"),
        ("Authorization: Bearer abcdefgh was sent", "Authorization=<hidden> was sent"),
        ("Bearer abcdefghijk", "Bearer=<hidden>"),
        ("AccountKey=Zm9vYmFyYmF6cXV4==;x", "AccountKey=<hidden>;x"),
        ("the token expired yesterday", "the token expired yesterday"),
        ("the token a1b2c3d4 expired", "the token=<hidden> expired"),
        ("code: unsupported_parameter", "code: unsupported_parameter"),
        ("code=q9Xk2mZZ81aa", "code=<hidden>"),
        (
            "COSMOS_DB_TASTE_JOB_DEAD_LETTER_CONTAINER: expected a name",
            "COSMOS_DB_TASTE_JOB_DEAD_LETTER_CONTAINER: expected a name",
        ),
        ("in agents/watch/collect/collector-of-parts", "in agents/watch/collect/collector-of-parts"),
        ("a" * 20 + "B1" * 10, "<token>"),
        ("Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9v", "<token>"),
    ],
)
def test_values_are_hidden_and_names_stay(text: str, told: str) -> None:
    assert scrub(text) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("user_id: got int, input should be a valid string", "user_id: got int, input should be a valid string"),
        ("userId=ada-lovelace failed", "userId=<id> failed"),
        ('{"user_id": "ada"}', '{"user_id": <id>'),
        ("user: ada is gone", "user: <id> is gone"),
        ("ada@example.com wrote", "<id> wrote"),
        ("item_id: got nothing, field required", "item_id: got nothing, field required"),
    ],
)
def test_in_a_note_people_are_hidden_and_what_was_wrong_with_a_field_is_told(text: str, told: str) -> None:
    assert safe(text) == told
