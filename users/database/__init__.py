"""Talking to the database: statements, time limits, waiting for each other, and what is said when it is away."""
