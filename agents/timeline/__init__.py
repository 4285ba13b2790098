"""One job's story: what happened to it from the request to what it taught, from what is stored of it."""
