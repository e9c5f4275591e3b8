"""The Django admin, for superusers: everything can be looked at, nothing can go around the write path."""

from users.admin import accounts, end_users, everything_else, projects

__all__ = ["accounts", "end_users", "everything_else", "projects"]
