"""The alert rules: pure functions of facts, and the state of each alert."""
