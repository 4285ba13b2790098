"""The runs of the timers: the ledger that locks and remembers them, and the commands that start them by hand."""
