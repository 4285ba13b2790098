"""The moods of the day: feeds read, moods extracted, named, folded, saved."""
