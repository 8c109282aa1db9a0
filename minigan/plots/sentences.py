"""Sentences of the language of models, drawn as their graphs, and what a new one learns.

Plates are boxes, discrete variables squares, Gaussian ones circles; what was seen is shaded.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field

import numpy as np

import minigan.numpy as mnp

from .. import random as random_
from ..backend import to_numpy
from ..models.families import language, sentences
from ..models.families.elimination import posterior
from ..models.families.language import Discrete, Gaussian, Sentence
from .style import DISCRIMINATOR, EXACT, FAKE, figure, tidy

SHADE, BOX = "#c9d3d9", "#8a979e"


@dataclass
class Node:
    """``label``, ``kind`` ("discrete", "gaussian" or "input"), whether it is ``seen``, the ``indices`` around it, and the
    labels of its ``parents``; ``at`` is (column, row)."""

    label: str
    kind: str
    seen: bool
    indices: tuple = ()
    parents: list = field(default_factory=list)
    at: tuple = (0, 0)


def graph_of(sentence: Sentence) -> dict[str, Node]:
    """The variables of a sentence, what it saw included, by name, parents before their children."""
    nodes: dict[str, Node] = {}
    _collect(sentence, (), nodes)
    taken = set()
    for node in nodes.values():
        above = [nodes[parent] for parent in node.parents if parent in nodes and not parent.endswith(" before")]
        row = 1 + max((parent.at[1] for parent in above), default=-1)
        column = max((parent.at[0] for parent in above), default=0)
        while (column, row) in taken:
            column += 1
        node.at = (column, row)
        taken.add(node.at)
    for name, node in nodes.items():
        if name.endswith(" before"):
            column, row = nodes[name.removesuffix(" before")].at
            node.at = (column - 1, row)
    return nodes


def _collect(sentence, indices, nodes) -> None:
    match sentence:
        case language.Product(parts):
            for part in parts:
                _collect(part, indices, nodes)
        case language.Sum(_, of):
            _collect(of, indices, nodes)
        case language.Plate(index, of):
            _collect(of, (*indices, index), nodes)
        case language.Chain(index, state, first, moves, seen):
            for part in (first, moves, seen):
                _collect(part, (*indices, index), nodes)
            before = nodes.pop(state.before.name, None)
            if before:
                before.indices = indices
                nodes[state.before.name] = before
        case language.Factor(kind, child, parents):
            for parent in parents:
                name = parent if isinstance(parent, str) else parent.name
                shape = (
                    "input" if isinstance(parent, str) else "discrete" if isinstance(parent, Discrete) else "gaussian"
                )
                if name not in nodes:
                    nodes[name] = Node(name, shape, isinstance(parent, str), indices)
            seen = not isinstance(child, Discrete | Gaussian)
            found = nodes.pop(child.name, Node(child.name, "", seen, indices))
            found.kind, found.seen = "discrete" if kind == "categorical" else "gaussian", seen
            found.parents += [name for name in (getattr(p, "name", p) for p in parents) if name not in found.parents]
            nodes[child.name] = found


def draw_sentence(axes, sentence: Sentence) -> None:
    """A sentence's graph; the state of the step before is dashed, outside of the box of its chain."""
    from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Rectangle

    nodes = graph_of(sentence)
    places = {name: (1.7 * node.at[0], -1.25 * node.at[1]) for name, node in nodes.items()}
    indices = dict.fromkeys(index for node in nodes.values() for index in node.indices)
    nesting = max((len(node.indices) for node in nodes.values()), default=0)
    for index in indices:
        inside = [places[name] for name, node in nodes.items() if index in node.indices]
        depth = min(node.indices.index(index) for node in nodes.values() if index in node.indices)
        margin = 0.52 + 0.17 * (nesting - depth - 1)
        (left, low), (right, high) = np.min(inside, 0) - margin, np.max(inside, 0) + margin
        low, right = low - 0.2 * (nesting - depth), right + 0.55
        style = "round,pad=0,rounding_size=0.16"
        axes.add_patch(FancyBboxPatch((left, low), right - left, high - low, style, fc="none", ec=BOX, lw=1.1))
        told = f"{index.name} = 1..{index.size}"
        axes.text(right - 0.08, low + 0.05, told, fontsize=7, color=BOX, ha="right", va="bottom")
    patches = {}
    for name, node in nodes.items():
        x, y = places[name]
        before = name.endswith(" before")
        look = {
            "fc": SHADE if node.seen else "white",
            "ec": EXACT,
            "lw": 1.2,
            "ls": "--" if before else "-",
            "zorder": 2,
        }
        if node.kind == "discrete":
            patches[name] = Rectangle((x - 0.27, y - 0.27), 0.54, 0.54, **look)
        else:
            patches[name] = Circle((x, y), 0.3 if node.kind == "gaussian" else 0.22, **look)
        axes.add_patch(patches[name])
        chained = before or f"{name} before" in nodes
        steps = "_t" if chained else "".join(f"_{index.name}" for index in node.indices[-1:])
        label = f"${name.removesuffix(' before')}_{{t-1}}$" if before else f"${name}{steps}$"
        axes.text(x, y, label, fontsize=9, ha="center", va="center", zorder=3)
    for name, node in nodes.items():
        for parent in node.parents:
            axes.add_patch(
                FancyArrowPatch(
                    places[parent],
                    places[name],
                    arrowstyle="-|>",
                    mutation_scale=11,
                    color=EXACT,
                    lw=1.0,
                    patchA=patches[parent],
                    patchB=patches[name],
                    shrinkA=0,
                    shrinkB=0,
                    zorder=1,
                )
            )
    axes.set_aspect("equal")
    axes.autoscale_view()
    axes.margins(0.03)
    axes.set_axis_off()


