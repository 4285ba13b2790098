"""What was measured every five minutes of the last seven days: kept a document a day, shown as series."""
