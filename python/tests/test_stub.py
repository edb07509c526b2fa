"""python/godwit/_core.pyi says what the module has: names, parameters, which are by name alone, defaults; and all is documented."""
import ast
import inspect
import pathlib
import re

import godwit
from godwit import _core

STUB = ast.parse((pathlib.Path(godwit.__file__).parent / "_core.pyi").read_text())


def stub_classes():
    return {node.name: node for node in STUB.body if isinstance(node, ast.ClassDef)}


def public(thing):
    return {name for name in vars(thing) if not name.startswith("_")}


def members(node):
    return {child.name: child for child in node.body if isinstance(child, ast.FunctionDef)}


def stubbed(node):
    """[(name, by name alone, default or None)] of a function of the stub, without self."""
    plain = node.args.posonlyargs + node.args.args
    defaults = [None] * (len(plain) - len(node.args.defaults)) + node.args.defaults
    rows = [(a.arg, False, d) for a, d in zip(plain, defaults) if a.arg != "self"]
    rows += [(a.arg, True, d) for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults)]
    return [(name, alone, d and ast.literal_eval(d)) for name, alone, d in rows]


def bound(function):
    """The same as the first line of the docstring has it, which pybind11 writes."""
    line = function.__doc__.splitlines()[0]
    inside = re.match(r"\w+\((.*)\) -> ", line)[1]
    signature = ast.parse(f"def f({inside}): ...").body[0]
    return stubbed(signature)


def test_the_same_names():
    functions = {node.name for node in STUB.body if isinstance(node, ast.FunctionDef)}
    assert functions | set(stub_classes()) == public(_core)
    for name, node in stub_classes().items():
        assert set(members(node)) - {"__buffer__"} == public(getattr(_core, name)), name
    assert set(godwit.__all__) == public(_core) | {"Error", "__version__"}


def test_the_same_parameters():
    count = 0
    pairs = [(node, getattr(_core, node.name)) for node in STUB.body if isinstance(node, ast.FunctionDef)]
    for name, node in stub_classes().items():
        for member, function in members(node).items():
            is_property = any(isinstance(d, ast.Name) and d.id == "property" for d in function.decorator_list)
            if member == "__buffer__":
                continue
            there = inspect.getattr_static(getattr(_core, name), member)
            assert is_property == isinstance(there, property), (name, member)
            if not is_property:
                pairs.append((function, getattr(getattr(_core, name), member)))
    for node, function in pairs:
        assert stubbed(node) == bound(function), node.name
        count += 1
    assert count > 15


def test_everything_is_documented():
    for name in public(_core):
        thing = getattr(_core, name)
        assert thing.__doc__
        for member in public(thing) if inspect.isclass(thing) else ():
            text = inspect.getattr_static(thing, member).__doc__
            assert re.search(r"[A-Za-z'0-9].*\.$", text.strip()), (name, member)


def test_the_package_is_typed_and_has_the_programs_version():
    assert (pathlib.Path(godwit.__file__).parent / "py.typed").exists()
    assert re.fullmatch(r"\d+\.\d+\.\d+", godwit.__version__)
    assert "nano" in godwit.cards() and godwit.cards() == sorted(godwit.cards())
