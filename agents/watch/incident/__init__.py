"""The incident note: the situation, hints, next calls, as Markdown and JSON."""
