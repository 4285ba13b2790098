"""The store: one port (`base`), typed queries (`query`), the catalogue of containers, and an adapter a database."""
