"""Synthesis: what the machine takes of a part, module by module, by open tools."""
