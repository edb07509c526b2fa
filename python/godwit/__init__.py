"""godwit takes a language-model checkpoint and runs it on an FPGA, or on exact models of that FPGA.

    import godwit
    model = godwit.load("embedded")                     # a checkpoint
    program = model.compile(card="u280", scheme="w4")   # for a card
    print(program.device().generate("And it came to pass", 20, temperature=0).text)  # by golden, to the bit
    print(program.simulate(prompt=32, generate=32)["tokens_per_second"])  # simulated

Three things run: Model.reference() in fp32, Program.device() in the machine's integers, and Program.simulate() for times. What
the user can mend is raised as godwit.Error.
"""
from godwit._core import (Device, Generation, Logits, Model, Program, __version__, cards, load, open_program)
from godwit._error import Error

__all__ = ["Device", "Error", "Generation", "Logits", "Model", "Program", "__version__", "cards", "load", "open_program"]
