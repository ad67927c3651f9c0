"""NumPy's arrays in blocks of rows that fit the cache, on every core."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["BLOCK", "Work", "by_rows", "mapped", "over_rows", "smallest_of", "sums", "threads"]

# Three quarters of a megabyte of float64: a few of them fit a cache, and a pass over one takes much
# longer than handing Python's lock from thread to thread.
BLOCK = 98304
# Of arrays of this length many fit the second cache, and memory is had without asking for it.
SMALL = 8192
# A row longer than a block is cut into pieces of this length, which are added up pairwise.
PIECE = 16384
# Starting a thread costs about as much as half a million logarithms.
PARALLEL = 1 << 19
# Each thread has its own buffers, and more of them only wait for memory.
MOST_THREADS = 8

Task = Callable[..., None]


class Work:
    """The buffers of one thread, used again for every block."""

    def __init__(self) -> None:
        self._buffers: dict[str, np.ndarray] = {}
        self._ones = np.empty(0)
        self.zeros = False  # whether the last block had to be looked at for zeros, and held any
        self.near = False  # whether every row of the last block had to be summed again

    def like(self, name: str, block: np.ndarray) -> np.ndarray:
        """Return an uninitialised float64 array of a block's shape."""
        buffer = self._buffers.get(name)
        if buffer is None or buffer.size < block.size:
            buffer = self._buffers[name] = np.empty(block.size)
        return buffer[: block.size].reshape(block.shape)

    def ones(self, k: int) -> np.ndarray:
        """Return a row of ones."""
        if self._ones.size != k:
            self._ones = np.ones(k)
        return self._ones

    def wide(self, name: str, block: np.ndarray) -> np.ndarray:
        """Return a block in float64 and in one piece."""
        if block.dtype == np.float64 and block.flags.c_contiguous:
            return block
        out = self.like(name, block)
        np.copyto(out, block)
        return out


def threads(size: int) -> int:
    """Return how many threads to use for so many numbers."""
    if size < PARALLEL:
        return 1
    affinity = getattr(os, "sched_getaffinity", None)  # only Linux has it
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    return min(cores, MOST_THREADS)


def by_rows(task: Task, tables: list[np.ndarray], out: np.ndarray) -> None:
    """Call task(work, *blocks, out) for blocks of rows; tables (..., K), out (columns, ...).

    All tables have one shape, though perhaps by broadcasting, and out is in one piece.
    """
    k = tables[0].shape[-1]
    try:
        flat = [table.reshape(-1, k, copy=False) for table in tables]
    except ValueError:  # broadcast on an axis between, or transposed
        lead = tables[0].shape[:-1]
        axis = lead.index(min(lead))
        for i in range(lead[axis]):
            part = np.empty((len(out), *lead[:axis], *lead[axis + 1 :]))
            by_rows(task, [np.moveaxis(table, axis, 0)[i] for table in tables], part)
            np.moveaxis(out, axis + 1, 0)[i] = part
        return
    out = out.reshape(out.shape[0], -1)
    size = flat[0].size
    if size == 0:
        return
    if size <= BLOCK:
        with np.errstate(all="ignore"):
            task(Work(), *flat, out=out)
        return
    _on_every_core(task, flat, out)


def _on_every_core(task: Task, flat: list[np.ndarray], out: np.ndarray) -> None:
    rows = max(1, BLOCK // flat[0].shape[-1])
    queue = deque(range(0, len(flat[0]), rows))

    def run() -> None:
        work = Work()
        with np.errstate(all="ignore"):
            while queue:
                try:
                    i = queue.popleft()
                except IndexError:  # another thread was faster
                    return
                try:
                    task(work, *(table[i : i + rows] for table in flat), out=out[:, i : i + rows])
                except BaseException:
                    queue.clear()  # the others need not go on
                    raise

    workers = min(len(queue), threads(flat[0].size))
    if workers == 1:
        run()
        return
    from concurrent.futures import ThreadPoolExecutor

    # A pool of its own: one that is kept would not survive a fork.
    with ThreadPoolExecutor(workers - 1) as pool:
        others = [pool.submit(run) for _ in range(workers - 1)]
        run()
        for done in others:
            done.result()


def sums(task: Task, columns: int, *tables: np.ndarray) -> np.ndarray:
    """Return what a task adds up over the outcomes of every row, shape (columns, ...)."""
    same = _broadcast(tables)
    *lead, k = same[0].shape
    if k <= BLOCK:
        out = np.empty((columns, *lead))
        by_rows(task, same, out)
        return out
    whole = k - k % PIECE
    cut = [table[..., :whole].reshape(*lead, whole // PIECE, PIECE) for table in same]
    parts = [sums(task, columns, *cut)]
    if whole < k:
        parts.append(sums(task, columns, *(table[..., whole:] for table in same))[..., None])
    return np.add.reduce(np.concatenate(parts, axis=-1), axis=-1)


def over_rows(task: Task, *tables: np.ndarray) -> np.ndarray:
    """Return what a task answers for every row, which it is given whole, shape (...)."""
    same = _broadcast(tables)
    out = np.empty((1, *same[0].shape[:-1]))
    by_rows(task, same, out)
    return out[0]


def mapped(kernel: Callable[..., Any], *tables: np.ndarray) -> np.ndarray:
    """Return what a kernel of any library answers for every row.

    It makes many arrays of its block's size, so that fewer rows at a time are faster.
    """

    def task(work: Work, *blocks: np.ndarray, out: np.ndarray) -> None:
        rows = max(1, SMALL // blocks[0].shape[-1])
        for i in range(0, len(blocks[0]), rows):
            part = (work.wide(str(n), x[i : i + rows]) for n, x in enumerate(blocks))
            out[0, i : i + rows] = kernel(np, *part)

    return over_rows(task, *tables)


def smallest_of(a: np.ndarray) -> float:
    """Return the smallest number, or NaN if there is one."""
    return float(np.minimum.reduce(a, axis=None))


def _broadcast(tables: tuple[np.ndarray, ...]) -> list[np.ndarray]:
    """Return tables of one shape; `np.broadcast_arrays` is slow where they are so already."""
    shape = tables[0].shape
    for table in tables:
        if table.shape != shape:
            return list(np.broadcast_arrays(*tables))
    return list(tables)
