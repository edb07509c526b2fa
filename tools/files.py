"""Which files are ours, and what changed: everything that git tracks or would track."""
import functools
import hashlib
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent


def git(*arguments: str) -> str | None:
    """What git prints, or None where it fails (no repository, no such commit)."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else None


@functools.cache
def ours(*patterns: str) -> tuple[pathlib.Path, ...]:
    """Existing files of the tree that match git's glob patterns (":(glob)" is implied), sorted, relative to the root."""
    listed = git("ls-files", "-z", "-co", "--exclude-standard", "--", *(f":(glob){p}" for p in patterns))
    if listed is None:
        raise SystemExit("git ls-files failed: is this a clone of the repository?")
    names = {name for name in listed.split("\0") if name}
    return tuple(sorted(pathlib.Path(name) for name in names if (ROOT / name).is_file()))


def hash_of(patterns: tuple[str, ...]) -> str:
    """One short hash of the names and contents of all files that match."""
    total = hashlib.sha256()
    for path in ours(*patterns):
        total.update(f"{path}\0".encode() + hashlib.sha256((ROOT / path).read_bytes()).digest())
    return total.hexdigest()[:16]


def base_of_change() -> str | None:
    """The commit that the work at hand started from: where this branch left origin's main; else, as there is nothing
    between the two, the last commit's parent; None where history does not reach back that far."""
    head = git("rev-parse", "HEAD")
    fork = git("merge-base", "HEAD", "origin/main")
    if fork and fork != head:
        return fork.strip()
    parent = git("rev-parse", "--verify", "-q", "HEAD~1")
    return parent.strip() if parent else None


def changed() -> set[pathlib.Path] | None:
    """Files that differ from base_of_change(), new ones included; None where there is no base."""
    base = base_of_change()
    if base is None:
        return None
    names = (git("diff", "-z", "--name-only", base) or "") + (git("ls-files", "-z", "-o", "--exclude-standard") or "")
    return {pathlib.Path(name) for name in names.split("\0") if name}
