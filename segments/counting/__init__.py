"""How many users a rule has, and who they are: the only door to audience queries."""
