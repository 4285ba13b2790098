"""Runs the Functions app where Azure's own host is not installed, by that host's rules; the engine of the end-to-end tests."""
