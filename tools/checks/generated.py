"""Generated files are what their generators give: python -m tools.checks.generated [--write]"""
import sys

from tools.files import ROOT
from tools.generate import (boards_table, compiler_page, compression, journey, korean_tables, kpi, offload_spec, parts_table, precision_policy,
                            published_table, qor, quality_page)
from tools.tally import Tally

GENERATORS = (compression, journey, kpi, qor, parts_table, boards_table, offload_spec, precision_policy, compiler_page, quality_page, published_table,
              korean_tables)  # last: it copies from the others' pages


def main() -> None:
    tally = Tally()
    for generator in GENERATORS:
        for name, text in generator.generate().items():
            path = ROOT / name
            if "--write" in sys.argv:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            there = path.read_text() if path.exists() else None
            tally.check(there == text, f"{name} is not what tools/generate gives; "
                                       "python3 -m tools.checks.generated --write, and read what changed")
    tally.finish()


if __name__ == "__main__":
    main()
