"""HTTP: public addresses only, fetches within bounds, feeds, headers, webhooks."""
