"""The PyTorch side of bench:update: torch.optim steps with foreach on given gradients.

"list" asks for the optimizers that torch has; "OPTIMIZER PARAMETERS THREADS MILLISECONDS" for milliseconds a step, timed
for at least as long.
"""
import json
import sys
import time

import torch

LEAVES = 10
LR = 1e-3
O = torch.optim
OPTIMIZERS = {
    "sgd": lambda p: O.SGD(p, lr=LR, foreach=True),
    "sgd-momentum": lambda p: O.SGD(p, lr=LR, momentum=0.9, foreach=True),
    "sgd-nesterov": lambda p: O.SGD(p, lr=LR, momentum=0.9, nesterov=True, weight_decay=1e-4, foreach=True),
    "adagrad": lambda p: O.Adagrad(p, lr=LR, foreach=True),
    "rmsprop": lambda p: O.RMSprop(p, lr=LR, foreach=True),
    "rmsprop-centered": lambda p: O.RMSprop(p, lr=LR, centered=True, momentum=0.9, foreach=True),
    "adadelta": lambda p: O.Adadelta(p, lr=LR, foreach=True),
    "adam": lambda p: O.Adam(p, lr=LR, foreach=True),
    "adamw": lambda p: O.AdamW(p, lr=LR, foreach=True),
    "amsgrad": lambda p: O.Adam(p, lr=LR, amsgrad=True, foreach=True),
    "adamax": lambda p: O.Adamax(p, lr=LR, foreach=True),
    "nadam": lambda p: O.NAdam(p, lr=LR, foreach=True),
    "radam": lambda p: O.RAdam(p, lr=LR, foreach=True),
    "rprop": lambda p: O.Rprop(p, lr=LR, foreach=True),
}


def prepare(name, size):
    def wave(phase, leaf):
        return torch.sin(torch.arange(size // LEAVES) + float(leaf + phase))

    params = [torch.nn.Parameter(wave(0, leaf)) for leaf in range(LEAVES)]
    for leaf, p in enumerate(params):
        p.grad = wave(1, leaf)
    return OPTIMIZERS[name](params)


current, optimizer = None, None
for line in sys.stdin:
    if line.strip() == "list":
        print(json.dumps({"optimizers": list(OPTIMIZERS), "torch": torch.__version__}), flush=True)
        continue
    name, size, threads, milliseconds = line.split()
    torch.set_num_threads(int(threads))
    if current != (name, size):
        current, optimizer = (name, size), prepare(name, int(size))
    optimizer.step()  # wakes threads and refills caches
    times = []
    while len(times) < 3 or sum(times) < float(milliseconds):
        start = time.perf_counter()
        optimizer.step()
        times.append((time.perf_counter() - start) * 1e3)
    print(json.dumps({"times": times, "torch": torch.__version__}), flush=True)
