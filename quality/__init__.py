"""How right the taste is: figures with their goals, a baseline of the same run and the worst examples (`make quality`)."""
