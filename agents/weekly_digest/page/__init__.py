"""The weekly digest as a page: from the stored document to HTML and Markdown, pure but for reading the templates once.

What a model, a wardrobe or a shop has named is untrusted: `text` bounds it to one line, the templates and `markdown` escape
it, and a colour is a checked `#rrggbb` or nothing. Documents of older apps, with the suggestions alone, give a shorter page.
"""

from agents.weekly_digest.page.html_page import as_html, content_security_policy
from agents.weekly_digest.page.markdown_page import as_markdown
from agents.weekly_digest.page.pictures import pieces_shown

__all__ = ["as_html", "as_markdown", "content_security_policy", "pieces_shown"]
