"""Where a run lives: ``run.json``, ``metrics.jsonl`` line by line, ``checkpoints/``, pictures, ``metrics.json``."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

from ..training import Checkpoints
from ..training.tensors import write_whole
from ..validation import file_path
from .lock import Locked, locked
from .request import Request

OURS = ("run.json", "metrics.json", "metrics.jsonl", "checkpoints")


class RunDirectory:
    """The directory of one run. Raises `TypeError` for what is neither a text nor a path.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     directory = RunDirectory(folder)
    ...     directory.write_json("run.json", {})
    ...     directory.write_json("metrics.json", {"status": "done", "steps": 100})
    ...     directory.state(steps=100), directory.state(steps=200)
    ('done', 'interrupted')
    """

    def __init__(self, folder):
        self.folder = file_path(folder, "the directory of a run")

    def __str__(self) -> str:
        return str(self.folder)

    @property
    def exists(self) -> bool:
        """Whether a run was begun there."""
        return (self.folder / "run.json").is_file()

    def state(self, steps: int) -> str:
        """``"new"``, ``"begun"``, ``"interrupted"``, ``"diverged"``, or ``"done"`` with all ``steps`` made and told of."""
        if not self.exists:
            return "new"
        try:
            metrics = self.read_json("metrics.json")
            status = metrics["status"]
        except (ValueError, KeyError, TypeError):
            return "begun"
        return status if status != "done" or metrics.get("steps") == steps else "interrupted"

    @property
    def checkpoints(self) -> Checkpoints:
        """Those of the run."""
        return Checkpoints(self.folder / "checkpoints")

    def lock(self, wait: float = 0.0):
        """The context in which nobody else may work here."""
        return locked(self.folder, wait)

    # -- beginning -------------------------------------------------------------------------------------------

    @classmethod
    def new(cls, name: str, out=None, overwrite: bool = False) -> RunDirectory:
        """A directory for a new run: ``out``, or the first of ``runs/NAME``, ``runs/NAME-2`` ... that is not there.

        Raises `ValueError` for an ``out`` with something in it, unless it is a run and is to be overwritten; `OSError`
        where nothing can be written.
        """
        if out is None:
            place = Path("runs") / safe(name)
            for number in range(1, 1_000_000):
                folder = place if number == 1 else place.with_name(f"{place.name}-{number}")
                try:
                    folder.mkdir(parents=True)
                except FileExistsError:
                    if not folder.parent.is_dir():
                        raise
                    continue
                return cls(folder)
        found = cls(out)
        found.folder.mkdir(parents=True, exist_ok=True)
        inside = [one.name for one in found.folder.iterdir() if one.name != ".lock"]
        if not inside:
            return found
        if not overwrite:
            what = "a run is there already" if found.exists else f"there is something in it ({sorted(inside)[0]})"
            raise ValueError(f"{found}: {what}; --resume goes on, --overwrite replaces it, or choose another --out")
        if not found.exists:
            raise ValueError(f"{found} holds no run of minigan, so --overwrite leaves it alone: choose another --out")
        with found.lock():
            found.clear()
        return found

    def clear(self) -> None:
        """Remove what runs write, and nothing else."""
        for name in OURS:
            path = self.folder / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        for picture in self.folder.glob("*.png"):
            picture.unlink()

    @classmethod
    def latest(cls, name: str) -> RunDirectory | None:
        """The one of ``runs/NAME``, ``runs/NAME-2`` ... with the highest number; ``None`` where there is none."""
        place = Path("runs") / safe(name)
        pattern = re.compile(re.escape(place.name) + r"(?:-(\d+))?")
        found = {}
        for folder in place.parent.iterdir() if place.parent.is_dir() else ():
            match = pattern.fullmatch(folder.name)
            if match and (folder / "run.json").is_file():
                found[int(match[1] or 1)] = folder
        return cls(found[max(found)]) if found else None

    # -- what it says ----------------------------------------------------------------------------------------

    def read_json(self, name: str):
        """A JSON file of the run; `ValueError`, naming it, where it is missing or damaged."""
        path = self.folder / name
        if not self.folder.is_dir():
            raise ValueError(f"{self.folder}: there is no such run")
        if not path.is_file():
            raise ValueError(f"{self.folder} holds no run of minigan: it has no {name}")
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{path} is damaged: {error}") from None

    def write_json(self, name: str, content) -> None:
        """Write a JSON file, whole or not at all."""
        write_whole(self.folder / name, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())

    def request(self) -> Request:
        """What was to be trained."""
        return Request.from_json(self.read_json("run.json"), self.folder / "run.json")

    # -- metrics by step -------------------------------------------------------------------------------------

    def rows(self, end: int | None = None) -> list[dict]:
        """The lines of ``metrics.jsonl``, of its first ``end`` bytes if told; a last line that is not whole is left out.

        Raises `ValueError`, naming the line, where one is damaged, or the file is shorter than that.
        """
        path = self.folder / "metrics.jsonl"
        content = path.read_bytes() if path.is_file() else b""
        if end is not None:
            if len(content) < end:
                raise ValueError(f"{path} has {len(content)} bytes, and had {end} when the checkpoint was written")
            content = content[:end]
        lines = content.split(b"\n")[:-1]
        found = []
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line)
                if not isinstance(row, dict) or row.get("step") != number:
                    raise ValueError(f"it is to be that of step {number}")
            except (ValueError, RecursionError) as error:
                raise ValueError(f"{path}, line {number}, is damaged: {error}") from None
            found.append(row)
        return found

    def append_rows(self, end: int) -> Rows:
        """The file of metrics, cut off after ``end`` bytes, to write more lines to."""
        return Rows(self.folder / "metrics.jsonl", end)


class Rows:
    """``metrics.jsonl`` while it is written: a line a step, flushed at once, so that others can read along.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     rows = Rows(Path(folder, "metrics.jsonl"), end=0)
    ...     rows.write(1, {"loss": 0.5})
    ...     RunDirectory(folder).rows(), rows.sync()
    ...     rows.close()
    ([{'step': 1, 'loss': 0.5}], 25)
    """

    def __init__(self, path: Path, end: int):
        self.file = open(path, "ab", buffering=0)  # noqa: SIM115  (closed by `close`)
        self.file.truncate(end)
        self.file.seek(0, os.SEEK_END)

    def write(self, step: int, row: dict) -> None:
        """One line, whole or not at all as far as readers go: they leave out what has no end."""
        line = (json.dumps({"step": step, **row}) + "\n").encode()
        written = self.file.write(line)
        if written != len(line):
            raise OSError(f"{self.file.name}: only {written} of {len(line)} bytes could be written; the disk may be full")

    def sync(self) -> int:
        """Put everything onto the disk, and say how many bytes that is."""
        os.fsync(self.file.fileno())
        return self.file.tell()

    def close(self) -> None:
        """No more lines."""
        self.file.close()


def history_of(rows: list[dict]) -> tuple[dict, list]:
    """Metrics by name and what was watched, as training keeps them, from the lines of ``metrics.jsonl``.

    >>> history_of([{"step": 1, "loss": 2.0}, {"step": 2, "loss": 1.0, "watched": {"modes": 8}}])
    ({'loss': [2.0, 1.0]}, [{'step': 2, 'modes': 8}])
    """
    history: dict[str, list] = {}
    records = []
    for row in rows:
        for key, value in row.items():
            if key == "watched":
                records.append({"step": row["step"], **value})
            elif key != "step":
                history.setdefault(key, []).append(float(value))
    return history, records


def safe(name: str) -> str:
    """``name`` as that of a folder: no separators, no leading dot, never empty.

    >>> safe("digits"), safe(".."), safe("a/b"), safe("[red]")
    ('digits', 'data', 'a-b', '[red]')
    """
    plain = re.sub(r'[\x00-\x1f/\\:*?"<>|]', "-", name).strip(" .")
    return plain[:100] or "data"


__all__ = ["Locked", "Rows", "RunDirectory", "history_of", "safe"]
