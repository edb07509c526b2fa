"""The tables of docs/board_and_toolchain.md: boards, their FPGAs and what the machine takes of them, from configs and `godwit synth`."""
import json
import re
import subprocess
import tomllib

from tools.files import ROOT

PAGE = "docs/board_and_toolchain.md"
PROGRAM = ROOT / "build/release/bin/godwit"
BOARDS = ("ulx3s", "kv260", "zcu104", "u50", "u55c", "u280", "vhk158")


def config(kind: str, name: str) -> dict:
    return tomllib.loads((ROOT / f"configs/{kind}/{name}.toml").read_text())


def channel_rate(memory: dict) -> float:
    """Peak GB/s of one channel: the bytes of a request in the time that its burst holds the data bus."""
    return memory["request_bytes"] / (memory["timing"]["burst"] * memory["clock_ns"])


def synth(card: str) -> dict:
    done = subprocess.run([PROGRAM, "synth", "--card", card, "--json", "--quiet"], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"godwit synth --card {card} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def line(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |\n"


def memories() -> str:
    out = line("board", "memory", "channels used", "peak, GB/s", "slices", "clock, MHz") + "| --- | --- | ---: | ---: | ---: | ---: |\n"
    for name in BOARDS:
        card, board = config("cards", name), config("boards", name)
        channels = board["memory"]["channels"]
        rate = channels * channel_rate(config("memories", card["memory"]))
        clock = f"{card['frequency_mhz']}{', assumed' if card['frequency_assumed'] else ''}"
        out += line(name, f"`{card['memory']}`", channels, f"{rate:.2f}" if rate < 1 else f"{rate:.1f}", card["slices"], clock)
    return out


def parts() -> str:
    out = line("board", "FPGA", "LUT", "DSP", "BRAM36", "URAM", "of its LUT", "of its DSP", "of its URAM", "how", "source of the part's sizes")
    out += "| --- | --- |" + " ---: |" * 7 + " --- | --- |\n"
    for name in BOARDS:
        part, used = config("parts", config("boards", name)["part"]), synth(name)
        sizes = (f"{part[key]:,}" for key in ("lut", "dsp", "bram36", "uram"))
        shares = (f"{100 * used['share'][key]:.0f} %" if part[key] else "-" for key in ("lut", "dsp", "uram"))
        how = used["kind"] + ("" if used["fits"] else "; does not fit")
        out += line(name, used["part"], *sizes, *shares, how, part["source"])
    return out


def generate() -> dict[str, str]:
    text = (ROOT / PAGE).read_text()
    for name, table in (("memories", memories()), ("parts", parts())):
        text, count = re.subn(rf"(<!-- boards: {name} -->\n).*?(<!-- end -->)", lambda m, new=table: m[1] + new + m[2], text, flags=re.DOTALL)
        if count != 1:
            raise SystemExit(f"{PAGE}: {count} places for the table {name}, expected one")
    return {PAGE: text}
