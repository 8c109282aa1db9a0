"""Arguments taken apart and results put together by code written for one structure.

Walking a tree costs as much as a small training step. For a known structure the walk is a handful of unpackings,
written out and compiled once.
"""

from __future__ import annotations

import numpy as np

from ..autodiff.trees import Structure


def taker(structure: Structure):
    """A function ``(args, kwargs) -> leaves`` for trees of this structure; ``None`` for any other."""
    namespace: dict = {"containers": frozenset((tuple, list, dict, type(None)))}
    lines, leaves = _unpacking(structure, namespace)
    lines += [f"if type({name}) in containers: return None" for name in leaves]
    lines.append(f"return [{', '.join(leaves)}]")
    return _defined("take", lines, namespace)


def giver(structure: Structure):
    """A function from a sequence of leaves to the tree of this structure."""
    namespace: dict = {}
    leaves = [f"leaves[{i}]" for i in range(structure.size)]
    exec(f"def give(leaves):\n    return {_packing(structure, leaves, namespace)}\n", namespace)
    return namespace["give"]


def shortcut(structure: Structure, given: Structure, expected, run, kept, memory):
    """A function ``(args, kwargs) -> (result,)`` for the call that training makes again and again; else ``None``.

    ``expected`` says for every leaf what makes it that call's: ``("kept", i)``, it is ``kept[i]`` itself, where the last
    result was left; ``("array", shape, dtype)``, a NumPy array or scalar that plainly lies outside of ``memory`` (ids of
    arrays that own what is kept); ``("value", x)``, it is x. ``None`` means that somebody slower must look, not that the
    call is wrong.
    """
    namespace: dict = {"run": run, "kept": kept, "memory": memory, "array": np.ndarray}
    lines, leaves = _unpacking(structure, namespace)
    same, passed = [], []
    for i, (name, (kind, *rest)) in enumerate(zip(leaves, expected)):
        if kind == "array":
            shape, dtype = rest
            passed.append(name)
            namespace[f"dtype{i}"], namespace[f"scalar{i}"] = dtype, dtype.type
            unusual = (
                f"type({name}) is not array or {name}.shape != {shape} or {name}.dtype is not dtype{i} or "
                f"((base := {name}.base) is not None and "
                "(type(base) is not array or base.base is not None or id(base) in memory))"
            )
            number = f"type({name}) is not scalar{i} and " if shape == () else ""
            lines.append(f"if {number}({unusual}): return None")
        else:
            namespace[f"known{i}"] = kept[rest[0]] if kind == "kept" else rest[0]
            same.append(f"{name} is not known{i}")
    if same:
        lines.append(f"if {' or '.join(same)}: return None")
    results = [f"r{i}" for i in range(given.size)]
    arguments = ", ".join(["kept"] * bool(kept) + passed)
    lines.append(f"{', '.join(results)}{',' * bool(results)} = run({arguments})" if results else f"run({arguments})")
    lines.append(f"return ({_packing(given, results, namespace)},)")
    return _defined("call", lines, namespace)


def _defined(name, lines, namespace):
    """The function ``name(args, kwargs)`` with these lines."""
    body = "\n".join(f"    {line}" for line in lines)
    exec(f"def {name}(args, kwargs):\n{body}\n", namespace)
    return namespace[name]


def _unpacking(structure: Structure, namespace) -> tuple[list[str], list[str]]:
    """Lines that take ``(args, kwargs)`` apart or return ``None``, and the names they give to the leaves.

    What is missing is an exception's to tell, which costs nothing where none is raised: 1 % of W2.
    """
    lines: list[str] = []
    leaves: list[str] = []
    names = iter(range(1 << 30))

    def walk(s: Structure, name: str):
        if s.kind is None:
            leaves.append(name)
            return
        if s.kind is type(None):
            lines.append(f"if {name} is not None: return None")
            return
        kind = f"kind{len(namespace)}"
        namespace[kind] = s.kind
        parts = [f"v{next(names)}" for _ in s.children]
        if s.kind is dict or not parts:
            lines.append(f"if type({name}) is not {kind} or len({name}) != {len(parts)}: return None")
            lines.extend(f"{part} = {name}[{_spelled(key, namespace)}]" for key, part in zip(s.keys or (), parts))
        else:
            lines.append(f"if type({name}) is not {kind}: return None")
            lines.append(f"{', '.join(parts)}, = {name}")
        for child, part in zip(s.children, parts):
            walk(child, part)

    args, kwargs = structure.children
    walk(args, "args")
    walk(kwargs, "kwargs")
    return ["try:", *(f"    {line}" for line in lines), "except (KeyError, ValueError): return None"], leaves


def _packing(s: Structure, leaves, namespace) -> str:
    """An expression for the tree of this structure whose leaves are these expressions."""
    if s.kind is None:
        return leaves[0]
    if s.kind is type(None):
        return "None"
    parts, start = [], 0
    for child in s.children:
        parts.append(_packing(child, leaves[start : start + child.size], namespace))
        start += child.size
    if s.kind is dict:
        return "{" + ", ".join(f"{_spelled(key, namespace)}: {part}" for key, part in zip(s.keys, parts)) + "}"
    inside = ", ".join(parts)
    if s.kind is list:
        return f"[{inside}]"
    if s.kind is tuple:
        return f"({inside},)" if parts else "()"
    kind = f"kind{len(namespace)}"
    namespace[kind] = s.kind
    return f"{kind}({inside})"


def _spelled(key, namespace) -> str:
    """A dict's key as text: itself where it is a string, else the name of a global."""
    if type(key) is str:
        return repr(key)
    name = f"key{len(namespace)}"
    namespace[name] = key
    return name
