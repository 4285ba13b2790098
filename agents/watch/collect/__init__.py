"""What the watchdog looks at: traffic, queues and timers, as facts for the rules."""
