"""Scraping: which sources are due, what is found there, and what of it is new."""
