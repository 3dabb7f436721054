"""The PyTorch side of bench:polar. "version" asks for PyTorch's; "ROWS COLUMNS THREADS MILLISECONDS" for milliseconds a
call, timed for at least as long, and the Frobenius norm of the result."""
import json
import sys
import time

import torch

A, B, C = 3.4445, -4.775, 2.0315  # the quintic of Muon, as in our newtonSchulz


def polar(g):
    """Sums ride along with the products (addmm), which is fastest."""
    tall = g.shape[0] > g.shape[1]
    x = g.T if tall else g
    x = x / (x.norm() + 1e-7)
    for _ in range(5):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=B, alpha=C), x, beta=A)
    return x.T.contiguous() if tall else x


def matrix(rows, columns):
    k = torch.arange(rows * columns, dtype=torch.float64)
    return torch.sin(k * k * 0.7 + k).float().view(rows, columns)


current, g = None, None
with torch.no_grad():
    for line in sys.stdin:
        if line.strip() == "version":
            print(json.dumps(torch.__version__), flush=True)
            continue
        rows, columns, threads, milliseconds = [int(word) for word in line.split()]
        torch.set_num_threads(threads)
        if current != (rows, columns):
            current, g = (rows, columns), matrix(rows, columns)
        result = polar(g)  # wakes threads and refills caches
        times = []
        while len(times) < 3 or sum(times) < milliseconds:
            start = time.perf_counter()
            result = polar(g)
            times.append((time.perf_counter() - start) * 1e3)
        print(json.dumps({"times": times, "norm": result.norm().item()}), flush=True)
