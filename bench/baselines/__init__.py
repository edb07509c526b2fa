"""Baselines of other engines, and godwit beside them, measured in one interleaved run (docs/baselines.md)."""
