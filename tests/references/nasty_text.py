"""Text that tokenizers stumble over: fixed cases, and an endless supply of random ones from a seed."""

import random

SPACES = [chr(c) for c in range(0x3001) if chr(c).isspace()] + ["\u180e", "\u200b", "\u2060", "\ufeff"]
CONTRACTIONS = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "'T", "'RE", "'Ve", "'lL", "'D", "'\u017f", "'l", "'r", "'", "''s", "'st"]
DIGITS = ["0", "7", "42", "123456789", "\u0663\u0664", "\u096a", "\u0be7", "\u2167", "\u00bd", "\u00b2\u00b3", "\u4e94", "\u3007", "\U0001d7d8",
          "\u2460", "\U00011de0", "\U00016ff4", "\u0e53", "\u19da"]
WORDS = ["the", "Hello", "WORLD", "tokenizers", "na\u00efve", "co\u00f6perate", "\u0391\u03b8\u03ae\u03bd\u03b1", "\u041c\u043e\u0441\u043a\u0432\u0430",
         "\u4f60\u597d\u4e16\u754c", "\u3053\u3093\u306b\u3061\u306f", "\u30ab\u30bf\u30ab\u30ca", "\uc548\ub155\ud558\uc138\uc694", "\u1112\u1161\u11ab\u1100\u1173\u11af",
         "\u05e9\u05dc\u05d5\u05dd", "\u0645\u0631\u062d\u0628\u0627", "\u202e\u05d0\u05d1\u202c", "\u0939\u093f\u0928\u094d\u0926\u0940", "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35",
         "\u0130stanbul", "stra\u00dfe", "\ufb01ne", "\u212aelvin", "\u01c5", "\u02b0", "\u16a0\u16a2", "\U00010400\U00010428", "\U00020000", "\U00031350"]
EMOJI = ["\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466", "\U0001f3f3\ufe0f\u200d\U0001f308", "\U0001f44d\U0001f3fd", "\U0001f1e9\U0001f1ea",
         "1\ufe0f\u20e3", "\u2764\ufe0f", "\U0001fae8", "\U0001f9d1\u200d\U0001f4bb"]
MARKS = ["\u0301", "\u0308\u0323", "\u0323\u0308", "\u05b0\u0591", "\u3099", "\u0e48", "\u093c", "\u20dd", "e\u0301", "\u212b", "\u1e9b\u0323", "\uac00\u11a8",
         "\u0345", "\u1d15e", "\U00011935\U00011930", "\u0898a\u0316", "\u32ff", "\uf900", "\u0958"]
PUNCTUATION = list("!?.,;:-_()[]{}<>/\\|@#$%^&*+=~`\"") + ["...", "\u2026", "\u2014", "\u00bf", "\u3002", "\u2581", "\u2581\u2581", "\u0120", "\u010a", "\u20ac", "\u2019s", "->", "::", "```"]
CONTROL = ["\0", "\x01", "\x1f", "\x7f", "\x80", "\x9f", "\u00ad", "\u200d", "\u200c", "\u2028", "\u2029", "\ufffd", "\uffff", "\ufdd0", "\ue000", "\U0010ffff", "\U000e0041",
           "\x85", "\x1c", "\r", "\r\n", "\n", "\n\n", "\n \n", "\t", " \t "]
INVALID = [b"\xff", b"\xc0\xaf", b"\xe2\x82", b"\xf0\x9f\x98", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x80", b"\xe2\x28\xa1", b"\xf8\x88\x80\x80\x80", b"a\xccb"]
ADDED = ["<|endoftext|>", "<s>", "</s>", "<unk>", "<|end|>", "<|end|>of", "[LEFT]", "[RIGHT]", "[BOTH]", "word", "Norm", "<0x41>", "<|im_start|>", "<|im_end|>", "<|end"]


def fixed_texts():
    """A list of bytes objects."""
    texts = ["", " ", "  ", "\n", "a", " a", "a ", "  a  ", "\u2581", " \u2581 a", "Hello, world!", "I'm sure they'll say it's what we've had; SHE'S NOT.", "don't DON'T I'LL we'Re"]
    texts += ["a" + s + "b" + s + s + "c " + s + "d" + s + " e" + s for s in SPACES]
    texts += ["x" + c + " y" + c + "z" for c in CONTRACTIONS]
    texts += ["n" + d + " " + d + "," + d + d for d in DIGITS]
    texts += [w + " " + w + w.upper() + " " + w.lower() for w in WORDS]
    texts += [e + e + " " + e + "a" + e for e in EMOJI]
    texts += ["a" + m + " " + m + m + "b" + m + "\u0301\u0316" for m in MARKS]
    texts += ["q" + p + p + " " + p + "\n" + p + "\r\n" for p in PUNCTUATION]
    texts += ["k" + c + c + " " + c + "l" for c in CONTROL]
    texts += [a + a + " " + a + "x" + a + "\n" + a + "  " + b for a, b in zip(ADDED, ADDED[1:] + ADDED[:1])]
    texts += ["a" * 300, " " * 300, " " * 301 + "a", "\n" * 200, "ab" * 200, "\u4e2d" * 150, "=" * 257, "0123456789" * 30, " a" * 100, "\u2581" * 120, "\t\n " * 60, "\U0001f600" * 70]
    texts += ["".join(chr(c) for c in range(a, a + 128) if not 0xD800 <= c <= 0xDFFF) for a in (0, 0x80, 0x100, 0x2000, 0x2080, 0x3000, 0xFF80)]
    out = [t.encode() for t in texts]
    out += [b"ok " + i + b" x" + i + i + b"y" for i in INVALID]
    return out


def random_text(rng, pieces):
    """One random text of about so many pieces, as bytes; some have invalid UTF-8."""
    def plane():
        c = rng.choice([rng.randrange(0x80), rng.randrange(0x800), rng.randrange(0x10000), rng.randrange(0x110000), rng.randrange(0x1F000, 0x1FB00)])
        return chr(c) if not 0xD800 <= c <= 0xDFFF else "\ufffd"

    out = []
    style = rng.random()
    for _ in range(pieces):
        kind = rng.random()
        if kind < 0.30:
            piece = rng.choice(WORDS)
            if rng.random() < 0.3:
                piece = piece.upper()
        elif kind < 0.50:
            piece = " " if rng.random() < 0.8 else rng.choice(SPACES)
        elif kind < 0.56:
            piece = rng.choice(CONTRACTIONS)
        elif kind < 0.62:
            piece = rng.choice(DIGITS)
        elif kind < 0.68:
            piece = rng.choice(EMOJI)
        elif kind < 0.74:
            piece = rng.choice(MARKS)
        elif kind < 0.82:
            piece = rng.choice(PUNCTUATION)
        elif kind < 0.88:
            piece = rng.choice(CONTROL)
        elif kind < 0.91:
            piece = rng.choice(ADDED)
        elif kind < 0.99:
            piece = "".join(plane() for _ in range(rng.randrange(1, 5)))
        else:
            piece = rng.choice([" ", "a", "\n", "\u4e2d", "-", "'", "1", "\u2581", plane()]) * rng.randrange(2, 80)
        out.append(piece.encode())
        if style < 0.1 and rng.random() < 0.1:
            out.append(rng.choice(INVALID))
    return b"".join(out)


def random_texts(seed, bytes_in_all):
    rng = random.Random(seed)
    texts, size = [], 0
    while size < bytes_in_all:
        text = random_text(rng, rng.choice([1, 3, 10, 40, 200, 1000]))
        texts.append(text)
        size += len(text)
    return texts
