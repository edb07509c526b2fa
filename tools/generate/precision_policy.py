"""docs/precision_policy.md: the formats of the numbers, and the errors that src/isa/precision_test.cpp measures."""
import json
import pathlib
import subprocess
import tempfile

from tools.files import ROOT

PAGE = "docs/precision_policy.md"
TEST = ROOT / "build/release/bin/isa_test"

# The tests' names, in the order of the page.
TITLES = {"Activations": "Activation functions", "Exponentials": "Exponentials", "Scales": "Scales", "Digits": "Digits",
          "Norms": "Norms", "Rotation": "Rotation", "Softmax": "Softmax"}

TEXT = """# The numbers

Written by `python3 -m tools.checks.generated --write` from what `src/isa/precision_test.cpp` measures; `./test` checks that it is what that gives.

The machine computes in integers only, so that golden and the RTL agree on every bit, and a sum is exact until it is rounded once: a result depends neither on the
order of a sum nor on how a prompt was cut into chunks. The formats are data of the contract ([the instruction set](isa.md)), the
arithmetic is `src/isa/numbers.h` and `src/isa/functions.h`, and this page says what it costs against exact arithmetic.

## Formats

| number | format | why |
| --- | --- | --- |
| residual stream, norms, scores, logits: *reals* | 32 bits, fixed point, F fraction bits (10 to 24, 16 by default), saturating; saturations are counted | a residual stream grows to some thousands in a few channels and must not lose the small ones; 16 fraction bits leave +-32,768 |
| scales | mantissa of 16 bits, exponent of 8 | a product of scales is one 16 x 16 multiplication; 2^-16 of itself is far below a step of the codes that it scales |
| weights | codes of 2 to 8 bits times (step, offset) a group times a scale a row | the code itself enters the multiplier, the rest comes after the sum |
| activations of a matrix | A8: one digit, 127 steps; A15: two digits, 16,383 steps; one scale a token | A8 on everything costs SmolLM2-135M 3.3 % of perplexity, A15 nothing (emulated in floating point, 12,288 tokens of WikiText-2) |
| queries, attention weights | A15 always | they meet few weights, and a row of weights has many small ones |
| keys, values | 8 bits, one scale a token and head | written once, read for every later token: half the traffic of 16 bits |
| exponentials | 18 fraction bits, not normalised | the largest of a row is 1 exactly; their sum is exact, and the division comes after the product with V |
| sums of a matrix | 48 bits, exact | nothing rounds before requantisation |
| norm weights, cosines, sines: *coefficients* | 32 bits, 24 of them fraction | below a real's own step |
| variance and epsilon | exact sums of squares; 32 fraction bits | n sum(x^2) - sum(x)^2 cannot cancel wrongly |

"Rounded" is to the nearest, ties to even, everywhere.

## Errors

Against double precision. Reals have 16 fraction bits unless F stands there: their own step is 1.5e-5, half of it 7.6e-6. The test fails where the worst passes the bound, or stays
below half of it. Absolute errors are of the numbers themselves, not of their steps.

"""

AFTER = """
## What follows

- Functions cost less than the step of the reals they give: interpolation adds 4.5e-6 to GELU and 1.2e-5 to SiLU (their rows for F = 24), and a step
  of the exponential is 3.8e-6. Interior nodes of the tables are moved by 1/16 of the second difference, which halves the error of the chords; whole
  powers of two are exact.
- The cut into digits is what counts. One outlier of 100 raises the noise of an A8 row from 0.8 % to 6 %, of an A15 row to 0.05 %: why the digits are chosen matrix by matrix.
- Peaked long rows of softmax lose most, 0.5 % of the row at 1,024 positions of deviation 4: what is far below the largest weight has few steps of 1 / 16,383. The denominator is
  the exact sum, so this error does not scale the others.
- A scale's rounding multiplies a whole row by the same 1 + 2^-16 at most; it is seen in the norms, where the error grows with the value (27 at one outlier of 768).
- log2(e) is a scale, 9e-6 too small. Who divides by it again sees logits at a temperature 9e-6 off, which is the error of the log of the sum.
"""


def measured(program: pathlib.Path) -> dict[str, list[str]]:
    """Rows of the page by the name of their test."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out.json"
        run = subprocess.run([program, "--gtest_filter=Precision.*", f"--gtest_output=json:{out}"], capture_output=True, text=True)
        if run.returncode != 0:
            raise SystemExit(f"{program} failed:\n{run.stdout}{run.stderr}")
        suites = json.loads(out.read_text())["testsuites"]
    return {test["name"]: [value for value in test.values() if isinstance(value, str) and " | " in value]
            for suite in suites for test in suite["testsuite"]}


def generate(program: pathlib.Path = TEST) -> dict[str, str]:
    rows = measured(program)
    if set(rows) != set(TITLES):
        raise SystemExit(f"tools/generate/precision_policy.py: tests {', '.join(sorted(set(rows) ^ set(TITLES)))} are not on both sides")
    out = TEXT + "| what | where | unit | worst | mean | bound |\n| --- | --- | --- | --- | --- | --- |\n"
    for name, title in TITLES.items():
        out += f"| **{title}** | | | | | |\n" + "".join(f"| {row} |\n" for row in rows[name])
    return {PAGE: out + AFTER}
