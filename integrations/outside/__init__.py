"""Calls to addresses that members type in: webhooks, connectors. Nothing else here calls other people's servers.

Such an address may lead into the network that this server stands in. So each name is resolved here, each address it
has is checked, and the connection goes to exactly the address that was checked. Time and size have limits.
"""
