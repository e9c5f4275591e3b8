"""Deciding rules: as SQL for many users, in memory for one."""
