"""Sample likes, pictures and the program that shows what came of them."""
