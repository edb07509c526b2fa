#!/usr/bin/env python3
"""cmake --install and the Debian package: what is put where, and that it runs from there without the source tree."""
import gzip
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from cli_case import PROGRAM, ROOT, CliTest, godwit  # noqa: E402

BUILD = Path(PROGRAM).parents[1]
CPACK = shutil.which("cpack")
PACKAGERS = ("dpkg-deb", "dpkg-shlibdeps", "dpkg-parsechangelog", "file")
SHARED = "share/godwit"


def run(*words, **options):
    """The standard output of a command that must succeed."""
    done = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False, timeout=600, **options)
    if done.returncode:
        raise AssertionError(f"{words}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Installed:
    """Tests of a prefix; those who inherit set it."""
    prefix: Path

    def setUp(self):
        self.outside = tempfile.TemporaryDirectory(prefix="godwit-elsewhere-")
        self.addCleanup(self.outside.cleanup)

    def installed(self, *words, **options):
        """The installed program, far from the source tree and without the variables that could lead there."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("GODWIT")}
        return subprocess.run([self.prefix / "bin/godwit", *map(str, words)], cwd=self.outside.name, env=env,
                              stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=120, **options)

    def good_there(self, *words):
        done = self.installed(*words)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return done.stdout

    def test_it_says_what_the_built_one_says(self):
        words = ("run", "embedded", "-p", "And it came to pass", "-n", "12", "--temp", "0", "--quiet")
        self.assertEqual(self.good_there(*words), godwit(*words).stdout)

    def test_boards_parts_memories_and_costs_are_there(self):
        words = ("simulate", "embedded", "--card", "u280", "--prompt", "4", "--generate", "2", "--quiet")
        def steady(table):
            return [line for line in table.decode().splitlines() if not line.startswith("simulated in")]
        table = steady(self.good_there(*words))
        self.assertEqual(table, steady(godwit(*words).stdout))
        self.assertIn("power", "\n".join(table))

    def test_its_files_are_those_that_count(self):
        card = self.prefix / SHARED / "configs/cards/mine.toml"
        card.write_text((card.parent / "nano.toml").read_text())
        self.addCleanup(card.unlink)
        self.assertIn(b"\nmine ", self.good_there("cards"))

    def test_nothing_else_takes_their_place(self):
        data = self.prefix / SHARED
        away = data.with_name("away")
        data.rename(away)
        self.addCleanup(away.rename, data)
        for words in (("inspect", "embedded"), ("simulate", "shape:distilgpt2", "--card", "u280")):
            done = self.installed(*words)
            self.assertEqual(done.returncode, 2, done.stderr.decode())
            self.assertIn(str(self.prefix), done.stderr.decode())

    def test_documents_are_there(self):
        documents = self.prefix / "share/doc/godwit"
        for name in ("README.md", "CHANGELOG.md", "docs/README.md", "docs/images/journey.svg"):
            self.assertEqual((documents / name).read_bytes(), (ROOT / name).read_bytes())

    def test_man_page_and_completion_are_what_the_program_prints(self):
        page, = (self.prefix / "share/man/man1").iterdir()
        text = gzip.decompress(page.read_bytes()) if page.suffix == ".gz" else page.read_bytes()
        self.assertEqual(text, godwit("man").stdout)
        bash = self.prefix / "share/bash-completion/completions/godwit"
        self.assertEqual(bash.read_bytes(), godwit("completion", "bash").stdout)
        (zsh,) = (self.prefix / "share/zsh").rglob("_godwit")
        self.assertEqual(zsh.read_bytes(), godwit("completion", "zsh").stdout)

    def test_anybody_may_read_and_only_the_owner_write(self):
        for path in self.prefix.rglob("*"):
            self.assertEqual(path.stat().st_mode & 0o022, 0, path)
            self.assertEqual(path.stat().st_mode & 0o444, 0o444, path)


@unittest.skipUnless((BUILD / "cmake_install.cmake").exists(), "$GODWIT is in no build folder")
class Prefix(Installed, CliTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.prefix = Path(cls.folder.name) / "first"
        run("cmake", "--install", BUILD, "--prefix", cls.prefix)

    def test_only_the_usual_folders(self):
        self.assertEqual(sorted(path.name for path in self.prefix.iterdir()), ["bin", "share"])
        self.assertEqual([path.name for path in (self.prefix / "bin").iterdir()], ["godwit"])

    def test_the_licence_is_there(self):
        self.assertEqual((self.prefix / "share/doc/godwit/LICENSE").read_bytes(), (ROOT / "LICENSE").read_bytes())

    def test_a_prefix_can_be_moved(self):
        moved = self.prefix.with_name("second")
        self.prefix.rename(moved)
        self.addCleanup(moved.rename, self.prefix)
        done = subprocess.run([moved / "bin/godwit", "inspect", "embedded"], cwd="/", capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)


@unittest.skipUnless(CPACK and all(map(shutil.which, PACKAGERS)) and (BUILD / "CPackConfig.cmake").exists(),
                     f"cpack and {', '.join(PACKAGERS)} are not all there")
class Package(Installed, CliTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = Path(cls.folder.name)
        run(CPACK, "-G", "DEB", "--config", BUILD / "CPackConfig.cmake", "-B", folder)
        (cls.package,) = folder.glob("*.deb")
        run("dpkg-deb", "-x", cls.package, folder / "unpacked")
        cls.prefix = folder / "unpacked/usr"

    def field(self, name):
        return run("dpkg-deb", "-f", self.package, name).rstrip("\n")

    def test_its_fields(self):
        version = re.search(r"^## ([0-9.]+),", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)[1]
        architecture = run("dpkg", "--print-architecture").strip()
        self.assertEqual(self.package.name, f"godwit_{version}_{architecture}.deb")
        self.assertEqual((self.field("Package"), self.field("Version"), self.field("Architecture")),
                         ("godwit", version, architecture))
        self.assertRegex(self.field("Maintainer"), r"^[\w ]+ <\S+@\S+>$")
        self.assertTrue(self.field("Section"))
        self.assertEqual(self.field("Priority"), "optional")
        self.assertGreater(int(self.field("Installed-Size")), 10_000)

    def test_its_description_is_one_that_dpkg_shows_well(self):
        synopsis, *rest = self.field("Description").splitlines()
        self.assertLess(len(synopsis), 80)
        self.assertNotRegex(synopsis, r"^(an?|the) |\.$")
        self.assertGreater(len(rest), 3)
        for line in rest:
            self.assertRegex(line, r"^ \S")
            self.assertLessEqual(len(line), 80)

    def test_it_depends_on_the_libraries_that_the_program_loads(self):
        depends = self.field("Depends")
        libraries = re.findall(r"^\s*lib\S+ => (\S+)", run("ldd", self.prefix / "bin/godwit"), re.MULTILINE)
        self.assertGreater(len(libraries), 4)
        for library in map(Path, libraries):  # in /lib or, as dpkg knows it, in /usr/lib
            package = run("dpkg", "-S", f"*/{library.parent.name}/{library.name}").split(":")[0]
            self.assertRegex(depends, rf"(^|, ){re.escape(package)}(,| |$)", library)

    def test_everything_belongs_to_root_and_lies_in_usr(self):
        for line in run("dpkg-deb", "-c", self.package).splitlines():
            self.assertRegex(line, r"^[-d][rwx-]{9} root/root ")
            self.assertRegex(line.split()[5], r"^\./(usr/.*)?$")

    def test_the_program_is_stripped(self):
        self.assertIn(", stripped", run("file", self.prefix / "bin/godwit"))

    def test_its_man_page_is_compressed_and_zsh_finds_its_function(self):
        self.assertTrue((self.prefix / "share/man/man1/godwit.1.gz").exists())
        self.assertTrue((self.prefix / "share/zsh/vendor-completions/_godwit").exists())

    def test_copyright_and_changelog_are_debians(self):
        documents = self.prefix / "share/doc/godwit"
        self.assertFalse((documents / "LICENSE").exists())
        self.assertIn("common-licenses/Apache-2.0", (documents / "copyright").read_text())
        changelog = Path(self.folder.name) / "changelog"
        changelog.write_bytes(gzip.decompress((documents / "changelog.gz").read_bytes()))
        said = run("dpkg-parsechangelog", "-l", changelog)
        self.assertIn(f"Version: {self.field('Version')}\n", said)
        self.assertNotIn("warning", said)

    def test_what_it_says_of_its_files_is_true(self):
        run("dpkg-deb", "-e", self.package, Path(self.folder.name) / "control")
        run("md5sum", "-c", "--quiet", Path(self.folder.name) / "control/md5sums", cwd=self.prefix.parent)


if __name__ == "__main__":
    unittest.main()
