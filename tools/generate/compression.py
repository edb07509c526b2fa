"""docs/compression.md's tables and its plots in docs/images, from docs/data/compression.csv (bench/compression.py)."""
import csv
import math
import re

from tools.files import ROOT

DATA = "docs/data/compression.csv"
PAGE = "docs/compression.md"
PLOTS = {"embedded": "docs/images/compression.svg", "smollm2-135m": "docs/images/compression-smollm2.svg"}
WIDTH, HEIGHT = 760, 430
LEFT, RIGHT, TOP, BOTTOM = 64, 170, 20, 48
COLOURS = {"dense, gptq": "#1f6f8b", "dense, rtn": "#9bbfca", "sparse, gptq": "#c8553d", "sparse, rtn": "#e6b8ad",
           "rotated, gptq": "#6a3d9a", "rotated, rtn": "#cab2d6", "searched": "#2e7d32"}
BUDGETS = (1, 3, 10)
MOST_INCREASE = 100  # percent that the plot shows


def read_rows() -> list[dict]:
    with (ROOT / DATA).open(newline="") as file:
        return list(csv.DictReader(file))


def scheme(row: dict) -> str:
    return row["setting"].removeprefix("--scheme ").removesuffix(" --rotate")


def is_rotated(row: dict) -> bool:
    return row["setting"].endswith(" --rotate")


def is_sparse(row: dict) -> bool:
    return "-" in scheme(row)


def kind(row: dict) -> str:
    if not row["setting"].startswith("--scheme"):
        return "searched"
    form = "rotated" if is_rotated(row) else "sparse" if is_sparse(row) else "dense"
    return f"{form}, {row['method']}"


def line(*cells) -> str:
    return "| " + " | ".join(map(str, cells)) + " |\n"


def table(head: tuple[str, ...], lines: list[str]) -> str:
    return line(*head) + line(*("---" for _ in head)) + "".join(lines)


def pairs(rows: list[dict]) -> str:
    """A setting a line, that of the most bytes first: rounding beside the calibrated method."""
    out = []
    rows = sorted(rows, key=lambda r: -int(r["bytes"]))
    for name in dict.fromkeys(scheme(r) for r in rows):
        of = {r["method"]: r for r in rows if scheme(r) == name}
        first = of.get("gptq") or of["rtn"]
        cells = [f"`{name}`", first["mean_bits"], first["density"], f"{int(first['bytes']):,}"]
        for method in ("rtn", "gptq"):
            row = of.get(method)
            cells += [f"{float(row['increase']):+.2f} %", row["kl"]] if row else ["-", "-"]
        out.append(line(*cells))
    return table(("scheme", "bits", "density", "bytes a token", "rounding", "KL", "calibrated", "KL"), out)


def searched(rows: list[dict]) -> str:
    return table(("asked for", "bits", "density", "bytes a token", "perplexity", "KL"),
                 [line(f"`{r['setting']}`", r["mean_bits"], r["density"], f"{int(r['bytes']):,}",
                       f"{float(r['increase']):+.2f} %", r["kl"]) for r in rows])


def speed(row: dict, card: str) -> str:
    measured = row[f"{card}_tokens_per_second"]
    return f"{float(measured):,.0f}" if measured else "-"


def best(rows: list[dict]) -> str:
    out = []
    for budget in BUDGETS:
        within = [r for r in rows if float(r["increase"]) <= budget]
        if within:
            row = min(within, key=lambda r: int(r["bytes"]))
            out.append(line(f"{budget} %", f"`{row['setting']} --method {row['method']}`", f"{int(row['bytes']):,}",
                            f"{float(row['increase']):+.2f} %",
                            *(speed(row, card) for card in ("u280", "kv260"))))
    return table(("within", "fewest bytes of all rows", "bytes a token", "perplexity", "tokens/s, u280", "kv260"), out)


def tables(rows: list[dict]) -> dict[str, str]:
    """By mark: of the embedded model without a prefix, of the other one with its name."""
    out = {}
    for model, prefix in (("embedded", ""), ("smollm2-135m", "smollm2 ")):
        mine = [r for r in rows if r["model"] == model]
        plain = [r for r in mine if r["setting"].startswith("--scheme")]
        straight = [r for r in plain if not is_rotated(r)]
        parts = {"dense": ([r for r in straight if not is_sparse(r)], pairs), "rotated": ([r for r in plain if is_rotated(r)], pairs),
                 "sparse": ([r for r in straight if is_sparse(r)], pairs),
                 "searched": ([r for r in mine if kind(r) == "searched"], searched), "best": (mine, best)}
        out |= {prefix + mark: write(some) for mark, (some, write) in parts.items() if some}
    return out


