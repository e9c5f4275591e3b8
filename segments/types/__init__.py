"""The attribute types as rules see them: read in SQL and in memory, counted, linked, described."""
