"""What producers in other languages send is read: the documented code, upper-case ids, numbers as their JSON writes them."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from agents.taste_analysis.message import TasteJobMessage, job_id_of, parse
from devhost.azurite import find_node
from shared.errors import PermanentError
from shared.queues.base import unwrap

PAGE = Path(__file__).parents[4] / "docs/sending-likes.md"
URL = "https://cdn.example/photos/7.jpg?sig=a%2Fb"


def sent(**changes: object) -> bytes:
    body = {"user_id": "ada", "item_id": "item-7", "image_url": URL, "gallery_image_index": None, **changes}
    return json.dumps(body).encode()


@pytest.mark.parametrize("index", [None, 3])
def test_the_javascript_of_the_documentation_makes_messages_that_are_read(index: int | None, tmp_path: Path) -> None:
    [code] = re.findall(r"```js\n(.*?)```", PAGE.read_text(), re.DOTALL)
    arguments = json.dumps(["ada", "item-ö", URL, *([index] if index is not None else [])])
    (tmp_path / "like.mjs").write_text(f"{code}\nconsole.log(likeMessage(...{arguments}));\n")
    done = subprocess.run([find_node(), str(tmp_path / "like.mjs")], capture_output=True, text=True, check=True)
    message = parse(unwrap(done.stdout.strip().encode()))
    assert (message.user_id, message.item_id, message.image_url) == ("ada", "item-ö", URL)
    assert message.gallery_image_index == index
    assert message.job_id == job_id_of("ada", "item-ö", URL, index)


def test_the_documentation_lists_the_fields_that_are_read() -> None:
    listed = set(re.findall(r"^\| `(\w+)` \|", PAGE.read_text(), re.MULTILINE))
    assert listed >= {"user_id", "item_id", "image_url", "gallery_image_index", "job_id", "createdAt", "traceparent"}
    assert listed <= {*TasteJobMessage.model_fields, "createdAt", "retryCount"}


def test_an_id_in_upper_case_is_the_same_id() -> None:
    job_id = job_id_of("ada", "item-7", URL, None)
    message = parse(sent(job_id=job_id.upper()))
    assert message.key == job_id
    with pytest.raises(PermanentError, match="job_id"):
        parse(sent(job_id=job_id_of("ada", "item-8", URL, None).upper()))


def test_a_whole_number_may_be_written_with_a_point() -> None:
    assert parse(sent(gallery_image_index=3.0)).gallery_image_index == 3
    for wrong in (3.5, True, "3", 1e300):
        with pytest.raises(PermanentError, match="gallery_image_index"):
            parse(sent(gallery_image_index=wrong))
