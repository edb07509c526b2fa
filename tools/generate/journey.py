"""docs/images/journey.svg: a checkpoint's way to tokens, one box a room. What exists is filled, what comes is dashed."""
import dataclasses

PAGE = "docs/images/journey.svg"
WIDTH, HEIGHT = 960, 404
BOX_W, BOX_H = 148, 62

STYLE = """
  text { font-family: 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif; font-size: 13px; fill: #1f2933; text-anchor: middle; }
  .name { font-weight: bold; font-size: 14px; }
  .small { font-size: 11.5px; fill: #52606d; }
  .paper { fill: #ffffff; }
  .there { fill: #d9eee6; stroke: #1f7a5c; stroke-width: 1.6; }
  .next { fill: none; stroke: #7b8794; stroke-width: 1.4; stroke-dasharray: 5 4; }
  .thing { fill: #f5f0e1; stroke: #a6894a; stroke-width: 1.2; }
  .arrow { stroke: #52606d; stroke-width: 1.5; fill: none; marker-end: url(#head); }
  .later { stroke-dasharray: 5 4; stroke: #7b8794; }
  .join { marker-end: none; }
  .tip { fill: #52606d; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e4e7eb; } .small { fill: #a9b4c0; } .paper { fill: #161b22; }
    .there { fill: #16392d; stroke: #4fb893; } .next { stroke: #8b96a3; } .thing { fill: #37301c; stroke: #c2a561; }
    .arrow { stroke: #a9b4c0; } .later { stroke: #8b96a3; } .tip { fill: #a9b4c0; }
  }
"""


@dataclasses.dataclass(frozen=True)
class Box:
    x: int  # centre
    y: int
    name: str
    lines: tuple[str, ...]
    look: str  # "there", "next" or "thing"

    def draw(self) -> str:
        left, top = self.x - BOX_W // 2, self.y - BOX_H // 2
        radius = 31 if self.look == "thing" else 8
        out = [f'<rect class="{self.look}" x="{left}" y="{top}" width="{BOX_W}" height="{BOX_H}" rx="{radius}"/>']
        first = self.y + 5 - 8 * len(self.lines)
        out.append(f'<text class="name" x="{self.x}" y="{first}">{self.name}</text>')
        out += [f'<text class="small" x="{self.x}" y="{first + 16 * (i + 1)}">{line}</text>'
                for i, line in enumerate(self.lines)]
        return "\n".join(out)


COLUMNS = (98, 290, 482, 674, 866)
TOP, MIDDLE, BOTTOM = 70, 190, 310

BOXES = {
    "checkpoint": Box(COLUMNS[0], TOP, "checkpoint", ("safetensors, GGUF", "+ tokenizer"), "thing"),
    "model": Box(COLUMNS[1], TOP, "model", ("a graph of typed layers", "weights mapped"), "there"),
    "reference": Box(COLUMNS[2], TOP, "fp32 reference", ("threads and SIMD:", "what all is judged by"), "there"),
    "runtime": Box(COLUMNS[3], TOP, "runtime", ("sessions, KV cache,", "sampling"), "there"),
    "text": Box(COLUMNS[4], TOP, "text", ("tokens, one by one",), "thing"),
    "compress": Box(COLUMNS[1], MIDDLE, "compress", ("2 to 8 bits, N of 16,", "the error each costs"), "next"),
    "compiler": Box(COLUMNS[1], BOTTOM, "compiler", ("one program for", "every length"), "there"),
    "golden": Box(COLUMNS[3], MIDDLE - 18, "golden", ("values, bit for bit",), "there"),
    "cyclesim": Box(COLUMNS[3], MIDDLE + 60, "cyclesim", ("cycles, traffic, energy",), "next"),
    "rtl": Box(COLUMNS[3], BOTTOM + 28, "rtl", ("the machine, verilated", "or on a board"), "next"),
}

# (path, exists today)
ARROWS = (
    (f"M{COLUMNS[0] + 74} {TOP} H{COLUMNS[1] - 80}", True),
    (f"M{COLUMNS[1] + 74} {TOP} H{COLUMNS[2] - 80}", True),
    (f"M{COLUMNS[2] + 74} {TOP} H{COLUMNS[3] - 80}", True),
    (f"M{COLUMNS[3] + 74} {TOP} H{COLUMNS[4] - 80}", True),
    (f"M{COLUMNS[1]} {TOP + 31} V{MIDDLE - 37}", False),
    (f"M{COLUMNS[1]} {MIDDLE + 31} V{BOTTOM - 37}", False),
    (f"M{COLUMNS[1] - 50} {TOP + 31} V{MIDDLE - 56} H{COLUMNS[1] - 100} V{BOTTOM} H{COLUMNS[1] - 80}", True),
    (f"M{COLUMNS[1] + 74} {BOTTOM} H{COLUMNS[2]} V{MIDDLE - 18} H{COLUMNS[3] - 80}", True),
    (f"M{COLUMNS[2]} {MIDDLE + 60} H{COLUMNS[3] - 80}", False),
    (f"M{COLUMNS[2]} {BOTTOM} V{BOTTOM + 28} H{COLUMNS[3] - 80}", False),
    (f"M{COLUMNS[3] + 74} {MIDDLE - 18} H{COLUMNS[4] - 52} V{TOP + 37}", True),
)
JOINS = (f"M{COLUMNS[3] + 74} {MIDDLE + 60} H{COLUMNS[4] - 52} V{MIDDLE - 18}",
         f"M{COLUMNS[3] + 74} {BOTTOM + 28} H{COLUMNS[4] - 52} V{MIDDLE - 18}")

NOTES = ((424, BOTTOM - 24, "one encoded"), (424, BOTTOM - 8, "program"),
         (COLUMNS[4] + 4, MIDDLE + 16, "the same tokens,"), (COLUMNS[4] + 4, MIDDLE + 32, "to the bit"))


def generate() -> dict[str, str]:
    arrows = "\n".join(f'<path class="arrow{"" if there else " later"}" d="{path}"/>' for path, there in ARROWS)
    arrows += "".join(f'\n<path class="arrow later join" d="{path}"/>' for path in JOINS)
    notes = "\n".join(f'<text class="small" x="{x}" y="{y}">{text}</text>' for x, y, text in NOTES)
    boxes = "\n".join(box.draw() for box in BOXES.values())
    alt = "A checkpoint becomes a model, then a program, and comes out as text."
    return {PAGE: f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img">
<title>{alt}</title>
<style>{STYLE}</style>
<defs><marker id="head" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="tip" d="M0 0 L8 4 L0 8 z"/></marker></defs>
<rect class="paper" width="{WIDTH}" height="{HEIGHT}" rx="6"/>
<text class="small" x="{WIDTH // 2}" y="24">filled: works today; dashed: next</text>
{arrows}
{notes}
{boxes}
</svg>
"""}
