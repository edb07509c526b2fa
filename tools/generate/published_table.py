"""The table of docs/related.md: the published systems of configs/published.toml."""
import re
import tomllib

from tools.files import ROOT

PAGE = "docs/related.md"
HEADS = ("system", "model", "weights", "card", "tokens/s", "tokens/J", "remark", "source")


def with_link(source: str) -> str:
    return re.sub(r"https://[^ ,]+", lambda m: f"[{m[0].removeprefix('https://')}]({m[0]})", source)


def row(system: dict) -> str:
    cells = (system["name"], system["model"], system.get("precision", ""), system["place"],
             f"{system['tokens_per_second']:g}", f"{system['tokens_per_joule']:g}" if "tokens_per_joule" in system else "",
             system.get("remark", ""), with_link(system["source"]))
    return "| " + " | ".join(cells) + " |\n"


def table() -> str:
    published = tomllib.loads((ROOT / "configs/published.toml").read_text())
    head = "| " + " | ".join(HEADS) + " |\n" + "| --- " * 4 + "| ---: | ---: | --- | --- |\n"
    return head + "".join(row(published[name]) for name in published["systems"])


def generate() -> dict[str, str]:
    text, count = re.subn(r"(<!-- published -->\n).*?(<!-- end -->)", lambda m: m[1] + table() + m[2],
                          (ROOT / PAGE).read_text(), flags=re.DOTALL)
    if count != 1:
        raise SystemExit(f"{PAGE}: {count} places for the published systems, expected one")
    return {PAGE: text}
