"""Embeddings: the port of a provider (`base`) and the batching client that every agent shares (`client`)."""
