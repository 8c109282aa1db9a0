"""A training state in a file: nothing lost or half written, nothing damaged let in, nothing pickled."""

import json
import math
import os
import pickle
import struct
import tracemalloc

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from safetensors.numpy import load_file, save_file

import minigan as mg
import minigan.numpy as mnp
from minigan import nn, optim
from minigan.densities import Normal
from minigan.gan import fit, load_checkpoint, save_checkpoint
from minigan.random import Generator, generator
from minigan.training import Checkpoints, load_weights, save_weights
from minigan.training.tensors import checksum_of_words


def train(steps=3, width=4, dtype=None, **options):
    return fit(
        nn.dense(1),
        nn.sequential(nn.dense(width), nn.batch_norm(), nn.dropout(0.1), nn.dense(1)),
        Normal(1.0, 0.5),
        steps=steps,
        batch=8,
        dtype=dtype,
        generator_optimizer=optim.adam(1e-2),
        **options,
    )


def leaves(tree):
    return mg.tree_leaves(mg.to_numpy(tree))


@pytest.fixture
def saved(tmp_path):
    result = train()
    path = tmp_path / "deep" / "down" / "checkpoint.safetensors"
    save_checkpoint(path, result.state, history=result.history, rng=result.rng, about={"game": "minimax", "n": 3})
    return path, result


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_round_trip(tmp_path, dtype):
    result, like = train(dtype=dtype), train(0, dtype=dtype, rng=9).state
    path = tmp_path / "checkpoint.safetensors"
    save_checkpoint(path, result.state, history=result.history, rng=result.rng, about={"game": "minimax"})
    state, history, rng, about = load_checkpoint(path, like)
    assert type(state) is type(result.state) and history == result.history and about == {"game": "minimax"}
    for a, b in zip(leaves(state), leaves(result.state), strict=True):
        assert a.dtype == b.dtype == dtype and a.shape == b.shape and (a == b).all()
    again = Generator.from_state(rng)
    assert (mg.to_numpy(again.standard_normal((5,))) == mg.to_numpy(result.rng.standard_normal((5,)))).all()


def test_training_goes_on_from_a_file_as_if_it_had_never_stopped(saved):
    path, _ = saved
    state, history, rng, _ = load_checkpoint(path, train(0).state)
    rest = train(4, state=state, history=history, rng=Generator.from_state(rng))
    whole = train(7)
    assert rest.history == whole.history
    for a, b in zip(leaves(rest.state), leaves(whole.state), strict=True):
        assert (a == b).all()


def test_a_bare_state_and_a_bare_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_checkpoint("state", {"w": mnp.asarray([1.0, np.inf, np.nan])})
    state, history, rng, about = load_checkpoint("state", {"w": mnp.zeros(3)})
    assert leaves(state)[0].tolist()[:2] == [1.0, np.inf] and np.isnan(leaves(state)[0][2])
    assert (history, rng, about) == ({}, None, {})
    assert [p.name for p in tmp_path.iterdir()] == ["state"]  # under the very name that was asked for


def test_saving_again_replaces(saved):
    path, _ = saved
    more = train(5)
    save_checkpoint(path, more.state, history=more.history)
    assert len(load_checkpoint(path, more.state)[1]["generator_loss"]) == 5
    assert [p.name for p in path.parent.iterdir()] == ["checkpoint.safetensors"]


class BrokenDisk(OSError):
    pass


def test_what_is_no_json_is_refused_and_the_old_file_stays(saved):
    path, result = saved
    before = path.read_bytes()
    with pytest.raises(TypeError):
        save_checkpoint(path, result.state, about={"a": object()})
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["checkpoint.safetensors"]


