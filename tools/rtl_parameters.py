"""The parameters of rtl/machine.sv that a card of configs/cards stands for: python3 -m tools.rtl_parameters [--cpp] CARD...

Prints them as Verilator and slang take them (-GName=value); with --cpp, the header that src/cosim is compiled with. What a
card does not say, machine.sv derives.
"""
import pathlib
import sys
import tomllib

CARDS = pathlib.Path(__file__).resolve().parent.parent / "configs/cards"
KEYS = ("slices", "cores", "port_bytes", "prefetch_bytes", "activation_words", "sfu_lanes", "vector_reals", "fold")
HEAD = """// Made from configs/cards by tools/rtl_parameters.py.
#pragma once

#include <cstddef>

namespace godwit::cosim {

/// Of a verilated machine, as its card states it.
struct Shape {
"""


def camel(key: str) -> str:
    return "".join(word.capitalize() for word in key.split("_"))


def values(card: str) -> dict[str, int]:
    """By the names of the card's keys. The program's own reader (src/isa/card.cpp) says which values are possible."""
    table = tomllib.loads((CARDS / f"{card}.toml").read_text())
    return {key: table.get(key, 1) if key in ("cores", "fold") else table[key] for key in KEYS}


def parameters(card: str) -> dict[str, int]:
    """By the names of machine.sv's parameters."""
    return {camel(key): value for key, value in values(card).items()}


def cards() -> list[str]:
    return sorted(path.stem for path in CARDS.glob("*.toml"))


def header(names: list[str]) -> str:
    out = HEAD + "".join(f"  std::size_t {key} = 0;\n" for key in KEYS) + "};\n"
    for name in names:
        sizes = ", ".join(f".{key} = {value}" for key, value in values(name).items())
        out += f"inline constexpr Shape shape_of_{name}{{{sizes}}};\n"
    return out + "\n}  // namespace godwit::cosim\n"


def main() -> None:
    names = [argument for argument in sys.argv[1:] if argument != "--cpp"]
    if not names or any(name not in cards() for name in names):
        sys.exit(f"usage: rtl_parameters [--cpp] CARD..., of {' '.join(cards())}")
    if "--cpp" in sys.argv:
        sys.stdout.write(header(names))
    else:
        for name in names:
            print(" ".join(f"-G{key}={value}" for key, value in parameters(name).items()))


if __name__ == "__main__":
    main()
