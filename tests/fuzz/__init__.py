"""What strangers send, mutated: nothing but our own errors may come of it. A few examples in the suite, many by `make fuzz`."""
