"""The attribute types: what fits, converts, and compares, in memory, in SQL and on the wire."""
