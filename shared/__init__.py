"""The outside world: settings, errors, ports and their adapters. Knows nothing of the workflows in `agents`."""
