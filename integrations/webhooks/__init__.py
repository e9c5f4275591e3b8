"""Outgoing webhooks: other people's servers are told what happens to users.

What happened is written in the transaction in which it happened (`outbox`), so nothing is lost and nothing that was
rolled back is told. The worker makes a delivery of it for each webhook that wants it (`planning`), sends
(`dispatch`, with `queues` in memory and `sending` for one call) and writes down what came of it (`recording`).

Promises: each event arrives at least once, with the same id each time. The events of a user arrive at an endpoint in
the order in which they happened: while one is tried again, later ones of that user wait. Endpoints do not wait for
each other, and nothing waits for an endpoint.
"""
