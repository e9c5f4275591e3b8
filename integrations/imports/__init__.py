"""Imports of users from files: read, mapped, tried out, run, undone. Values enter at users/writing/identify.py."""
