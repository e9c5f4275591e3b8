"""The real `manage.py serve` under load while everything around it breaks.

python -m tests.chaos [--database sqlite|postgres] [--seconds 240]      by hand; a short form is in test_chaos.py

house (database, serve, its processes) + load (who calls, and what was acknowledged) + troubles (what breaks, when)
-> verdict (who was answered in time, what came back by itself, what was lost)
"""
