"""Run the unittest files of a folder: python -m tools.verify.unittests FOLDER [PATTERN]"""
import pathlib
import sys
import unittest

from tools.files import ROOT
from tools.tally import Tally


def main() -> None:
    folder, pattern = sys.argv[1], (sys.argv[2:] or ["*test*.py"])[0]
    sys.path.insert(0, str(ROOT))
    suite = unittest.TestLoader().discover(str(pathlib.Path(folder).resolve()), pattern=pattern)
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=1, durations=3).run(suite) \
        if sys.version_info >= (3, 12) else unittest.TextTestRunner(stream=sys.stdout, verbosity=1).run(suite)
    bad = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    skipped = len(result.skipped)
    tally = Tally(max(0, result.testsRun - bad - skipped), bad, skipped)
    if result.testsRun == 0 and not bad:
        tally.fail(f"no tests in {folder}")
    tally.finish()


if __name__ == "__main__":
    main()
