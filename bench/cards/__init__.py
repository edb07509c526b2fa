"""Simulated generations on every card: measured by `python -m bench.cards`, shown by `python -m bench.cards.page`."""
