#!/usr/bin/env python3
"""From isa.toml to everything that repeats it (Python 3.11, standard library only).

  generate.py --into FOLDER       isa/generated.h, isa/generated.cpp, isa/vectors.h, godwit_isa_pkg.sv, godwit_isa_vectors.sv
  generate.py --docs FILE         the reference page
  generate.py --check-docs FILE   fails if the page is not what --docs would write
"""
import argparse
import pathlib
import sys

from generator import contract, cpp, markdown, systemverilog, vectors

DATA = pathlib.Path(__file__).resolve().parent / "isa.toml"

OUTPUTS = {
    "isa/generated.h": cpp.header,
    "isa/generated.cpp": cpp.source,
    "isa/vectors.h": vectors.header,
    "godwit_isa_pkg.sv": systemverilog.package,
    "godwit_isa_vectors.sv": vectors.module,
}


def write(path: pathlib.Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, default=DATA, help="the contract")
    parser.add_argument("--into", type=pathlib.Path)
    parser.add_argument("--docs", type=pathlib.Path)
    parser.add_argument("--check-docs", type=pathlib.Path)
    options = parser.parse_args()
    try:
        read = contract.load(options.data)
    except contract.ContractError as error:
        print(error, file=sys.stderr)
        return 2
    if options.into:
        for name, generator in OUTPUTS.items():
            write(options.into / name, generator(read))
    if options.docs:
        write(options.docs, markdown.page(read))
    if options.check_docs and (not options.check_docs.exists() or options.check_docs.read_text() != markdown.page(read)):
        print(f"{options.check_docs.name} is not what isa.toml says; renew it by `cmake --build build/release --target isa_docs`",
              file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
