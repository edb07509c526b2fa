"""What a synthesis reads: its result is made again when one of these changes."""

INPUTS = ("rtl/*.sv", "synth/*.py", "synth/parts/**", "synth/maps/**", "src/isa/isa.toml", "src/isa/generator/**", "tools/rtl_parameters.py")
