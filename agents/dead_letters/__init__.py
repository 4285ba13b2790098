"""Dead letters: their records, how they are persisted, listed, and grouped by cause."""
