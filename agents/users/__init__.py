"""A person's rights: all that is kept of them, handed out or erased."""