def test_a_full_disk_leaves_the_old_file_and_no_half_one(saved, full_disk):
    path, result = saved
    before = path.read_bytes()
    with pytest.raises(OSError), full_disk(len(before) // 2):
        save_checkpoint(path, result.state, history=result.history)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["checkpoint.safetensors"]


@pytest.mark.parametrize(
    "leaf",
    ["words", {1, 2}, object(), np.array(["a"]), np.array([None])],
    ids=["text", "set", "object", "array of text", "array of objects"],
)
def test_a_state_that_holds_anything_but_numbers_is_refused(tmp_path, leaf):
    with pytest.raises(TypeError, match="holds arrays of numbers, and w"):
        save_checkpoint(tmp_path / "one", {"w": leaf})
    assert list(tmp_path.iterdir()) == []


def test_other_networks_are_refused(saved):
    path, _ = saved
    with pytest.raises(ValueError, match=r"discriminator\S* has shape .* and the networks here"):
        load_checkpoint(path, train(0, width=5).state)
    with pytest.raises(ValueError, match="is float64, and the networks here float32"):
        load_checkpoint(path, train(0, dtype="float32").state)
    other = fit(nn.mlp([3, 1]), nn.dense(1), Normal(), steps=0, batch=8).state
    with pytest.raises(ValueError, match=r"holds a state of structure .* and the networks here"):
        load_checkpoint(path, other)


# -- damaged, foreign and hand-made files --------------------------------------------------------------------


def header_of(content):
    (size,) = struct.unpack("<Q", content[:8])
    return json.loads(content[8 : 8 + size]), content[8 + size :]


def with_header(header, data):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def words_changed(path, signed=True, **changes):
    """The file with other words; ``signed`` with a checksum that fits them, as a forger would write it."""
    header, data = header_of(path.read_bytes())
    words = json.loads(header["__metadata__"]["minigan"])
    for key, value in changes.items():
        if value is ...:
            del words[key]
        else:
            words[key] = value
    if signed:
        words.pop("checksum", None)
        words["checksum"] = checksum_of_words(words)
    header["__metadata__"]["minigan"] = json.dumps(words)
    path.write_bytes(with_header(header, data))


def metadata_set(path, text):
    header, data = header_of(path.read_bytes())
    header["__metadata__"] = {} if text is None else {"minigan": text}
    path.write_bytes(with_header(header, data))


def renamed(path, name):
    header, data = header_of(path.read_bytes())
    header["other"] = header.pop(name)
    path.write_bytes(with_header(header, data))


DAMAGE = {
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("not a checkpoint"),
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:-50]),
    "cut in half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "too long": lambda path: path.write_bytes(path.read_bytes() + b"more"),
    "a pickle": lambda path: path.write_bytes(pickle.dumps({"state": [1.0]})),
    "another archive": lambda path: np.savez(path.open("wb"), a=np.ones(3)),
    "another safetensors file": lambda path: save_file({"a": np.ones(3)}, path),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "missing": lambda path: path.unlink(),
    "a header of a terabyte": lambda path: path.write_bytes(struct.pack("<Q", 1 << 40) + b"{}"),
    "no words": lambda path: metadata_set(path, None),
    "words that are no JSON": lambda path: metadata_set(path, "{not json"),
    "words too deep": lambda path: metadata_set(path, "[" * 100_000),
    "words of another kind": lambda path: metadata_set(path, "[1, 2]"),
    "words without a history": lambda path: words_changed(path, history=...),
    "words without a structure": lambda path: words_changed(path, structure=...),
    "a history of words": lambda path: words_changed(path, history={"generator_loss": ["a"]}),
    "a history of truth values": lambda path: words_changed(path, history={"generator_loss": [True]}),
    "a history that is a list": lambda path: words_changed(path, history=[1.0]),
    "histories of two lengths": lambda path: words_changed(path, history={"a": [1.0], "b": []}),
    "randomness that is a list": lambda path: words_changed(path, rng=[1]),
    "about that is a number": lambda path: words_changed(path, about=3),
    "no checksums": lambda path: words_changed(path, checksums=...),
    "checksums of nothing": lambda path: words_changed(path, checksums={}),
    "words changed and not signed": lambda path: words_changed(path, signed=False, about={"game": "wgan"}),
    "an array of another name": lambda path: renamed(path, "generator.bias"),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_damaged_and_foreign_files_are_refused(saved, what):
    path, result = saved
    DAMAGE[what](path)
    with pytest.raises(ValueError, match=r"checkpoint\.safetensors") as caught:
        load_checkpoint(path, result.state)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_flipped_byte_is_noticed(saved, seed):
    """Checksums are over every array and every word; what is left are blanks of the header."""
    path, result = saved
    good = path.read_bytes()
    rng = np.random.default_rng(seed)
    noticed = 0
    for position in rng.integers(0, len(good), 60):
        path.write_bytes(good[:position] + bytes([good[position] ^ (1 << rng.integers(8))]) + good[position + 1 :])
        try:
            state, *_ = load_checkpoint(path, result.state)
        except ValueError:
            noticed += 1
            continue
        for a, b in zip(leaves(state), leaves(result.state), strict=True):
            assert (a == b).all()
    assert noticed >= 58


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.booleans())
def test_arbitrary_bytes_are_a_sentence(tmp_path, content, framed):
    path = tmp_path / "any.safetensors"
    path.write_bytes(struct.pack("<Q", len(content)) + content if framed else content)
    with pytest.raises(ValueError, match=r"any\.safetensors"):
        load_checkpoint(path, {"w": mnp.zeros(2)})


