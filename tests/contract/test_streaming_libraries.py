"""Streams of every library's arrays, and of several processes, agree with one of NumPy's."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys

import numpy as np
import pytest
from libraries import ALL, extra, loaded, numbers

import kullback as kb
from kullback.learning import (
    RunningMean,
    all_reduce,
    cross_entropy_score,
    running_calibration,
    running_cross_entropy,
    running_kl_divergence,
)

RNG = np.random.default_rng(11)
# Short in binary, so that every type holds them, and apart, so that none ties.
Z = np.stack([RNG.permutation(np.arange(-8, 8)) / 4.0 for _ in range(24)]).reshape(6, 4, 16)
Q = np.roll(Z, 1, axis=-1)
Y = RNG.integers(0, 16, (6, 4))
MASK = RNG.random((6, 4)) < 0.8
SIZES = RNG.integers(5, 50, 6)


def test_every_library(library):
    for dtype in {library.dtypes[0], library.widest}:  # the narrowest and the widest
        z, q = library.array(Z, dtype), library.array(Q, dtype)
        y, mask, sizes = (library.array(x) for x in (Y, MASK, SIZES))
        # Losses are rounded to the type that results of the library have.
        rtol = 1e-14 if dtype == library.widest == "float64" else 1e-6
        given = {"mask": mask, "clustered": True}
        loss = running_cross_entropy(z, y, sizes=sizes, **given)
        wanted = running_cross_entropy(Z, Y, sizes=SIZES, mask=MASK, clustered=True)
        assert (loss.n, loss.size, loss.size_size) == (wanted.n, wanted.size, wanted.size_size)
        np.testing.assert_allclose(float(loss.mean()), float(wanted.mean()), rtol=rtol)
        error = float(wanted.mean().std_error)
        np.testing.assert_allclose(float(loss.mean().std_error), error, rtol=10 * rtol)
        divergence = running_kl_divergence(z, q, weights=library.array(np.abs(Z[..., 0]), dtype))
        wanted = running_kl_divergence(Z, Q, weights=np.abs(Z[..., 0]))
        np.testing.assert_allclose(float(divergence.mean()), float(wanted.mean()), rtol=rtol)
        seen, wanted = running_calibration(z, y, mask=mask), running_calibration(Z, Y, mask=MASK)
        assert (seen.counts, seen.correct) == (wanted.counts, wanted.correct)
        np.testing.assert_allclose(
            [float(x) for x in seen.confidence], [float(x) for x in wanted.confidence], rtol=rtol
        )


def test_losses_of_a_library_are_summed_without_rounding(library):
    dtype = library.widest
    losses = kb.cross_entropy(kb.Labels(library.array(Y), 16), kb.Logits(library.array(Z, dtype)))
    assert RunningMean.of(losses) == RunningMean.of(numbers(losses))


def test_probabilities_of_a_library_are_scored(library):
    p = library.array(np.full((4, 4), 0.25), library.widest)
    assert cross_entropy_score([0, 1, 2, 3], p, unit="bits") == 2.0


def test_gradients_are_let_go_of_torch():
    torch = extra("torch")
    z = torch.tensor(Z, requires_grad=True)
    for running, other in (
        (running_cross_entropy, Y),
        (running_kl_divergence, Q),
        (running_calibration, Y),
    ):
        there = torch.tensor(other, requires_grad=other.dtype == float)
        assert running(z, there) == running(z.detach(), there)
    loss = z.sum(-1)
    assert RunningMean.of(loss, weights=z[..., 0] ** 2) == RunningMean.of(
        numbers(loss), weights=Z[..., 0] ** 2
    )


def test_the_other_model_may_be_of_another_library(library):
    z = library.array(Z, library.widest)
    for q in (Q, Q.tolist()):
        seen = running_kl_divergence(z, q, mask=MASK)
        assert seen == running_kl_divergence(z, library.array(Q, library.widest), mask=MASK)


def test_one_process_of_torch_or_jax_keeps_its_state():
    extra("torch")
    state = RunningMean.of([1.0, 2.5])
    assert all_reduce(state) == state
    extra("jax")
    assert all_reduce(state, library="jax") == state


def traced(library):
    """Return how a library runs functions of arrays without their values."""
    if library.name == "torch":
        return extra("torch").func.vmap
    return extra("jax").jit


@pytest.mark.parametrize("name", ["torch", "jax x64"])
def test_inside_a_trace_of_torch_or_jax_there_is_nothing_to_add(name):
    with loaded(next(x for x in ALL if x.name == name)) as library:

        def count(losses):
            RunningMean.of(losses)
            return losses

        with pytest.raises(kb.KullbackError) as caught:
            traced(library)(count)(library.array([1.0, 2.0], "float64"))
    assert caught.value.key == "learning.traced"


# ---------------------------------------------------------------- several processes

PROCESS = """
import sys, json
import numpy as np
from kullback.learning import RunningMean, all_reduce, running_calibration, running_cross_entropy

library, rank, meeting = sys.argv[1], int(sys.argv[2]), sys.argv[3]
if library == "torch":
    from torch import distributed
    distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=2)
else:
    import jax
    jax.distributed.initialize(meeting, num_processes=2, process_id=rank)
rng = np.random.default_rng(3)
z, y = 3 * rng.standard_normal((1000, 7)), rng.integers(0, 7, 1000)
mine = slice(0, 137) if rank == 0 else slice(137, None)

def counted(rows):
    loss, seen = RunningMean(), []
    for i in range(rows.start, rows.stop or 1000, 50):
        batch = slice(i, min(i + 50, rows.stop or 1000))
        loss += running_cross_entropy(z[batch], y[batch])
        seen.append(running_calibration(z[batch], y[batch]))
    return loss, sum(seen)

loss, seen = (all_reduce(state, library=library) for state in counted(mine))
alone = counted(slice(0, 1000))
print("RESULT", json.dumps([loss.to_dict(), seen.to_dict(), (loss, seen) == alone]))
if library == "torch":
    assert all_reduce(loss, group=distributed.new_group([0])) == loss  # within it and outside
    distributed.destroy_process_group()
"""


def free_port():
    with socket.socket() as server:
        server.bind(("localhost", 0))
        return server.getsockname()[1]


@pytest.mark.parametrize("name", ["torch", "jax"])
def test_two_processes_of_a_library_agree_with_one(name, tmp_path):
    extra(name)
    meeting = f"file://{tmp_path}/meeting" if name == "torch" else f"localhost:{free_port()}"
    words = [[sys.executable, "-c", PROCESS, name, str(rank), meeting] for rank in range(2)]
    with contextlib.ExitStack() as stack:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        running = [stack.enter_context(subprocess.Popen(word, **pipes)) for word in words]
        for process in running:
            stack.callback(process.kill)  # should the other one have failed
        outputs = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0, 0], outputs
    one, other = (json.loads(out.partition("RESULT")[2]) for out, _ in outputs)
    assert one == other
    loss, _, same = one
    assert same
    assert loss["n"] == "1000"
