"""Pictures: decoded within bounds, hashed, told apart."""
