"""examples/: they run as they stand, and print what their text promises."""
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_from_a_checkpoint_to_the_machine():
    import godwit
    place = str(pathlib.Path(godwit.__file__).parents[1])
    done = subprocess.run([sys.executable, ROOT / "examples/checkpoint_to_machine.py"], capture_output=True, text=True,
                          check=False, timeout=600, env={**os.environ, "PYTHONPATH": place})
    assert done.returncode == 0, done.stderr
    said = done.stdout
    schemes = {row[0]: row for row in re.findall(r"^(w\S+) +([\d.]+) +([\d,]+) +([\d.]+) +([\d.]+) +([\d.]+)", said, re.MULTILINE)}
    assert list(schemes) == ["w8", "w4g32", "w3g32", "w8-n8"]
    divergences = [float(schemes[name][5]) for name in ("w8", "w4g32", "w3g32")]
    assert divergences == sorted(divergences) and divergences[0] < 0.01
    sizes = [float(schemes[name][1]) for name in ("w8", "w4g32", "w3g32")]
    assert sizes == sorted(sizes, reverse=True)
    assert len(re.findall(r"^a token at context \d+: \{'weights': \d{6,}", said, re.MULTILINE)) == 3
    assert re.search(r"^(ulx3s|kv260|u280) .*\d", said, re.MULTILINE)
    assert re.search(r"^[\d,]{6,} cycles, 0 mismatches with golden$", said, re.MULTILINE)
    assert re.search(r"^program 1:\d+ differs", said, re.MULTILINE) and "godwit cosim --replay 1:" in said
    assert len(re.findall(r"^(stream|load|mpe|sfu|store) +(?=[.#]*#)[.#]{50,70}$", said, re.MULTILINE)) >= 3
    sampled = re.search(r"^cycles [\d,]+ to [\d,]+; the sampler's token in cycle [\d,]+: (\d+), golden's: (\d+)$", said, re.MULTILINE)
    assert sampled and sampled[1] == sampled[2]
