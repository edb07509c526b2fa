"""The words of docs/baselines.md; its figures come from the CSVs (page.py)."""

HEAD = """\
# Baselines

What the same cores (and a GPU, where there is one) do with the same models, measured by `bench/baselines`: PyTorch,
ONNX Runtime, llama.cpp, godwit's own fp32 reference and its golden model (w8: the accelerator's integers, bit for bit). Every figure is a row of a CSV in `bench/results/` (`cpu.csv`, `gpu.csv`),
with machine, versions, spread and the command that measures it again; [`bench/schema.md`](../bench/schema.md) describes the columns. This
page is made from those rows by `python -m bench.baselines.page`."""

ABOUT = {
    "same model": (
        "Before it is timed, each engine's logits after a prompt of 33 random tokens and after each of 8 more are compared "
        "with PyTorch's: the largest difference, as a share of the range of PyTorch's logits. An fp32 engine off by 1e-3 or "
        "more is not measured. llama.cpp passes that with an fp32 KV cache and without flash attention; it is timed, and "
        "stands here, with its own defaults, which keep and multiply keys and values in F16; its GELU is a table in F16 always. "
        "godwit's logits are compared by its own tests ([testing](testing.md)); here its first 16 greedy tokens must be PyTorch's."
    ),
    "gpu": (
        "The same models, lengths and clock on a GPU, one sequence; the id of every token goes back to the processor before the next is "
        "asked for, as on the CPU. PyTorch's eager mode launches one small kernel after another, so for models of this size its "
        "time is the processor's: it grows with the number of layers, not of parameters, and halves gain nothing. Where the package with SmolLM2's weights could "
        "not be brought, random weights of the same shape stand in for it: the time does not depend on the values.\n\n"
        "Not in these tables: ONNX Runtime, whose package for CUDA was too large to be brought to that machine; llama.cpp, whose build for CUDA (version 0.3.36 "
        "of its Python package, compute capability 9.0, CUDA graphs and flash attention) was made there and ran the embedded model "
        "by itself, but ended with a segmentation fault when it loaded a model under this harness, for a reason not yet "
        "found; PyTorch with prompts and answers of 512 where a table has no such column, for lack of time on the machine. So "
        "these figures are PyTorch's, not the best that such a GPU can do. A spread far above its median is one repeat in ten that "
        "stalled; the mean of the joules has it in it."
    ),
    "footprint": (
        "A fresh process each time, files in the page cache, medians. *Load* is the wall time of the whole process less the "
        "prefill of its one token: start, mapping, checking, tokenizer, one decode's buffers, exit. *Peak memory* is the "
        "largest resident set; weights are mapped, not copied, and their touched pages count."
    ),
}

HOW = """\
## How it is measured

- One process an engine, loaded once; engines take turns repeat by repeat (A B C A B C ...), so that a noisy moment meets all of
  them, and a ratio is the median of the ratios within one round. Before the first round each runs the prompt and up to 32
  tokens as a warm-up.
- A repeat feeds P random token ids to an empty cache and generates G tokens greedily, one sequence, end token ignored. *Time to
  the first token* runs from the ids in hand to the first generated id in hand; *a token* is the time from the first
  generated id to the last, divided by G - 1. Text is not tokenized or decoded in either.
- **PyTorch**: `transformers` in eager mode, fp32, on a GPU (without TF32) fp16 too, its growing KV cache, only the last position's logits, no `generate()`.
- **ONNX Runtime**: exported from the same folder by `torch.onnx.export` with the KV cache as inputs and outputs, which stay
  in its own buffers between tokens; `int8` is `quantize_dynamic` of all weight matrices, the tied head among them, per
  channel, activations in 8 bits.
- **llama.cpp**: `llama-cpp-python` built from source for this processor; f32 from the same weights, `q8_0` and `q4_0` by its own
  quantiser (which keeps some tensors wider), on a GPU f16 too, with all layers there; batches of up to 512 tokens; everything else is its default.
- **godwit**: `build/release/bin/godwit run` with `--device fp32` (w8: `golden`, the artefact compiled before), a fresh process a repeat, its own `prefill_ms` and
  `ms_per_token`. With `--warm-up` that process runs the prompt and eight tokens before it is timed, because the other engines
  were warmed up in theirs: what a first pass over newly mapped weights costs is in neither.

Not measured: batches above one, sampling, text, the quality of the quantised forms (only the distance of their logits above), and energy
where neither RAPL nor NVML is readable. NVML's counter moves every 0.1 s, so a GPU's energy stands only where decoding took 0.5 s
or longer; it is the whole board's. A GPU is used only where the engine's own build supports it.

## Again

```sh
./run --build
tools/install python reference
tools/install python baselines
.venv/bin/python -m bench.baselines --plan
.venv/bin/python -m bench.baselines --minutes 25
.venv/bin/python -m bench.baselines.footprint
python3 -m bench.baselines --engines cuda --models distilgpt2,embedded,smollm2-shape --threads 1 -o bench/results/gpu.csv
```

The last line is for a machine with an NVIDIA GPU, with whatever `python3` there holds PyTorch and the other engines built for CUDA.

`--plan` prints what is still to measure and about how long it takes. A run appends each finished cell, and the same command goes on where it
stopped, and makes this page again; rows that are there for the same machine and versions are kept unless `--again`. `--quick` takes a minute or two, writes to
`bench/results/local/` and says only that everything works. Keep the machine otherwise idle: the column `other_load` tells whether it was."""
