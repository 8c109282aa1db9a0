"""Arguments taken apart and results put together by code written for one structure.

Walking a tree costs as much as a small training step. For a known structure the walk is a handful of unpackings,
written out and compiled once.
"""

from __future__ import annotations

from ..autodiff.trees import Structure


def taker(structure: Structure):
    """A function ``(args, kwargs) -> leaves`` for trees of this structure; ``None`` for any other."""
    kinds: dict = {}
    lines: list[str] = []
    leaves: list[str] = []
    counter = iter(range(1 << 30))

    def walk(s: Structure, name: str):
        if s.kind is None:
            leaves.append(name)
            lines.append(f"if type({name}) in containers: return None")
            return
        if s.kind is type(None):
            lines.append(f"if {name} is not None: return None")
            return
        kind = f"kind{len(kinds)}"
        kinds[kind] = s.kind
        parts = [f"v{next(counter)}" for _ in s.children]
        lines.append(f"if type({name}) is not {kind} or len({name}) != {len(parts)}: return None")
        if s.kind is dict:
            keys = f"keys{len(kinds)}"
            kinds[keys] = s.keys
            for i, part in enumerate(parts):
                lines.append(f"{part} = {name}.get({keys}[{i}], missing)")
                lines.append(f"if {part} is missing: return None")
        elif parts:
            lines.append(f"{', '.join(parts)}, = {name}")
        for child, part in zip(s.children, parts):
            walk(child, part)

    args, kwargs = structure.children
    walk(args, "args")
    walk(kwargs, "kwargs")
    body = "\n".join(f"    {line}" for line in lines)
    source = f"def take(args, kwargs):\n{body}\n    return [{', '.join(leaves)}]\n"
    namespace = {**kinds, "missing": object(), "containers": frozenset((tuple, list, dict, type(None)))}
    exec(source, namespace)
    return namespace["take"]


def giver(structure: Structure):
    """A function from a sequence of leaves to the tree of this structure."""
    kinds: dict = {}
    counter = iter(range(1 << 30))

    def walk(s: Structure) -> str:
        if s.kind is None:
            return f"leaves[{next(counter)}]"
        if s.kind is type(None):
            return "None"
        parts = [walk(child) for child in s.children]
        if s.kind is dict:
            keys = f"keys{len(kinds)}"
            kinds[keys] = s.keys
            return "{" + ", ".join(f"{keys}[{i}]: {part}" for i, part in enumerate(parts)) + "}"
        inside = ", ".join(parts)
        if s.kind is list:
            return f"[{inside}]"
        if s.kind is tuple:
            return f"({inside},)" if parts else "()"
        kind = f"kind{len(kinds)}"
        kinds[kind] = s.kind
        return f"{kind}({inside})"

    source = f"def give(leaves):\n    return {walk(structure)}\n"
    exec(source, kinds)
    return kinds["give"]
