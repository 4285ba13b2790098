"""The console of on-call in a browser: a client of the endpoints and nothing more. Here is what its page is made of."""
