# %% [markdown]
# # From a checkpoint to the machine
#
# The whole journey with the embedded model, in half a minute on two cores. The cells are Jupytext's "percent" format: an editor
# that knows it runs them one by one; as a script it runs from top to bottom.
#
#     tools/build release godwit && tools/build release godwit_python
#     PYTHONPATH=build/release/python .venv/bin/python examples/checkpoint_to_machine.py
#
# What is printed is computed each time. What is *simulated* is called so.

# %%
import json
import subprocess
import tempfile
from pathlib import Path

import godwit

ROOT = Path(__file__).resolve().parents[1]
PROMPT = "And it came to pass"

# %% [markdown]
# ## 1. The checkpoint
#
# `load` takes a Hugging Face folder, a GGUF file, or a name. The embedded model is a small GPT-2 that was trained on the King
# James text. Its tokenizer comes with it.

# %%
model = godwit.load("embedded")
prompt = model.encode(PROMPT)
print(f"{model.architecture}: {model.parameters:,} parameters, {model.layers} layers of {model.hidden}, {model.heads} heads")
print(f"{PROMPT!r} is {prompt}")

# %% [markdown]
# ## 2. The reference
#
# Everything is judged by the model in fp32. It feeds tokens and gives logits: the likeliest next token is the greedy one.

# %%
reference = model.reference(context=256)
logits = reference.feed(prompt).row()
best = sorted(range(model.vocabulary), key=lambda token: -logits[token])[:5]
print("fp32 goes on with", [model.decode([token]) for token in best])

# %% [markdown]
# ## 3. Quantise and compile
#
# One call packs the weights in a scheme's codes, in the order in which the card's machine consumes them, and writes the
# instructions. The held-out text, which the model was not trained on, tells what that costs: perplexity is the number of tokens
# among which the model in effect hesitates; the KL divergence says how far its probabilities moved.

# %%
held_out = (ROOT / "models/kjv/heldout.txt").read_text()
text = model.encode(held_out[:4000])[:512]
programs = {}
print(f"{'scheme':<8}{'image, MB':>10}{'bytes a token':>15}{'perplexity':>12}{'fp32':>8}{'KL, nats':>10}{'same token':>12}")
for scheme in ("w8", "w4g32", "w3g32", "w8-n8"):
    program = programs[scheme] = model.compile(card="nano", scheme=scheme, context=256)
    said = program.device().compare(reference, text, window=128)
    print(f"{scheme:<8}{program.image_bytes / 1e6:>10.1f}{sum(program.traffic().values()):>15,}{said['perplexity']:>12.2f}"
          f"{said['perplexity_reference']:>8.2f}{said['kl_divergence']:>10.4f}{said['greedy_agreement']:>11.1%}")

# %% [markdown]
# ## 4. The program
#
# One program of some fifty instructions serves every length: it loops over layers, and the position is a register. What a
# token moves over the memory's pins is nearly all weights; keys and values grow with the context. Activations stay on the chip.

# %%
program = programs["w8"]
lines = program.disassemble().splitlines()
print(f"{program.instruction_bytes:,} bytes of instructions, for 1 to {program.positions} positions; in the middle of it:")
start = next(number for number, line in enumerate(lines) if "loop" in line)
print("\n".join(lines[start:start + 12]))
for context in (1, 64, 256):
    kinds = {kind: count for kind, count in program.traffic(context).items() if count}
    print(f"a token at context {context}: {kinds}")
print("executed at context 256:", program.profile(256)["executed"])

# %% [markdown]
# ## 5. golden
#
# golden is the definition of the machine: the program, executed in integers, bit for bit. Greedy text is the same on every
# computer and with any number of threads. It need not be fp32's forever: one near tie decided otherwise, and the texts part.

# %%
golden = program.device()
written = golden.generate(PROMPT, 24, temperature=0)
wanted = reference.generate(PROMPT, 24, temperature=0)
same = next((n for n, (a, b) in enumerate(zip(written.tokens, wanted.tokens)) if a != b), len(wanted.tokens))
print(f"golden: {written.text!r}\nfp32:   {wanted.text!r}\nthe first {same} tokens are the same; {golden.saturations} numbers saturated")

# %% [markdown]
# ## 6. Cards
#
# The cycle model times the same program on a card's machine with its memory behind it. All of this is simulated; the clock of
# cards that were never placed and routed is assumed, and power is an estimate.

