"""Audiences: segments that are kept as a tag or a list at a vendor, where people enter and leave as they do here."""
