"""A child forked while another thread is inside a compiled call: it neither waits for that thread nor goes on from
buffers that the thread had half written."""

import os
import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

SCRIPT = """
import os, threading, time
import numpy as np
import minigan as mg, minigan.numpy as mnp

WEIGHTS = np.linspace(-1.0, 1.0, 300 * 300).reshape(300, 300) / 30.0

def plain(w, x):
    loss = lambda w: mnp.mean((mnp.tanh(mnp.tanh(x @ w) @ w) - x) ** 2)
    return w - 0.1 * mg.grad(loss)(w), loss(w)

compiled = mg.compile(plain, donate=DONATE)
x = np.cos(np.arange(200.0 * 300)).reshape(200, 300)
started, done = threading.Event(), threading.Event()

def work():
    w = WEIGHTS.copy()
    while not done.is_set():
        w, _ = compiled(w, x)
        started.set()

def right():
    w, v = WEIGHTS.copy(), WEIGHTS.copy()
    for _ in range(3):
        w, loss = compiled(w, x)
        v, expected = plain(v, x)
    return np.allclose(w, v, rtol=1e-10, atol=1e-12) and np.allclose(loss, expected, rtol=1e-10)

threads = [threading.Thread(target=work, daemon=True) for _ in range(THREADS)]
for thread in threads:
    thread.start()
started.wait()
ends = []
for round in range(10):
    time.sleep(0.003 * round)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if right() else 2
        finally:
            os._exit(code)
    deadline = time.monotonic() + 30.0
    while (found := os.waitpid(child, os.WNOHANG)) == (0, 0) and time.monotonic() < deadline:
        time.sleep(0.005)
    if found == (0, 0):
        os.kill(child, KILL)
        os.waitpid(child, 0)
        ends.append("waits for ever")
        break
    ends.append(os.waitstatus_to_exitcode(found[1]))
done.set()
for thread in threads:
    thread.join()
print(ends, right())
"""


@pytest.mark.parametrize("donate", [(), (0,)], ids=["plain", "donated"])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_child_forked_during_a_call_calls_too(donate, threads):
    constants = f"DONATE, THREADS, KILL = {donate}, {threads}, {int(signal.SIGKILL)}\n"
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "MINIGAN_BACKEND": "numpy"}
    run = subprocess.run(
        [sys.executable, "-c", constants + SCRIPT], capture_output=True, text=True, timeout=300, env=environment
    )
    assert run.stdout.strip() == f"{[0] * 10} True", run.stdout + run.stderr


NESTED = """
import os
import numpy as np
import minigan as mg

def forks(x):  # while it is recorded, by the thread that holds the lock
    child = os.fork()
    if child:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    return 2.0 * x if child else 3.0 * x

compiled = mg.compile(forks)
y = compiled(np.ones(3))
if y[0] == 3.0:
    os._exit(0 if (compiled(np.ones(3)) == 3.0).all() else 1)
print(y, compiled(np.ones(3)))
"""


def test_a_call_that_forks_goes_on_in_both_processes():
    environment = {**os.environ, "MINIGAN_BACKEND": "numpy"}
    run = subprocess.run([sys.executable, "-c", NESTED], capture_output=True, text=True, timeout=120, env=environment)
    assert run.stdout.strip() == "[2. 2. 2.] [2. 2. 2.]", run.stdout + run.stderr
