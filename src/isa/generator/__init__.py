"""From isa.toml to everything that repeats it. contract.py reads and checks; each other module writes one form."""
