"""The attributes of a project: their definitions, their names, and what uses them."""
