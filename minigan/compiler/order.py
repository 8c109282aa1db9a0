"""A stable order in which everything comes after what it reads."""

from __future__ import annotations

import heapq

from ..autodiff.program import Variable


def ordered(items) -> list:
    """``items``, each with ``inputs`` and ``outputs``, as they are where that is possible; later where it is not."""
    maker = {variable: i for i, item in enumerate(items) for variable in item.outputs}
    waiting, readers = [], [[] for _ in items]
    for i, item in enumerate(items):
        before = {maker[x] for x in item.inputs if isinstance(x, Variable) and x in maker} - {i}
        waiting.append(len(before))
        for j in before:
            readers[j].append(i)
    ready = [i for i, n in enumerate(waiting) if n == 0]
    heapq.heapify(ready)
    order = []
    while ready:
        i = heapq.heappop(ready)
        order.append(items[i])
        for j in readers[i]:
            waiting[j] -= 1
            if waiting[j] == 0:
                heapq.heappush(ready, j)
    return order
