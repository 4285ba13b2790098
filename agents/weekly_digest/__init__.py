"""The weekly digest: what a wardrobe says in figures, and suggestions that rest on them."""
