"""One vocabulary of fashion: which words mean the same, which never do, and what is left for an embedding to judge."""

from shared.fashion.vocabulary.meaning import brand_key, clash, colour_name, is_known, is_loaded, load, meaning_of, same_meaning

__all__ = ["brand_key", "clash", "colour_name", "is_known", "is_loaded", "load", "meaning_of", "same_meaning"]
