"""The engines: each file is one, behind the interface of engine.py; registry.py lists what can be asked for."""
