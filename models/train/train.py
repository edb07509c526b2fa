#!/usr/bin/env python3
"""Train a small GPT-2-architecture model on one text file and write it as a Hugging Face folder.

Usage: python models/train/train.py TEXT -o FOLDER [--epochs N] [--device auto|cpu|cuda] [--threads N] [...]
       python models/train/train.py TEXT -o FOLDER --resume CHECKPOINT [--teacher CHECKPOINT] [...]

The last 5 % of the text (cut at a line) is held out, written beside the model as heldout.txt and used to stop: the
model kept is that of the epoch with the lowest held-out loss, and training ends when it has not fallen for
--patience epochs. The same command and text give the same batches in the same order, on the CPU and on a GPU; dropout's
draws differ between the two, sums in bfloat16 from machine to machine.

With --resume the model and its tokenizer are a checkpoint's: a folder of this script's or one that godwit compress
wrote, whose pattern then holds in every step (pattern.py). A compressed head is a matrix of its own and stays one. With
--teacher what is made small is the divergence from that model's predictions, not the loss on the text.

Writes FOLDER/{config.json, generation_config.json, model.safetensors (F16), tokenizer.json, tokenizer_config.json,
heldout.txt, training.csv (epoch, seconds, train loss, held-out loss, bits a byte)}.
"""
import argparse
import csv
import json
import math
import pathlib
import time

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GPT2Config, GPT2LMHeadModel

from pattern import FixedPattern, read_checkpoint

END = "<|endoftext|>"
DOCUMENT_BORDER = "\n\n\n"


def split_text(text: str, share: float) -> tuple[str, str]:
    """Cut at the first line that starts in the last `share` of the text."""
    cut = text.index("\n", int(len(text) * (1 - share))) + 1
    return text[:cut], text[cut:].lstrip("\n")