def shown_sentences(rng) -> dict:
    """Each sentence of the page by the function that makes it, with drawn numbers."""

    def r(*shape):
        return rng.standard_normal(shape)

    ones = mnp.ones((3, 2))
    return {
        sentences.mixture_of_gaussians: (r(3), r(3, 2), ones, r(50, 2)),
        sentences.logistic_regression: (r(3, 2), r(3), r(50, 2), mnp.asarray([0, 1] * 25)),
        sentences.hidden_markov_model: (r(3), r(3, 3), r(3, 2), ones, r(20, 2)),
        sentences.linear_gaussian_chain: (r(2, 2), mnp.eye(2), r(3, 2), mnp.ones(3), r(20, 3)),
        sentences.factor_analysis: (r(4, 2), r(4), mnp.ones(4), r(50, 4)),
        sentences.linear_regression: (1.0, 0.5, r(50, 3), r(50)),
        sentences.gated_chains: (r(2, 2), r(2, 3), r(2, 3, 3), r(3, 2), ones, r(40, 2), r(40, 20, 2)),
    }


def lines_of(function) -> list[str]:
    """A function's lines without its name and docstring."""
    source = inspect.getsource(function)
    return [line.removeprefix("    ") for line in source.rpartition('"""\n')[2].rstrip().split("\n")]


def family_language(sequences: int = 60, steps: int = 10):
    """Each sentence's graph with its lines; last, kinds of sequences as the new sentence tells them after learning."""
    page, axes = figure(4, 2, width=14.0, height=13.0, gridspec_kw={"height_ratios": (1.0, 1.0, 1.0, 1.5)})
    for panel, (function, arguments) in zip(axes.flat, shown_sentences(random_.generator(0)).items()):
        draw_sentence(panel, function(*arguments))
        name = function.__name__.replace("_", " ").replace("gaussian", "Gaussian").replace("markov", "Markov")
        panel.set_title(name, fontsize=11)
        code = "\n".join(lines_of(function))
        panel.text(0.5, -0.03, code, transform=panel.transAxes, family="monospace", fontsize=6.6, ha="center", va="top")
    _kinds(axes.flat[-1], sequences, steps)
    page.suptitle("sentences of one language: squares discrete, circles Gaussian, shaded what was seen", fontsize=12)
    return page


def _kinds(panel, sequences: int, steps: int) -> None:
    rng = random_.generator(1)
    u, x, kinds = sentences.drawn_gated_chains(rng, sequences, steps)
    u, x = mnp.asarray(u), mnp.asarray(x)
    parameters = sentences.learned_gated_chains(u, x, rng).parameters
    told = to_numpy(posterior(sentences.two_kinds(parameters, u, x), Discrete("s", 2)))[:, 1]
    features = to_numpy(mnp.sigmoid(mnp.matmul(u, parameters[0])))
    if told[kinds == 1].mean() < told[kinds == 0].mean():  # kinds are found up to their names
        told, features = 1.0 - told, 1.0 - features
    for kind, colour, name in ((0, FAKE, "a kind that stays"), (1, DISCRIMINATOR, "a kind that leaves")):
        panel.plot(features[kinds == kind], told[kinds == kind], "o", ms=5, alpha=0.7, color=colour, label=name)
    panel.plot([0, 1], [0, 1], color=EXACT, lw=0.8, ls=":")
    panel.set(xlabel="p(leaves) by the features $u_n$ alone", ylabel="p(leaves) after the sequence $x_n$")
    panel.set_title(f"gated chains, learned without labels from {sequences} sequences", fontsize=11)
    panel.legend(frameon=False, fontsize=9, loc="center left")
    tidy(panel)
