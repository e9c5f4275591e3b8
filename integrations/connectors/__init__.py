"""Connectors: one file each, found by integrations/connectors/registry.py. base.py says what one must answer."""
