"""Nonsense for every address, by everyone: what it is made of, where it is sent, who sends it."""
