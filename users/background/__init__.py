"""What the worker does: the kinds of jobs of `users`, and its duties by the clock."""
