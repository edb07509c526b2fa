"""Modules as Yosys writes them (RTLIL, a text), each kept once: the front end gives every instance a module of its own, and
mapping the same chain 256 times would take 256 times as long."""
import re

# Names that the front end made up, with a number that differs from instance to instance.
MADE_UP = re.compile(r"(?<!\S)\$\S*\$\d+\S*")
SOURCE = re.compile(r"^ *attribute \\(src|hdlname) .*\n", re.MULTILINE)
CELL = re.compile(r"^(  cell )(\\\S+)( .*)$", re.MULTILINE)
PARAMETER = re.compile(r"^    parameter (?:signed )?\\(\S+) (?:\d+'([01]+)|(\d+))$")


def modules_of(text: str) -> dict[str, tuple[str, str]]:
    """From a module's name (with its backslash) to the attributes before it and its lines, without `module` and `end`."""
    found = re.finditer(r"^((?:attribute .*\n)*)module (\S+)\n((?:.*\n)*?)end\n", text, re.MULTILINE)
    return {one[2]: (one[1], one[3]) for one in found}


def plain(name: str) -> str:
    """The module's name in rtl/, without the path, the parameters or the number that stand behind it."""
    return re.match(r"\\?(\w+)", name)[1]


def normal(body: str) -> str:
    """The same text for the same module: made-up names numbered in the order in which they come, no places in sources."""
    numbers: dict[str, str] = {}
    return MADE_UP.sub(lambda name: numbers.setdefault(name[0], f"$n{len(numbers)}"), SOURCE.sub("", body))


def black_boxes(body: str) -> list[tuple[str, str, dict[str, int]]]:
    """Cells with parameters of modules of ours: the cell's whole text, its module, the parameters' values."""
    out = []
    for cell in re.finditer(r"^  cell (\\\S+) \S+\n((?:    parameter .*\n)*)", body, re.MULTILINE):
        if cell[2]:
            values = {match[1]: int(match[2], 2) if match[2] else int(match[3])
                      for line in cell[2].splitlines() if (match := PARAMETER.match(line))}
            out.append((cell[0], cell[1], values))
    return out


def unique(text: str, top: str, outside: dict[str, str]) -> str:
    """The modules of `text` below `top`, each once and named as in rtl/, a number behind the name where one has several forms. Black boxes
    are the part's cells, which Yosys knows.
    `outside`: by its whole text (black_boxes), the name that a black box's cell and its module get instead."""
    modules = modules_of(text)
    names: dict[str, str] = {}  # by normal text
    texts: dict[str, str] = {}  # by the new name
    done: dict[str, str] = {}  # by the old name
    for cell, name in outside.items():
        attributes, body = modules[CELL.search(cell)[2]]
        texts[name] = f"attribute \\blackbox 1\nmodule {name}\n{SOURCE.sub('', body)}end\n"

    def kept(old: str) -> str:
        if old not in done:
            attributes, body = modules[old]
            if "attribute \\blackbox 1" in attributes:
                return old
            for cell, name in outside.items():
                head = CELL.search(cell)
                body = body.replace(cell, f"{head[1]}{name}{head[3]}\n")
            body = normal(CELL.sub(lambda line: line[1] + (kept(line[2]) if line[2] in modules else line[2]) + line[3], body))
            if body not in names:
                forms = sum(plain(other) == plain(old) for other in names.values())
                names[body] = f"\\{plain(old)}${forms}" if forms else f"\\{plain(old)}"
                texts[names[body]] = f"module {names[body]}\n{body}end\n"
            done[old] = names[body]
        return done[old]

    kept(top)
    return "".join(texts.values())
