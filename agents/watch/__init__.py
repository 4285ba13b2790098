"""The watchdog: the alert rules, their kept states, missed slots, the note for on-call; and what collects, keeps and tells."""
