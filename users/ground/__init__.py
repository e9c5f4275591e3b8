"""What every wing stands on. Nothing here knows a user or reads the database."""
