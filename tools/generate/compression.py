"""docs/compression.md's tables and its plots in docs/images, from docs/data/compression.csv (bench/compression.py)."""
import csv
import math
import re

from tools.files import ROOT

DATA = "docs/data/compression.csv"
TRAINED = "docs/data/pattern_training.csv"
PAGE = "docs/compression.md"
PLOTS = {"embedded": "docs/images/compression.svg", "smollm2-135m": "docs/images/compression-smollm2.svg"}
WIDTH, HEIGHT = 760, 430
LEFT, RIGHT, TOP, BOTTOM = 64, 170, 20, 48
COLOURS = {"dense": "#1f6f8b", "dense, rounded": "#9bbfca", "sparse": "#c8553d", "sparse, rounded": "#e6b8ad", "trained on": "#e0a100",
           "rotated": "#6a3d9a", "rotated, rounded": "#cab2d6", "searched": "#2e7d32"}
BUDGETS = (1, 3, 10)
MOST_INCREASE = 100  # percent that the plot shows
USUAL_GROUP = 64
STEP_BITS = 9  # of the format; its offset has two more
SCHEME = re.compile(r"w(?P<bits>[\d.]+)(?:g(?P<group>\d+))?(?:s(?P<step>\d))?(?:-(?P<pattern>.+))?$")
METHODS = {"rtn": "rounding", "gptq": "calibrated", "trained, gptq": "trained on"}
# What stands beside the GPU's 2:4 at the same bytes, by density.
RIVALS = {"0.5": ("4:2", "8:4", "n8", "d0.5", "u0.5"), "0.25": ("n4", "d0.25", "u0.25"), "0.75": ("d0.75", "u0.75")}


def read_rows(name: str = DATA) -> list[dict]:
    with (ROOT / name).open(newline="") as file:
        return list(csv.DictReader(file))


def scheme(row: dict) -> str:
    return row["setting"].removeprefix("--scheme ").split(" ")[0]


def form(row: dict) -> dict[str, str | None]:
    """Bits, group, step and pattern as the scheme says them."""
    return SCHEME.match(scheme(row)).groupdict()


def options(row: dict) -> str:
    return row["setting"].removeprefix("--scheme ").partition(" ")[2]


def is_plain(row: dict) -> bool:
    return row["setting"].startswith("--scheme")


def kind(row: dict) -> str:
    if not is_plain(row):
        return "searched"
    if row["method"].startswith("trained"):
        return "trained on"
    name = "rotated" if "--rotate" in options(row) else "sparse" if form(row)["pattern"] else "dense"
    return f"{name}, rounded" if row["method"] == "rtn" else name


def line(*cells) -> str:
    return "| " + " | ".join(map(str, cells)) + " |\n"


def table(head: tuple[str, ...], lines: list[str]) -> str:
    return line(*head) + line(*("---" for _ in head)) + "".join(lines)


def cost(row: dict | None) -> list[str]:
    return [f"{float(row['increase']):+.2f} %", row["kl"]] if row else ["-", "-"]


def by_bytes(rows: list[dict]) -> list[str]:
    """The schemes, that of the most bytes first."""
    return list(dict.fromkeys(scheme(r) for r in sorted(rows, key=lambda r: -int(r["bytes"]))))


def pairs(rows: list[dict]) -> str:
    """A scheme a line: what each method costs, where any of the rows has it."""
    methods = [m for m in METHODS if any(r["method"] == m for r in rows)]
    out = []
    for name in by_bytes(rows):
        of = {r["method"]: r for r in rows if scheme(r) == name}
        first = of.get("gptq") or next(iter(of.values()))
        cells = [f"`{name}`", first["mean_bits"], first["density"], f"{int(first['bytes']):,}"]
        out.append(line(*cells, *(cell for m in methods for cell in cost(of.get(m)))))
    heads = [cell for m in methods for cell in (METHODS[m], "KL")]
    return table(("scheme", "bits", "density", "bytes a token", *heads), out)


