"""Which users: the list, its filters, the search, counts, and figures over all users."""
