"""Django's backend, but one that hangs is not connected to again and again by those who were let go of."""
