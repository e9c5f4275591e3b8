"""Who may do what: projects, members, roles, keys, links, passwords."""
