"""The digest as one HTML document: no script, one stylesheet inside, and no request but for pictures of the wearer's pieces.

Jinja2 escapes all that is printed. No colour or length stands in a `style` attribute: drawings are inline SVG with
presentation attributes, so the content security policy need allow nothing but the one stylesheet, by its hash,
and the hosts of the pictures.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from agents.weekly_digest.page import charts, words
from agents.weekly_digest.page.pictures import origins
from agents.weekly_digest.page.reading import NO_PICTURES, read

if TYPE_CHECKING:
    from jinja2 import Template

PACKAGE: Final = "agents.weekly_digest.page"
NOTHING: Final[Mapping[str, Any]] = {}
SWATCH_PIXELS: Final = 72
SWATCH_TEETH: Final = 10


def as_html(digest: Mapping[str, Any], pictures: Mapping[str, object] = NO_PICTURES) -> str:
    """Return the page of a stored digest, whatever is missing in it. The first call reads the templates: use a thread.

    `pictures`: addresses of the wearer's pieces by id, as the web API gives them; a piece without one is shown by its colour.
    """
    template, style = _loaded()
    page = read(digest, pictures)
    return template.render(page=page, style=style, policy=_policy(style, page.pictures))


def content_security_policy(digest: Mapping[str, Any] = NOTHING, pictures: Mapping[str, object] = NO_PICTURES) -> str:
    """Return the header's value to send with `as_html` of the same: the page's own stylesheet, the hosts of its pictures, and
    nothing else, not even inline styles.

    It is as tight as the page can stand: no `data:` images, no frame around it, a sandbox without scripts and forms.
    A `<meta>` in the page repeats what a meta element may say, for a page that is saved or sent.
    """
    _, style = _loaded()
    return f"{_policy(style, read(digest, pictures).pictures)}; frame-ancestors 'none'; sandbox"


def _policy(style: str, pictures: Sequence[str]) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    images = f"img-src {' '.join(origins(pictures))}; " if pictures else ""
    return f"default-src 'none'; style-src 'sha256-{digest}'; {images}base-uri 'none'; form-action 'none'"


@cache
def _loaded() -> "tuple[Template, str]":
    """Load the template and the stylesheet once, through the package: it may be a folder or a zip."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415  (only who renders a page pays for it)
    from markupsafe import Markup  # noqa: PLC0415

    loader = PackageLoader(PACKAGE)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, auto_reload=False
    )
    environment.globals.update(words=words, charts=charts, swatch=charts.pinked(SWATCH_PIXELS, SWATCH_TEETH))
    source, _, _ = loader.get_source(environment, "page.css")
    style = source.replace("\r\n", "\n")  # as browsers read it before they hash it
    return environment.get_template("page.html"), Markup(style)  # noqa: S704  (our own file)
