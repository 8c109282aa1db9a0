"""A training state in a file: nothing lost or half written, nothing damaged let in, nothing pickled."""

import io
import json
import pickle
import zipfile

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan import nn, optim
from minigan.densities import Normal
from minigan.gan import fit, load_checkpoint, save_checkpoint
from minigan.random import Generator, generator


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
    path = tmp_path / "deep" / "down" / "checkpoint.npz"
    save_checkpoint(path, result.state, history=result.history, rng=result.rng, about={"game": "minimax", "n": 3})
    return path, result


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_round_trip(tmp_path, dtype):
    result, like = train(dtype=dtype), train(0, dtype=dtype, rng=9).state
    path = tmp_path / "checkpoint.npz"
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
    assert [p.name for p in path.parent.iterdir()] == ["checkpoint.npz"]


class BrokenDisk(OSError):
    pass


@pytest.mark.parametrize("about", [{"a": object()}, None], ids=["not JSON", "a full disk"])
def test_a_failed_save_leaves_the_old_file_and_no_half_one(saved, monkeypatch, about):
    path, result = saved
    before = path.read_bytes()
    if about is None:

        def fails(file, **arrays):
            file.write(b"half a file")
            raise BrokenDisk("no space left on device")

        monkeypatch.setattr("minigan.gan.checkpoint.np.savez", fails)
    with pytest.raises(BrokenDisk if about is None else TypeError):
        save_checkpoint(path, result.state, about=about)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["checkpoint.npz"]


def test_other_networks_are_refused(saved):
    path, _ = saved
    with pytest.raises(ValueError, match=r"array \d+ has shape .* and the networks here"):
        load_checkpoint(path, train(0, width=5).state)
    with pytest.raises(ValueError, match="array 0 is float64, and the networks here float32"):
        load_checkpoint(path, train(0, dtype="float32").state)
    other = fit(nn.mlp([3, 1]), nn.dense(1), Normal(), steps=0, batch=8).state
    with pytest.raises(ValueError, match=r"holds a state of structure .* and the networks here"):
        load_checkpoint(path, other)


def rewritten(path, **changes):
    """The archive with members replaced by arrays, or left out for None."""
    with np.load(path) as file:
        members = {name: file[name] for name in file.files}
    members.update(changes)
    np.savez(path, **{name: array for name, array in members.items() if array is not None})


def meta_of(**changes):
    meta = {"structure": "*", "history": {}, "rng": None, "about": {}}
    meta.update(changes)
    kept = {key: value for key, value in meta.items() if value is not ...}
    return np.frombuffer(json.dumps(kept).encode(), dtype=np.uint8)


def npy_bytes(array, **options):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, **options)
    return buffer.getvalue()


DAMAGE = {
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("not a checkpoint"),
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:-50]),
    "cut in half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "a pickle": lambda path: path.write_bytes(pickle.dumps({"state": [1.0]})),
    "a bare array": lambda path: path.write_bytes(npy_bytes(np.ones(3))),
    "another archive": lambda path: np.savez(path, a=np.ones(3)),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "missing": lambda path: path.unlink(),
    "no words": lambda path: rewritten(path, meta=None),
    "words that are no JSON": lambda path: rewritten(path, meta=np.frombuffer(b"{not json", dtype=np.uint8)),
    "words that are no text": lambda path: rewritten(path, meta=np.frombuffer(b"\xff\xfe\xfa", dtype=np.uint8)),
    "words of another kind": lambda path: rewritten(path, meta=np.frombuffer(b"[1, 2]", dtype=np.uint8)),
    "words without a history": lambda path: rewritten(path, meta=meta_of(history=...)),
    "an array missing in the middle": lambda path: rewritten(path, leaf3=None),
    "an array too few": lambda path: rewritten(path, leaf15=None),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_damaged_and_foreign_files_are_refused(saved, what):
    path, result = saved
    assert len(mg.tree_leaves(result.state)) > 15
    DAMAGE[what](path)
    with pytest.raises(ValueError, match=r"checkpoint\.npz"):
        load_checkpoint(path, result.state)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_flipped_byte_is_noticed_or_harmless(saved, seed):
    """Every array carries a checksum; it leaves out a few fields of the archive that nothing reads."""
    path, result = saved
    good = path.read_bytes()
    rng = np.random.default_rng(seed)
    for position in rng.integers(0, len(good), 40):
        path.write_bytes(good[:position] + bytes([good[position] ^ 0x55]) + good[position + 1 :])
        try:
            state, *_ = load_checkpoint(path, result.state)
        except (ValueError, NotImplementedError):
            continue
        for a, b in zip(leaves(state), leaves(result.state), strict=True):
            assert (a == b).all()


def test_nothing_that_is_pickled_is_opened(saved):
    """A pickle runs code when it is loaded; this one would leave a trace."""
    path, result = saved
    trace = path.parent / "trace"

    class Trap:
        def __reduce__(self):
            return open, (str(trace), "w")

    array = np.empty((), dtype=object)
    array[()] = Trap()
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    for target in ("meta.npy", "leaf0.npy"):
        with zipfile.ZipFile(path, "w") as file:
            for name, content in members.items():
                file.writestr(name, npy_bytes(array, allow_pickle=True) if name == target else content)
        with pytest.raises(ValueError, match="not a checkpoint of minigan"):
            load_checkpoint(path, result.state)
        assert not trace.exists()


def test_no_array_in_the_file_needs_pickle(saved):
    path, _ = saved
    with np.load(path, allow_pickle=False) as file:
        kinds = {file[name].dtype.kind for name in file.files}
    assert kinds == {"f", "u"}


def test_the_state_of_randomness_survives_json(saved):
    path, result = saved
    _, _, rng, _ = load_checkpoint(path, result.state)
    assert rng == json.loads(json.dumps(generator(0).state)) | {"state": rng["state"]}
