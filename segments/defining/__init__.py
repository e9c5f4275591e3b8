"""Making, changing, trying out and deleting segments, and what uses them."""
