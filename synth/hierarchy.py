"""Totals over a hierarchy from cells counted module by module (synth.mapping)."""
from synth.cells import KINDS, PAIR, Family, taken
from synth.rtlil import plain


def joined(units: dict[str, dict[str, dict[str, int]]]) -> dict[str, dict[str, int]]:
    """Cells by type of every module of all units. A unit's top has the unit's name, what is below it that name before its own; cells name
    modules in the same way."""
    out = {}
    for unit, counted in units.items():
        modules = {name.removeprefix("\\"): cells for name, cells in counted.items()}

        def name_of(cell: str, unit: str = unit, modules: dict = modules) -> str:
            own = cell.removeprefix("\\")
            return own if own not in modules else unit if own == plain(unit) else f"{unit}/{own}"

        for name, cells in modules.items():
            out[name_of(name)] = {name_of(cell): number for cell, number in cells.items()}
    return out


def instances_of(modules: dict[str, dict[str, int]], top: str) -> dict[str, int]:
    """How often each module stands below `top`, which counts once."""
    counts: dict[str, int] = {}

    def count(name: str, times: int) -> None:
        counts[name] = counts.get(name, 0) + times
        for cell, number in modules[name].items():
            if cell in modules:
                count(cell, times * number)

    count(top, 1)
    return counts


def rows_of(units: dict[str, dict[str, dict[str, int]]], family: Family) -> tuple[list[dict], list[dict]]:
    """One row a module of rtl/, the machine included: how often it stands there and what all of these take, without what they hold; and
    one row a unit, with what it holds but other units. Modules of one name with different parameters are added up; those that take most
    come first. Tables that share one with another count with it (`lut`) and for themselves (`lut_pairs`)."""
    modules = joined(units)
    rows: dict[str, dict] = {}
    sums: dict[str, dict] = {}

    def row_of(table: dict[str, dict], name: str) -> dict:
        return table.setdefault(name, {"module": name, "instances": 0, **dict.fromkeys((*KINDS, "lut_pairs"), 0)})

    for name, times in instances_of(modules, next(name for name in units if plain(name) == "machine")).items():
        unit, _, below = name.rpartition("/")
        both = row_of(rows, plain(below)), row_of(sums, plain(unit or name))
        both[0]["instances"] += times
        both[1]["instances"] += 0 if unit else times
        for cell, number in modules[name].items():
            if cell == PAIR:
                for row in both:
                    row["lut_pairs"] += number * times
                    row["lut"] -= number * times
            elif cell not in modules and (what := taken(family, cell)) is not None:
                for row in both:
                    row[what[0]] += what[1] * number * times
    return tuple(sorted(table.values(), key=lambda row: (-row["lut"], row["module"])) for table in (rows, sums))


def total_of(rows: list[dict]) -> dict:
    return {kind: sum(row[kind] for row in rows) for kind in (*KINDS, "lut_pairs")}