def test_sizes_are_compared_before_memory_is_taken(tmp_path):
    """A file that says, and has, 1.8 GB of zeros on a sparse disk, where two numbers are expected."""
    path, size = tmp_path / "huge.safetensors", 225_000_000
    words = {"structure": "{'w': *}", "history": {}, "rng": None, "about": {}, "checksums": {"w": ""}}
    words["checksum"] = checksum_of_words(words)
    header = {
        "__metadata__": {"minigan": json.dumps(words)},
        "w": {"dtype": "F64", "shape": [size], "data_offsets": [0, 8 * size]},
    }
    path.write_bytes(with_header(header, b""))
    os.truncate(path, path.stat().st_size + 8 * size)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="w has shape"):
            load_checkpoint(path, {"w": mnp.zeros(2)})
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_nothing_that_is_pickled_is_opened(saved):
    """A pickle runs code when it is loaded; this one would leave a trace."""
    path, result = saved
    trace = path.parent / "trace"

    class Trap:
        def __reduce__(self):
            return open, (str(trace), "w")

    path.write_bytes(pickle.dumps(Trap()))
    with pytest.raises(ValueError, match="not a file of minigan"):
        load_checkpoint(path, result.state)
    assert not trace.exists()


def test_other_tools_read_the_arrays_by_name(saved):
    path, result = saved
    arrays = load_file(path)
    assert (arrays["generator.weight"] == mg.to_numpy(result.state.generator["weight"])).all()
    assert "discriminator_memory.second_moment.0.weight" in arrays


@pytest.mark.parametrize(
    "place, value, told",
    [
        ("generator", math.nan, "generator.* not finite"),
        ("generator_memory", math.inf, "generator_memory.* not finite"),
        ("second_moment", -1e-30, "mean of squares and holds -1e-30"),
    ],
)
def test_a_state_to_go_on_from_is_finite_and_its_squares_positive(tmp_path, place, value, told):
    state = train(2).state
    spoilt = state._replace(generator_memory=dict(state.generator_memory))
    tree = {"weight": mnp.full((1, 1), value), "bias": mnp.zeros(1)}
    if place == "generator":
        spoilt = spoilt._replace(generator=tree)
    else:
        spoilt.generator_memory["second_moment"] = tree
    save_checkpoint(tmp_path / "one", spoilt)
    load_checkpoint(tmp_path / "one", state)
    with pytest.raises(ValueError, match=told):
        load_checkpoint(tmp_path / "one", state, good=True)


