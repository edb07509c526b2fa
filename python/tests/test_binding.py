"""The binding against the command line: the same model, program, tokens and figures; and what it refuses."""
import array
import math
import threading

import godwit
import pytest

PROMPT = "And it came to pass"


def test_a_model_is_described_as_inspect_does(model, cli):
    said = cli("inspect", "embedded")
    for name in ("architecture", "parameters", "layers", "hidden", "heads", "kv_heads", "vocabulary", "context"):
        assert getattr(model, name) == said[name]


def test_text_to_ids_and_back(model, cli, tmp_path):
    (tmp_path / "text").write_text(PROMPT)
    ids = model.encode(PROMPT)
    assert ids == cli("tokenize", "embedded", "-f", tmp_path / "text")["tokens"]
    assert model.decode(ids) == PROMPT


def test_the_program_is_that_of_compile(model, program, cli, tmp_path):
    said = cli("compile", "embedded", "-o", tmp_path / "cli.godwit", "--card", "nano", "--context", 256)
    program.save(str(tmp_path / "ours.godwit"))
    assert program.traffic() == {**said["traffic_per_token"], "vectors": program.traffic()["vectors"]}
    assert program.traffic(1)["kv_read"] < program.traffic(256)["kv_read"]
    assert (program.image_bytes, program.instruction_bytes) == (said["image_bytes"], said["instruction_bytes"])
    assert (program.positions, program.chunk, program.card) == (256, said["chunk"], "nano")
    assert [(m["name"], m["scheme"]) for m in program.matrices] == [(m["name"], m["scheme"]) for m in said["matrices"]]
    assert {m["name"]: m["digits"] for m in program.matrices} == {m["layer"]: m["digits"] for m in said["activations"]}
    assert program.profile() == said["profile_per_token"]
    text = cli("disasm", tmp_path / "cli.godwit")["text"]
    assert program.disassemble() == text == cli("disasm", tmp_path / "ours.godwit")["text"]


def test_an_artefact_needs_no_checkpoint(program, tmp_path):
    program.save(str(tmp_path / "a.godwit"))
    again = godwit.open_program(str(tmp_path / "a.godwit"))
    assert again.disassemble() == program.disassemble()
    assert again.encode(PROMPT) == program.encode(PROMPT)
    assert again.device().generate(PROMPT, 5, temperature=0).tokens == program.device().generate(PROMPT, 5, temperature=0).tokens
    with pytest.raises(godwit.Error):
        again.save(str(tmp_path / "b.godwit"))


@pytest.mark.parametrize("wishes, words", [
    ({"temperature": 0}, ("--temp", 0)),
    ({"seed": 7, "top_k": 20, "top_p": 0.9}, ("--seed", 7, "--top-k", 20, "--top-p", 0.9)),
    ({"temperature": 0, "repeat_penalty": 1.3, "stops": ["the"]}, ("--temp", 0, "--repeat-penalty", 1.3, "--stop", "the")),
])
def test_golden_writes_what_run_writes(program, cli, wishes, words):
    written = program.device().generate(PROMPT, 24, **wishes)
    said = cli("run", "embedded", "-p", PROMPT, "-n", 24, *words)
    assert (written.tokens, written.text, written.end) == (said["tokens"], said["text"], said["end"])
    assert written.prefill_ms > 0 and len(written.token_ms) == max(0, len(written.tokens) - 1)


def test_text_comes_as_it_is_written(program):
    heard = []
    written = program.device().generate(PROMPT, 12, temperature=0, stream=heard.append)
    assert len(heard) > 3 and "".join(heard) == written.text


def test_logits_are_a_buffer_and_position_goes_both_ways(model, program):
    ids = model.encode(PROMPT)
    device = program.device()
    every = device.feed(ids, all=True)
    assert every.shape == (len(ids), model.vocabulary) and device.position == len(ids)
    view = memoryview(every)
    assert view.shape == every.shape and view.format == "f"
    assert list(view[1, i] for i in range(8)) == every.row(1)[:8]
    device.rollback(0)
    device.feed(ids[:-1])
    last = device.feed(ids[-1:])
    assert last.row() == every.row(len(ids) - 1)
    best = max(range(model.vocabulary), key=last.row().__getitem__)
    assert best == device.generate(ids, 1, temperature=0).tokens[0]
    assert array.array("f", memoryview(last).cast("B").cast("f")).tolist() == last.row()


def test_golden_is_close_to_the_reference_and_compare_says_how(model, program, cli, tmp_path):
    text = "And God said, Let there be light: and there was light. " * 8
    ids = model.encode(text)[:96]
    golden, reference = program.device(), model.reference(context=96)
    said = golden.compare(reference, ids, 48)
    assert said["tokens"] == 94
    assert said["perplexity"] == golden.perplexity(ids, 48)
    assert said["perplexity_reference"] == reference.perplexity(ids, 48)
    assert 0 < said["kl_divergence"] < 0.01 and said["greedy_agreement"] > 0.9
    (tmp_path / "text").write_text(model.decode(ids))
    program.save(str(tmp_path / "a.godwit"))
    checked = cli("check", tmp_path / "a.godwit", "--model", "embedded", "-f", tmp_path / "text", "--context", 48)
    assert math.isclose(checked["perplexity"], said["perplexity"], rel_tol=1e-9)
    assert math.isclose(checked["kl_divergence"], said["kl_divergence"], rel_tol=1e-9)


