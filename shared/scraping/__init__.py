"""Sources of outfits and products: one adapter a kind, read politely and reduced to bounded items."""