# -- weights by name -----------------------------------------------------------------------------------------


def test_weights_of_a_checkpoint_are_loaded_by_name(saved):
    path, result = saved
    fresh = train(0, rng=5).state.generator
    loaded = load_weights(path, fresh, "generator")
    for a, b in zip(leaves(loaded), leaves(result.state.generator), strict=True):
        assert (a == b).all()
    with pytest.raises(ValueError, match=r"no array called encoder\.bias"):
        load_weights(path, fresh, "encoder")


def test_weights_go_out_and_come_back(tmp_path):
    layer = nn.sequential(nn.dense(3), nn.relu, nn.dense(1))
    params = layer.init(generator(0), (None, 2), "float32")
    save_weights(tmp_path / "w.safetensors", params)
    assert sorted(load_file(tmp_path / "w.safetensors")) == ["0.bias", "0.weight", "2.bias", "2.weight"]
    loaded = load_weights(tmp_path / "w.safetensors", layer.init(generator(1), (None, 2), "float32"))
    assert all((a == b).all() for a, b in zip(leaves(loaded), leaves(params), strict=True))
    with pytest.raises(ValueError, match=r"0\.weight has shape \(2, 3\), and the parameters here \(5, 3\)"):
        load_weights(tmp_path / "w.safetensors", layer.init(generator(1), (None, 5), "float32"))


# -- the last few of a run -----------------------------------------------------------------------------------


def kept(tmp_path, steps=(0, 10, 20, 30, 40), **how):
    checkpoints = Checkpoints(tmp_path / "checkpoints", **how)
    for step in steps:
        checkpoints.save(step, {"w": mnp.full((2,), float(step))}, generator(step))
    return checkpoints


def test_the_last_three_stay(tmp_path):
    checkpoints = kept(tmp_path)
    assert checkpoints.steps() == [20, 30, 40]
    found = checkpoints.newest({"w": mnp.zeros(2)})
    assert found.step == 40 and float(found.state["w"][0]) == 40.0 and found.damaged == []
    assert found.rng.state == generator(40).state


@pytest.mark.parametrize("what", ["empty", "cut short", "words changed and not signed", "a folder"])
def test_a_damaged_newest_one_is_named_and_the_one_before_it_used(tmp_path, what):
    checkpoints = kept(tmp_path)
    DAMAGE[what](checkpoints.path(40))
    found = checkpoints.newest({"w": mnp.zeros(2)})
    assert found.step == 30 and len(found.damaged) == 1 and "step-00000040" in found.damaged[0]


def test_where_all_are_damaged_the_newest_is_named(tmp_path):
    checkpoints = kept(tmp_path)
    for step in checkpoints.steps():
        checkpoints.path(step).write_bytes(b"")
    with pytest.raises(ValueError, match="step-00000040"):
        checkpoints.newest({"w": mnp.zeros(2)})
    assert Checkpoints(tmp_path / "none").newest({}) is None


def test_one_that_was_moved_is_not_believed(tmp_path):
    checkpoints = kept(tmp_path)
    checkpoints.path(40).rename(checkpoints.path(50))
    assert checkpoints.newest({"w": mnp.zeros(2)}).step == 30


def test_due_by_steps_or_by_seconds(tmp_path):
    now = [0.0]
    checkpoints = Checkpoints(tmp_path, every=10, seconds=5.0, clock=lambda: now[0])
    assert not checkpoints.due(9) and checkpoints.due(10)
    now[0] = 5.0
    assert checkpoints.due(1)
    checkpoints.save(1, {"w": mnp.zeros(1)}, generator(0))
    assert not checkpoints.due(10) and checkpoints.due(11)


def test_the_state_of_randomness_survives_json(saved):
    path, result = saved
    _, _, rng, _ = load_checkpoint(path, result.state)
    assert rng == json.loads(json.dumps(generator(0).state)) | {"state": rng["state"]}
