"""A SentencePiece-style vocabulary with scores as a GGUF file without weights, and what llama.cpp makes of texts with it."""

import json

import gguf
import llama_cpp

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, BYTE = 1, 2, 3, 4, 6


def vocabulary(tokenizer):
    """tokens, scores, types from a small llama2 tokenizer: merged tokens score by rank, characters less."""
    vocab = sorted(json.loads(tokenizer.to_str())["model"]["vocab"].items(), key=lambda item: item[1])
    tokens, scores, types = [], [], []
    for token, i in vocab:
        tokens.append(token)
        scores.append(-float(i // 2) if len(token) > 1 else -1e6)  # some scores are equal
        types.append(UNKNOWN if i == 0 else CONTROL if i < 3 else BYTE if i < 259 else NORMAL)
    for token, kind in (("<|end|>", CONTROL), ("<|end|>of", USER_DEFINED), ("  ", USER_DEFINED), ("<|", USER_DEFINED), ("[LEFT]", CONTROL)):
        tokens.append(token)
        scores.append(0.0)
        types.append(kind)
    return tokens, scores, types


def write_gguf(path, tokens, scores, types, **flags):
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_block_count(1)
    writer.add_context_length(512)
    writer.add_embedding_length(32)
    writer.add_feed_forward_length(32)
    writer.add_head_count(1)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_scores(scores)
    writer.add_token_types(types)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    if "add_space_prefix" in flags:
        writer.add_add_space_prefix(flags["add_space_prefix"])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


class LlamaCpp:
    """The tokenizer of llama.cpp for a GGUF file."""

    def __init__(self, path):
        self.model = llama_cpp.Llama(str(path), vocab_only=True, verbose=False)

    def encode(self, text, special=False):
        """Ids of bytes of valid UTF-8."""
        return self.model.tokenize(text, add_bos=special, special=True)
