"""A like becomes taste: the message, the analysis, the profile and its projection onto the user's lists."""
