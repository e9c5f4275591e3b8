"""The demo project: Fernhill, a made-up project-management product with eighteen months of users.

Everything enters through the write path at made-up times, seeded, so every build has the same people and
values, shifted to end now.
"""