# %%
print(f"{'card':<9}{'MHz':>6}{'first token, ms':>17}{'ms a token':>12}{'tokens/s':>10}{'memory busy':>13}{'W':>7}")
for card in ("ulx3s", "kv260", "u280"):
    try:
        figures = model.compile(card=card, scheme="w4g32", context=64).simulate(prompt=32, generate=32)
    except godwit.Error as error:
        print(f"{card:<9}{error.what}")
        continue
    watts = f"{figures['watts']:.1f}" if figures["watts"] else "-"
    print(f"{card:<9}{figures['frequency_mhz']:>6.0f}{figures['ttft_ms']:>17.2f}{figures['ms_per_token']:>12.3f}"
          f"{figures['tokens_per_second']:>10.0f}{figures['bandwidth_utilisation']:>12.0%}{watts:>7}")

# %% [markdown]
# ## 7. The machine itself
#
# `rtl` is the machine in SystemVerilog, verilated into the program. golden runs beside it, and after every run each word of
# every memory is compared. Two tokens are enough to see that both agree; they take the machine some hundred thousand cycles.

# %%
GODWIT = ROOT / "build/release/bin/godwit"
with tempfile.TemporaryDirectory() as folder:
    artefact = f"{folder}/short.godwit"
    model.compile(card="nano", scheme="w8", context=8).save(artefact)
    words = [GODWIT, "run", artefact, "--device", "rtl", "--tokens", str(prompt[0]), "-n", "2", "--temp", "0", "--json", "--quiet"]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
seen = json.loads(done.stdout)
print(f"{seen['cycles']:,} cycles, {seen['mismatches']} mismatches with golden")

# %% [markdown]
# ## 8. A fault, and where it shows
#
# `godwit cosim` runs random programs on both. Here one lane of the machine gets a wrong bit of its weights' codes: the first
# program that differs is made smaller until nothing can be left out, and the command that runs it again is printed. To see the
# units of a decode step beside each other, `godwit simulate embedded --card u280 --trace step.json` writes a timeline for
# ui.perfetto.dev.

# %%
words = [GODWIT, "cosim", "--programs", "20", "--seed", "1", "--fault", "code"]
done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
told = done.stdout.splitlines() or done.stderr.splitlines()
program_text = next((number for number, line in enumerate(told) if line.startswith(".matrix")), len(told))
print("\n".join([*told[:program_text], *(line for line in told[program_text:] if line.startswith("again:"))]))

# %% [markdown]
# ## 9. The waveform
#
# `--trace` draws every signal of the machine in a window of cycles, as a file for GTKWave or Surfer: here the last sixteen
# thousand cycles of a token, a layer and then the head, whose best logit becomes a token. An independent reader of such files
# (`pywellen`, in `requirements/test.txt`) finds in it which units were at work, and the token that the sampler took.

# %%
import pywellen

CYCLE = 10  # units of time in the file; from the middle of a cycle on everything has settled
UNITS = ("stream", "load", "mpe", "sfu", "store")  # the bits of busy_o
with tempfile.TemporaryDirectory() as folder:
    artefact, drawing = f"{folder}/short.godwit", f"{folder}/token.fst"
    program = model.compile(card="nano", scheme="w8", context=8)
    program.save(artefact)
    words = [GODWIT, "run", artefact, "--device", "rtl", "--tokens", str(prompt[0]), "-n", "1", "--temp", "0", "--json", "--quiet"]
    cycles = json.loads(subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=True).stdout)["cycles"]
    words += ["--trace", drawing, "--trace-window", f"{cycles - 16_000}:{cycles + 100}"]
    drawn = json.loads(subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=True).stdout)
    waves = pywellen.Waveform(drawing)
    busy, state, token = (waves[f"TOP.machine_bench.{name}"].signal for name in
                          ("busy_o", "u_machine.u_sampler.state_q", "u_machine.u_sampler.token_q"))
    first, last = drawn["trace_first"], drawn["trace_first"] + drawn["trace_cycles"]
    for bit, unit in enumerate(UNITS):
        marks = ("#" if busy.value_at(CYCLE * cycle + CYCLE - 1) >> bit & 1 else "." for cycle in range(first, last, (last - first) // 60))
        print(f"{unit:<7}{''.join(marks)}")
    left = next(time for time, value in (state[i] for i in range(len(state))) if value == 2)  # it begins to write its result
print(f"cycles {first:,} to {last - 1:,}; the sampler's token in cycle {left // CYCLE:,}: {token.value_at(left)}, "
      f"golden's: {program.device().generate([prompt[0]], 1, temperature=0).tokens[0]}")
