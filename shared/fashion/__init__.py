"""What is known of clothes without a model: garments, colours, moods, climate, what goes together."""