def train_tokenizer(text: str, vocabulary: int) -> Tokenizer:
    """Byte-level BPE with GPT-2's splitting pattern; the end token is id 0."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[END],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(text.splitlines(keepends=True), trainer)
    return tokenizer


def tokens_of(tokenizer: Tokenizer, text: str) -> torch.Tensor:
    """Documents joined by the end token."""
    end, ids = tokenizer.token_to_id(END), []
    for document in text.split(DOCUMENT_BORDER):
        ids += tokenizer.encode(document + "\n").ids + [end]
    return torch.tensor(ids)


def held_out_loss(model, ids: torch.Tensor, context: int) -> float:
    """Mean loss in nats over windows side by side, in fp32."""
    model.eval()
    ids = ids.to(model.device)
    total = count = 0
    with torch.no_grad():
        for window in ids.split(context):
            if len(window) > 1:
                logits = model(window[None]).logits[0, :-1]
                total += torch.nn.functional.cross_entropy(logits, window[1:], reduction="sum").item()
                count += len(window) - 1
    model.train()
    return total / count


def parameter_groups(model, decay: float) -> list[dict]:
    """Weight decay for matrices only, as GPT-2 was trained."""
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    vectors = [p for p in model.parameters() if p.dim() < 2]
    return [{"params": matrices, "weight_decay": decay}, {"params": vectors, "weight_decay": 0.0}]


def loss_of(logits: torch.Tensor, batch: torch.Tensor, wanted: torch.Tensor | None) -> torch.Tensor:
    """Of the text; where `wanted` is given, the divergence from those logits."""
    if wanted is None:
        return torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1).float(), batch[:, 1:].flatten())
    mine, theirs = (x.flatten(0, 1).float().log_softmax(-1) for x in (logits, wanted))
    return torch.nn.functional.kl_div(mine, theirs, log_target=True, reduction="batchmean")


def one_epoch(model, teacher, pattern, optimiser, schedule, order: torch.Generator, ids: torch.Tensor, width: int, args) -> float:
    """Windows of `width` tokens, cut from a random offset on, in random order, at random positions of the context; of them
    a share, drawn anew in each epoch."""
    offset = int(torch.randint(width, (1,), generator=order))
    windows = ids[offset : offset + (len(ids) - offset) // width * width].view(-1, width)
    drawn = torch.randperm(len(windows), generator=order)[: math.ceil(args.share * len(windows))]
    batches = windows[drawn].to(model.device).split(args.batch_tokens // width)
    total = torch.zeros((), device=model.device)  # read once an epoch: reading it at every step would hold a GPU up
    for batch in batches:
        places = torch.randint(args.context - width + 1, (len(batch), 1), generator=order) + torch.arange(width)
        with torch.autocast(model.device.type, dtype=torch.bfloat16):
            places = places.to(model.device)
            logits = model(batch, position_ids=places).logits
            with torch.no_grad():
                wanted = teacher(batch, position_ids=places).logits if teacher else None
        loss = loss_of(logits, batch, wanted)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        pattern.hold_gradients()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        pattern.hold()
        schedule.step()
        total += loss.detach()
    return total.item() / len(batches)


def learning_rate(step: int, warmup: int, steps: int) -> float:
    """Linear warm-up, then a cosine down to 2 % of the peak."""
    if step < warmup:
        return (step + 1) / warmup
    return 0.02 + 0.49 * (1 + math.cos(math.pi * min(1.0, (step - warmup) / max(1, steps - warmup))))


def write_model(folder: pathlib.Path, model, tokenizer: Tokenizer) -> None:
    state = {k: v.cpu().clone() for k, v in model.state_dict().items()}
    half = GPT2LMHeadModel(model.config)
    half.load_state_dict(state)
    half.config.activation_function = "gelu_new"  # the same function; the other name is only faster in PyTorch
    half.half().save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": END, "model_max_length": model.config.n_positions}, indent=2) + "\n"
    )


def new_model(args, vocabulary: int, end: int) -> GPT2LMHeadModel:
    return GPT2LMHeadModel(
        GPT2Config(
            vocab_size=vocabulary, n_positions=args.context, n_embd=args.hidden, n_layer=args.layers,
            n_head=args.heads, resid_pdrop=args.dropout, embd_pdrop=args.dropout, attn_pdrop=0.0,
            activation_function="gelu_pytorch_tanh", bos_token_id=end, eos_token_id=end,
        )
    )  # fmt: skip


def resumed_model(folder: pathlib.Path, dropout: float) -> tuple[GPT2LMHeadModel, dict[str, torch.Tensor]]:
    """The checkpoint's model, and where it keeps weights."""
    tensors, kept = read_checkpoint(folder)
    config = GPT2Config.from_pretrained(folder)
    config.activation_function = "gelu_pytorch_tanh"
    config.resid_pdrop = config.embd_pdrop = dropout
    config.tie_word_embeddings = "lm_head.weight" not in tensors
    model = GPT2LMHeadModel(config).float()
    if config.tie_word_embeddings:
        tensors["lm_head.weight"] = tensors["transformer.wte.weight"]
    model.load_state_dict(tensors)
    return model, kept


def arguments() -> argparse.Namespace:
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("text", type=pathlib.Path)
    p.add_argument("-o", "--output", type=pathlib.Path, required=True)
    p.add_argument("--resume", type=pathlib.Path, metavar="CHECKPOINT", help="go on from this folder; what is said of the model's shape is then the folder's")
    p.add_argument("--teacher", type=pathlib.Path, metavar="CHECKPOINT", help="learn this one's predictions")
    p.add_argument("--vocabulary", type=int, default=2048)
    p.add_argument("--layers", type=int, default=6)
    p.add_argument("--hidden", type=int, default=256)
    p.add_argument("--heads", type=int, default=4)
    p.add_argument("--context", type=int, default=1024)
    p.add_argument("--dropout", type=float, default=0.15)
    p.add_argument("--held-out", type=float, default=0.05, help="share of the text")
    p.add_argument("--epochs", type=int, default=32, help="the length of the learning-rate schedule")
    p.add_argument("--share", type=float, default=1.0, help="of the text that an epoch reads, drawn anew each time")
    p.add_argument("--patience", type=int, default=2)
    p.add_argument("--short-epochs", type=int, default=24, help="epochs on short windows at random positions: faster")
    p.add_argument("--short-context", type=int, default=128)
    p.add_argument("--batch-tokens", type=int, default=4096, help="tokens a step")
    p.add_argument("--rate", type=float, default=1.5e-3)
    p.add_argument("--decay", type=float, default=1.0)
    p.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="auto: a GPU where there is one")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--seed", type=int, default=1611)
    args = p.parse_args()
    if args.device == "auto":
        args.device = "cuda" if torch.cuda.is_available() else "cpu"
    return args


