"""The package of the build folder; with GODWIT_INSTALLED set, the one that Python finds by itself."""
import os
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
if not os.environ.get("GODWIT_INSTALLED"):
    sys.path.insert(0, str(ROOT / "build/release/python"))

import godwit  # noqa: E402


@pytest.fixture(scope="session")
def model():
    return godwit.load("embedded")


@pytest.fixture(scope="session")
def program(model):
    return model.compile(card="nano", context=256)


@pytest.fixture(scope="session")
def cli():
    """The program as a function: its words to what it prints."""
    import json
    import subprocess

    def ask(*words):
        done = subprocess.run([ROOT / "build/release/bin/godwit", *map(str, words), "--json", "--quiet"],
                              stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=300)
        return json.loads(done.stdout)
    return ask
