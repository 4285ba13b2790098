"""The watchdog's pure core: the alert rules, their kept states, missed slots, and the note for on-call. No input or output."""