def groups(rows: list[dict]) -> str:
    """Group sizes of one number of bits together, with the bytes beside those of the usual group."""
    usual = {form(r)["bits"]: int(r["bytes"]) for r in rows if not form(r)["group"]}
    out = []
    for name in sorted(by_bytes(rows), key=lambda n: -float(SCHEME.match(n)["bits"])):
        of = {r["method"]: r for r in rows if scheme(r) == name}
        first = of.get("gptq") or of["rtn"]
        bits, size = form(first)["bits"], form(first)["group"] or USUAL_GROUP
        more = 100 * (int(first["bytes"]) / usual[bits] - 1)
        out.append(line(f"`{name}`", size, f"{int(first['bytes']):,}", f"{more:+.1f} %", *cost(of.get("rtn")), *cost(of.get("gptq"))))
    return table(("scheme", "group", "bytes a token", "beside 64", "rounding", "KL", "calibrated", "KL"), out)


def bits_of_groups(rows: list[dict]) -> float:
    """Bytes that one bit a group takes, in groups of the usual size: those of half the size have twice as many groups."""
    size = {form(r)["group"] or USUAL_GROUP: int(r["bytes"]) for r in rows if form(r)["bits"] == "4"}
    return (size["32"] - size[USUAL_GROUP]) / (2 * STEP_BITS + 2)


def steps(rows: list[dict], a_bit: float) -> str:
    out = []
    for row in sorted(rows, key=lambda r: (-float(form(r)["bits"]), -int(form(r)["step"] or STEP_BITS))):
        bits = int(form(row)["step"] or STEP_BITS)
        saved = 2 * (STEP_BITS - bits) * a_bit
        out.append(line(f"`{scheme(row)}`", bits, bits + 2, f"{int(row['bytes']) - saved:,.0f}", f"{100 * saved / int(row['bytes']):.1f} %",
                        *cost(row)))
    return table(("scheme", "bits of a step", "of an offset", "bytes a token, if stored so", "saved", "calibrated", "KL"), out)


def in_sequence(rows: list[dict]) -> str:
    out = []
    done = {r["setting"]: r for r in rows}
    for name, row in done.items():
        other = done.get(name.replace(" --sequential", ""))
        if "--sequential" in name and other:
            out.append(line(f"`{name.removeprefix('--scheme ').replace(' --sequential', '')}`", *cost(other), *cost(row)))
    return table(("scheme", "all at once", "KL", "in sequence", "KL"), out)


def rivals(rows: list[dict]) -> str:
    """KL of patterns that keep as many weights, and of the best dense codes that take no more bytes than 4:2 does."""
    out = []
    dense = [r for r in rows if not form(r)["pattern"] and not form(r)["step"] and r["method"] == "gptq"]
    for density, names in RIVALS.items():
        sparse = [r for r in rows if form(r)["pattern"] in names]
        for bits, form_of, method in sorted({(form(r)["bits"], options(r), r["method"]) for r in sparse}, reverse=True):
            of = {form(r)["pattern"]: r for r in sparse if (form(r)["bits"], options(r), r["method"]) == (bits, form_of, method)}
            first = next((of[name] for name in names if name in of and not name.startswith("u")), None)
            if not first or len(of) < 2:
                continue
            cheaper = min((r for r in dense if int(r["bytes"]) <= int(first["bytes"]) and options(r) == form_of),
                          key=lambda r: float(r["kl"]), default=None)
            kl = [of[name]["kl"] if name in of else "-" for name in ("4:2", "8:4")]
            kl += [next((of[n]["kl"] for n in names if n in of and n[0] == letter), "-") for letter in "ndu"]
            out.append(line(f"w{bits}{' ' + form_of if form_of else ''}", METHODS[method], density, f"{int(first['bytes']):,}", *kl,
                            f"{cheaper['kl']} (`{scheme(cheaper)}`)" if cheaper else "-"))
    return table(("bits", "", "density", "bytes a token", "4:2 (GPU's 2:4)", "8:4", "16:N everywhere", "N by chunk", "anywhere",
                  "dense in no more bytes"), out)


def trained(rows: list[dict]) -> dict[str, str]:
    """By mark: trained on at length, beside the dense model trained on in the same way; and a little with the model's own text."""
    long = [r for r in rows if not r["one_shot_perplexity"]]
    own = sorted((r for r in rows if r["one_shot_perplexity"]), key=lambda r: -float(r["density"]))
    return {"trained": trained_long(long), "trained own": trained_briefly(own)}


def trained_briefly(rows: list[dict]) -> str:
    return table(("pattern", "density", "one-shot", "trained on"),
                 [line(f"`{r['pattern']}`", r["density"], f"{float(r['one_shot_perplexity']):.2f}", f"{float(r['held_out_perplexity']):.2f}")
                  for r in rows])


