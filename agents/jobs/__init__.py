"""Background jobs of every kind: their documents, delivery, dead letters, replays, and the reconciler. Knows no workflow."""
