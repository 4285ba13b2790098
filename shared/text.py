"""Strangers' text as one line: printable, of bounded length. How a page shows text is the page's own rule."""


def one_line(text: str, limit: int, *, whole_words: bool = False, banned: str = "") -> str:
    """Return the printable letters of `text` in one line of at most `limit` characters, without those that are `banned`.

    `whole_words`: what is cut is cut at a space where there is one near, so that no word or number is left in halves; letters
    that go are spaces then.
    """
    kept = text[: limit * 20 + 200]
    if not kept.isprintable() or set(banned) & set(kept):
        blank = " " if whole_words else ""
        kept = "".join(
            letter if letter.isprintable() and letter not in banned else (" " if letter.isspace() else blank) for letter in kept
        )
    line = " ".join(kept.split())
    if len(line) <= limit:
        return line
    head, _, _ = line[: limit + 1].rpartition(" ")
    return (head if whole_words and len(head) * 2 > limit else line[:limit]).strip()