def trained_long(rows: list[dict]) -> str:
    dense = float(next(r for r in rows if r["pattern"] == "dense")["held_out_perplexity"])
    return table(("pattern", "density", "perplexity", "beside dense"),
                 [line(f"`{r['pattern']}`", r["density"], f"{float(r['held_out_perplexity']):.2f}",
                       f"{100 * (float(r['held_out_perplexity']) / dense - 1):+.1f} %") for r in rows])


def searched(rows: list[dict]) -> str:
    return table(("asked for", "bits", "density", "bytes a token", "perplexity", "KL"),
                 [line(f"`{r['setting']}`", r["mean_bits"], r["density"], f"{int(r['bytes']):,}",
                       f"{float(r['increase']):+.2f} %", r["kl"]) for r in rows])


def speed(row: dict, card: str) -> str:
    measured = row[f"{card}_tokens_per_second"]
    return f"{float(measured):,.0f}" if measured else "-"


def harm(row: dict) -> float:
    """Percent: the larger of the perplexity's rise and of what the divergence stands for, as the search has it: on few
    tokens the perplexity alone may flatter."""
    return max(float(row["increase"]), 100 * math.expm1(float(row["kl"])))


def best(rows: list[dict]) -> str:
    out = []
    for budget in BUDGETS:
        within = [r for r in rows if harm(r) <= budget]
        if within:
            row = min(within, key=lambda r: int(r["bytes"]))
            out.append(line(f"{budget} %", f"`{row['setting']} --method {row['method']}`", f"{int(row['bytes']):,}",
                            *cost(row), *(speed(row, card) for card in ("u280", "kv260"))))
    return table(("within", "fewest bytes of all rows", "bytes a token", "perplexity", "KL", "tokens/s, u280", "kv260"), out)


def tables(rows: list[dict]) -> dict[str, str]:
    """By mark: of the embedded model without a prefix, of the other one with its name."""
    out = {}
    for model, prefix in (("embedded", ""), ("smollm2-135m", "smollm2 ")):
        mine = [r for r in rows if r["model"] == model]
        plain = [r for r in mine if is_plain(r)]

        def some(wanted: str, plain=plain, **having) -> list[dict]:
            """Rows with these options, whose scheme has or has not a group, a step, a pattern."""
            return [r for r in plain if options(r) == wanted and all(bool(form(r)[part]) == is_there for part, is_there in having.items())]

        usual = {"group": False, "step": False}
        with_groups = [r for r in some("", pattern=False, step=False) if r["method"] in ("rtn", "gptq")]
        divided = {form(r)["bits"] for r in with_groups if form(r)["group"]}
        stepped = {form(r)["bits"] for r in some("", step=True)}
        parts = {
            "dense": (some("", pattern=False, **usual), pairs),
            "rotated": (some("--rotate", pattern=False, **usual), pairs),
            "sparse": (some("", pattern=True, **usual), pairs),
            "rotated sparse": (some("--rotate", pattern=True, **usual), pairs),
            "groups": ([r for r in with_groups if form(r)["bits"] in divided] if divided else [], groups),
            "steps": ([r for r in some("", pattern=False, group=False) if form(r)["bits"] in stepped and r["method"] == "gptq"] if stepped else [],
                      lambda of, all_rows=with_groups: steps(of, bits_of_groups([r for r in all_rows if r["method"] == "gptq"]))),
            "sequence": (plain if any("--sequential" in r["setting"] for r in plain) else [],
                         lambda of: in_sequence([r for r in of if r["method"] == "gptq"])),
            "rivals": (plain if any(form(r)["pattern"] for r in plain) else [], rivals),
            "searched": ([r for r in mine if kind(r) == "searched"], searched),
            "best": (mine, best),
        }
        out |= {prefix + mark: write(found) for mark, (found, write) in parts.items() if found}
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
    for mark, content in (tables(rows) | trained(read_rows(TRAINED))).items():
        text, count = re.subn(rf"(<!-- compression: {mark} -->\n).*?(<!-- end -->)",
                              lambda m, new=content: m[1] + new + m[2], text, flags=re.DOTALL)
        if count != 1:
            raise SystemExit(f"{PAGE}: {count} places for the table {mark}, expected one")
    files = {PAGE: text}
    for model, name in PLOTS.items():
        if mine := [r for r in rows if r["model"] == model]:
            files[name] = plot(mine, model)
    return files
