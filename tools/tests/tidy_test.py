import pathlib
import tempfile
import unittest
from unittest import mock

from tools.checks import tidy

SOURCE = pathlib.Path("src/room/a.cpp")


class Key(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "src/room").mkdir(parents=True)
        for name, text in ((SOURCE, '#include "room/a.h"\n#include <vector>\n'), ("src/room/a.h", '#include "b.h"\n'),
                           ("src/room/b.h", "int b();\n"), ("src/room/c.h", "int c();\n"), (".clang-tidy", "Checks: all\n")):
            (self.root / name).write_text(text)
        for name, value in (("ROOT", self.root), ("version", lambda: "22"), ("flags", lambda: {SOURCE: f"clang++ -I {self.root}/src"})):
            patch = mock.patch.object(tidy, name, value)
            patch.start()
            self.addCleanup(patch.stop)

    def key(self, *spared: str) -> str:
        tidy.included.cache_clear()
        return tidy.key_of(SOURCE, list(spared))

    def changed_by(self, name) -> bool:
        before = self.key()
        with (self.root / name).open("a") as file:
            file.write("// more\n")
        return self.key() != before

    def test_what_is_included_counts_however_far_away(self):
        for name in (SOURCE, "src/room/a.h", "src/room/b.h", ".clang-tidy"):
            self.assertTrue(self.changed_by(name), name)

    def test_what_is_not_included_does_not(self):
        self.assertFalse(self.changed_by("src/room/c.h"))

    def test_checks_that_are_spared_count(self):
        self.assertNotEqual(self.key(), self.key("--checks=-a"))


if __name__ == "__main__":
    unittest.main()