def test_simulated_figures_are_those_of_simulate(model, cli):
    program = model.compile(card="u280", scheme="w4", context=48)
    ours = program.simulate(prompt=16, generate=32)
    said = cli("simulate", "embedded", "--card", "u280", "--scheme", "w4", "--prompt", 16, "--generate", 32)
    for figures in (ours, said):
        for measured in ("simulation_seconds", "simulated_cycles_per_second"):
            assert figures.pop(measured) > 0
    assert ours == {name: value for name, value in said.items() if name not in ("model", "batch")}
    assert ours["tokens_per_joule"] > 0 and ours["kind"] == "simulated"


def test_the_cycle_model_as_a_device_counts_cycles(program):
    device = program.device("cyclesim")
    written = device.generate(PROMPT, 3, temperature=0)
    assert written.tokens == program.device().generate(PROMPT, 3, temperature=0).tokens
    assert written.prefill_cycles > 0 and written.token_cycles > 0
    assert device.simulation["cycles"] >= written.prefill_cycles + written.token_cycles
    assert program.device().simulation is None


def test_a_user_s_mistake_has_four_parts():
    with pytest.raises(godwit.Error) as caught:
        godwit.load("/no/such/model")
    error = caught.value
    assert error.where == "/no/such/model" and "no model" in error.what and error.expected and error.remedy
    assert str(error).splitlines()[0] == error.what and f"expected: {error.expected}" in str(error)


@pytest.mark.parametrize("mistake, says", [
    (lambda m, p: m.compile(card="none"), "none"),
    (lambda m, p: m.compile(scheme="w9"), "w9"),
    (lambda m, p: m.compile(activations="7"), "7"),
    (lambda m, p: p.device("fp64"), "fp64"),
    (lambda m, p: p.device("fp32"), "fp32"),
    (lambda m, p: p.device("rtl"), "rtl"),
    (lambda m, p: p.device(context=257), "257"),
    (lambda m, p: p.device().feed([m.vocabulary]), str(2048)),
    (lambda m, p: p.device().feed([1] * 257), "positions"),
    (lambda m, p: p.device().generate("", 1), "prompt"),
    (lambda m, p: p.simulate(prompt=200, generate=200), "200"),
    (lambda m, p: godwit.load("shape:distilgpt2").encode("a"), "tokenizer"),
    (lambda m, p: godwit.open_program("/no/such/file.godwit"), "/no/such/file.godwit"),
])
def test_what_the_rooms_refuse(model, program, mistake, says):
    with pytest.raises(godwit.Error, match=says):
        mistake(model, program)


@pytest.mark.parametrize("mistake", [
    lambda m, p: p.device().feed([]),
    lambda m, p: p.device().rollback(1),
    lambda m, p: p.traffic(0),
    lambda m, p: p.profile(257),
    lambda m, p: p.simulate(prompt=0),
    lambda m, p: p.simulate(points=1),
    lambda m, p: p.device().generate([1], 1, temperature=-1),
    lambda m, p: p.device().generate([1], 1, top_p=2),
    lambda m, p: p.device().generate([1], 1, repeat_penalty=0),
    lambda m, p: p.device().generate([1], 1, stops=[""]),
    lambda m, p: p.device().perplexity([1], 2),
    lambda m, p: p.device().perplexity([1, 2, 3], 1),
    lambda m, p: m.decode([-1]),
])
def test_what_the_binding_itself_refuses(model, program, mistake):
    with pytest.raises(ValueError):
        mistake(model, program)


def test_an_exception_of_the_listener_comes_out_and_the_device_goes_on(program):
    device = program.device()

    def listener(_text):
        raise KeyError("enough")
    with pytest.raises(KeyError, match="enough"):
        device.generate(PROMPT, 20, temperature=0, stream=listener)
    assert len(device.generate(PROMPT, 4, temperature=0).tokens) == 4


def test_a_device_has_one_caller_at_a_time_and_python_runs_on(program):
    device = program.device(threads=1)
    with pytest.raises(RuntimeError, match="at work"):
        device.generate(PROMPT, 4, temperature=0, stream=lambda _text: device.feed([1]))
    heard, go = threading.Event(), threading.Event()

    def listener(_text):
        heard.set()
        go.wait(60)
    other = threading.Thread(target=lambda: device.generate(PROMPT, 4, temperature=0, stream=listener))
    other.start()
    assert heard.wait(60)
    with pytest.raises(RuntimeError, match="at work"):
        device.feed([1])
    go.set()
    other.join(60)
    assert not other.is_alive() and device.feed([1]).shape[0] == 1
