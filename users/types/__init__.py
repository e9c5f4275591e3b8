"""The attribute types: what fits, converts, compares and how it looks, in memory, in SQL, on the wire, on pages."""