def main() -> None:
    args = arguments()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    text, held_out = split_text(args.text.read_text(encoding="utf-8"), args.held_out)
    args.output.mkdir(parents=True, exist_ok=True)
    (args.output / "heldout.txt").write_text(held_out, encoding="utf-8")
    tokenizer = Tokenizer.from_file(str(args.resume / "tokenizer.json")) if args.resume else train_tokenizer(text, args.vocabulary)
    ids, held_ids = tokens_of(tokenizer, text), torch.tensor(tokenizer.encode(held_out).ids)
    if args.resume:
        model, kept = resumed_model(args.resume, args.dropout)
        args.context = model.config.n_positions
    else:
        model, kept = new_model(args, tokenizer.get_vocab_size(), tokenizer.token_to_id(END)), {}
    model.to(args.device)
    pattern = FixedPattern(model, kept)
    teacher = resumed_model(args.teacher, 0.0)[0].to(args.device).eval() if args.teacher else None
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters, {len(ids):,} training tokens, {len(held_ids):,} held out, on {args.device}")
    if kept:
        print(f"the pattern keeps {sum(int(k.sum()) for k in kept.values()):,} of {sum(k.numel() for k in kept.values()):,} weights of {len(kept)} matrices")
    steps = int(args.epochs * args.share * (len(ids) // args.batch_tokens))
    optimiser = torch.optim.AdamW(parameter_groups(model, args.decay), lr=args.rate, betas=(0.9, 0.98), fused=args.device == "cuda" or None)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda s: learning_rate(s, min(100, steps // 8), steps))
    order = torch.Generator().manual_seed(args.seed)  # apart from dropout's, which are the device's own
    bits = len(held_ids) / len(held_out.encode()) / math.log(2)
    best, best_epoch, begun = math.inf, 0, time.time()
    if args.resume:  # no worse than what it began with
        best = held_out_loss(model, held_ids, args.context)
        write_model(args.output, model, tokenizer)
        print(f"resumed at a held-out perplexity of {math.exp(best):.3f}")
    with open(args.output / "training.csv", "w", newline="") as f:
        log = csv.writer(f, lineterminator="\n")
        log.writerow(["epoch", "seconds", "train_loss", "held_out_loss", "held_out_bits_per_byte"])
        for epoch in range(1, args.epochs + 1):
            width = args.short_context if epoch <= args.short_epochs else args.context
            train = one_epoch(model, teacher, pattern, optimiser, schedule, order, ids, width, args)
            loss = held_out_loss(model, held_ids, args.context)
            row = [epoch, f"{time.time() - begun:.0f}", f"{train:.4f}", f"{loss:.4f}", f"{loss * bits:.4f}"]
            log.writerow(row)
            f.flush()
            print(*row, flush=True)
            if loss < best:
                best, best_epoch = loss, epoch
                write_model(args.output, model, tokenizer)
            elif epoch > args.short_epochs and epoch - best_epoch >= args.patience:
                break
    print(f"kept epoch {best_epoch}: held-out perplexity {math.exp(best):.3f}, {best * bits:.4f} bits a byte")


if __name__ == "__main__":
    main()
