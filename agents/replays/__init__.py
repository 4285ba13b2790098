"""Replays and purges as operations: the request, one record's fate, progress, repair."""
