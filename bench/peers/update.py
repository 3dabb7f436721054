"""The PyTorch side of bench:update: torch.optim steps on given gradients.

"list" asks for the optimizers that torch has; "OPTIMIZER KIND PARAMETERS THREADS MILLISECONDS" for milliseconds a step,
timed for at least as long; the kind is "foreach" (all tensors at once) or "loop" (one after another).
"""
import json
import sys
import time

import torch

LEAVES = 10
LR = 1e-3
O = torch.optim
OPTIMIZERS = {
    "sgd": lambda p, **kind: O.SGD(p, lr=LR, **kind),
    "sgd-momentum": lambda p, **kind: O.SGD(p, lr=LR, momentum=0.9, **kind),
    "sgd-nesterov": lambda p, **kind: O.SGD(p, lr=LR, momentum=0.9, nesterov=True, weight_decay=1e-4, **kind),
    "adagrad": lambda p, **kind: O.Adagrad(p, lr=LR, **kind),
    "rmsprop": lambda p, **kind: O.RMSprop(p, lr=LR, **kind),
    "rmsprop-centered": lambda p, **kind: O.RMSprop(p, lr=LR, centered=True, momentum=0.9, **kind),
    "adadelta": lambda p, **kind: O.Adadelta(p, lr=LR, **kind),
    "adam": lambda p, **kind: O.Adam(p, lr=LR, **kind),
    "adamw": lambda p, **kind: O.AdamW(p, lr=LR, **kind),
    "amsgrad": lambda p, **kind: O.Adam(p, lr=LR, amsgrad=True, **kind),
    "adamax": lambda p, **kind: O.Adamax(p, lr=LR, **kind),
    "nadam": lambda p, **kind: O.NAdam(p, lr=LR, **kind),
    "radam": lambda p, **kind: O.RAdam(p, lr=LR, **kind),
    "rprop": lambda p, **kind: O.Rprop(p, lr=LR, **kind),
}


def prepare(name, foreach, size):
    def wave(phase, leaf):
        return torch.sin(torch.arange(size // LEAVES) + float(leaf + phase))

    params = [torch.nn.Parameter(wave(0, leaf)) for leaf in range(LEAVES)]
    for leaf, p in enumerate(params):
        p.grad = wave(1, leaf)
    return OPTIMIZERS[name](params, foreach=foreach)


current, optimizer = None, None
for line in sys.stdin:
    if line.strip() == "list":
        print(json.dumps({"optimizers": list(OPTIMIZERS), "torch": torch.__version__}), flush=True)
        continue
    name, kind, size, threads, milliseconds = line.split()
    torch.set_num_threads(int(threads))
    if current != (name, kind, size):
        current, optimizer = (name, kind, size), prepare(name, kind == "foreach", int(size))
    optimizer.step()  # wakes threads and refills caches
    times = []
    while len(times) < 3 or sum(times) < float(milliseconds):
        start = time.perf_counter()
        optimizer.step()
        times.append((time.perf_counter() - start) * 1e3)
    print(json.dumps({"times": times, "torch": torch.__version__}), flush=True)
