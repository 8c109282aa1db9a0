"""Graphs of sentences: which variables they have, who depends on whom, and what stands in which plate."""

import minigan.numpy as mnp
from minigan import random
from minigan.models.families import sentences
from minigan.models.families.factors import categorical, normal
from minigan.models.families.language import Discrete, Gaussian, by, linear, observed, sum_out
from minigan.plots.sentences import draw_sentence, graph_of, lines_of, shown_sentences
from minigan.plots.style import figure


def graphs():
    shown = shown_sentences(random.generator(0))
    return {function.__name__: graph_of(function(*arguments)) for function, arguments in shown.items()}


def edges(nodes):
    return {(parent, name) for name, node in nodes.items() for parent in node.parents}


def test_edges_are_those_of_the_laws():
    found = graphs()
    assert edges(found["mixture_of_gaussians"]) == {("k", "x")}
    assert edges(found["logistic_regression"]) == {("x", "y")}
    assert edges(found["hidden_markov_model"]) == {("z before", "z"), ("z", "x")}
    assert edges(found["linear_regression"]) == {("w", "y"), ("x", "y")}
    assert edges(found["gated_chains"]) == {("u", "s"), ("s", "z"), ("z before", "z"), ("z", "x")}


def test_kinds_shades_and_plates():
    found = graphs()
    gated = found["gated_chains"]
    assert {name: node.kind for name, node in gated.items() if not name.endswith("before")} == {
        "u": "input",
        "s": "discrete",
        "z": "discrete",
        "x": "gaussian",
    }
    assert {name for name, node in gated.items() if node.seen} == {"u", "x"}
    indices = {name: [index.name for index in node.indices] for name, node in gated.items()}
    assert indices == {"u": ["n"], "s": ["n"], "z": ["n", "t"], "x": ["n", "t"], "z before": ["n"]}
    assert found["linear_regression"]["w"].indices == ()
    assert found["logistic_regression"]["y"].kind == "discrete"


def test_no_two_nodes_stand_in_one_place_and_children_below_their_parents():
    k, z = Discrete("k", 2), Gaussian("z", 2)
    seen = normal(observed("x", mnp.zeros(3)), linear(z, by(mnp.ones((2, 3, 2)), k)), 1.0)
    analysers = graph_of(sum_out((k, z), categorical(k, mnp.zeros(2)) * normal(z, 0.0, 1.0) * seen))
    for nodes in (*graphs().values(), analysers):
        assert len({node.at for node in nodes.values()}) == len(nodes)
        for parent, name in edges(nodes):
            if not parent.endswith(" before"):
                assert nodes[parent].at[1] < nodes[name].at[1]


def test_a_drawing_has_a_patch_for_each_node_plate_and_edge():
    from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Rectangle

    sentence = sentences.hidden_markov_model(
        *(mnp.zeros(shape) for shape in (2, (2, 2), (2, 1))), mnp.ones((2, 1)), mnp.zeros((3, 1))
    )
    _, axes = figure()
    draw_sentence(axes, sentence)
    kinds = [type(patch) for patch in axes.patches]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        Circle: 1,
        Rectangle: 2,
        FancyBboxPatch: 1,
        FancyArrowPatch: 2,
    }
    assert "t = 1..3" in {text.get_text() for text in axes.texts}


def test_the_lectures_sentences_have_three_lines():
    for function in (sentences.mixture_of_gaussians, sentences.logistic_regression, sentences.hidden_markov_model):
        lines = lines_of(function)
        assert len(lines) == 3 and lines[-1].startswith("return ")