def ticks(low: float, high: float, count: int) -> list[float]:
    step = 10 ** math.floor(math.log10((high - low) / count))
    step *= next(m for m in (1, 2, 5, 10) if (high - low) / (m * step) <= count)
    return [i * step for i in range(math.ceil(low / step), math.floor(high / step) + 1)]


def frontier(rows: list[dict]) -> list[dict]:
    """Rows that no other beats in bytes and perplexity both, from the fewest bytes on."""
    out = []
    for row in sorted(rows, key=lambda r: (int(r["bytes"]), float(r["increase"]))):
        if not out or float(row["increase"]) < float(out[-1]["increase"]):
            out.append(row)
    return out


def plot(rows: list[dict], model: str) -> str:
    shown = [r for r in rows if float(r["increase"]) <= MOST_INCREASE]
    most = max(int(r["bytes"]) for r in shown) * 1.03 / 1e6
    least = min(int(r["bytes"]) for r in shown) * 0.9 / 1e6
    floor = 0.1  # percent: what is less is drawn there

    def x(megabytes: float) -> float:
        return LEFT + (megabytes - least) / (most - least) * (WIDTH - LEFT - RIGHT)

    def y(percent: float) -> float:
        share = math.log(max(percent, floor) / floor) / math.log(MOST_INCREASE / floor)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    parts = []
    for percent in (0.1, 0.3, 1, 3, 10, 30, 100):
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(percent):.1f}" y2="{y(percent):.1f}" class="grid"/>'
                     f'<text x="{LEFT - 6}" y="{y(percent) + 4:.1f}" text-anchor="end">{percent:g} %</text>')
    for at in ticks(least, most, 8):
        parts.append(f'<text x="{x(at):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{at:g}</text>')
    edge = " ".join(f"{x(int(r['bytes']) / 1e6):.1f},{y(float(r['increase'])):.1f}" for r in frontier(shown))
    parts.append(f'<polyline points="{edge}" class="edge"/>')
    for name, colour in COLOURS.items():
        mine = sorted((int(r["bytes"]) / 1e6, float(r["increase"]), r) for r in shown if kind(r) == name)
        for megabytes, percent, row in mine:
            parts.append(f'<circle cx="{x(megabytes):.1f}" cy="{y(percent):.1f}" r="4" fill="{colour}">'
                         f"<title>{row['setting']} {row['method']}: {percent:+.2f} %, {row['bytes']} bytes</title></circle>")
    there = {name: colour for name, colour in COLOURS.items() if any(kind(r) == name for r in shown)}
    for i, (name, colour) in enumerate(there.items()):
        top = TOP + 10 + 20 * i
        parts.append(f'<circle cx="{WIDTH - RIGHT + 22}" cy="{top}" r="4" fill="{colour}"/>'
                     f'<text x="{WIDTH - RIGHT + 34}" y="{top + 4}">{name}</text>')
    body = "\n".join(parts)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img">
<title>Rise of the held-out perplexity against bytes of weights a token, {model} on golden; the line: rows that no other beats</title>
<style>text {{ font: 12px sans-serif; fill: #333 }} .grid {{ stroke: #ddd }} .edge {{ fill: none; stroke: #999 }}</style>
<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>
{body}
<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">MB of weights a token</text>
</svg>
"""


def generate() -> dict[str, str]:
    rows = read_rows()
    text = (ROOT / PAGE).read_text()
    for mark, content in tables(rows).items():
        text, count = re.subn(rf"(<!-- compression: {mark} -->\n).*?(<!-- end -->)",
                              lambda m, new=content: m[1] + new + m[2], text, flags=re.DOTALL)
        if count != 1:
            raise SystemExit(f"{PAGE}: {count} places for the table {mark}, expected one")
    files = {PAGE: text}
    for model, name in PLOTS.items():
        if mine := [r for r in rows if r["model"] == model]:
            files[name] = plot(mine, model)
    return files
