"""The embedded models: used without a key, without a network, and honest about it. Colours are measured from the pixels,
style words come from the item's own words and a lexicon, embeddings from a small model that a package carries.
"""
