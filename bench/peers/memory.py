"""The PyTorch side of bench:memory: resident memory that training steps of the models of bench:train take.

Reads one request a line from standard input ("MODEL STEPS"), answers with one JSON line. Each request runs in a fork of
this process, which has nothing but PyTorch loaded, so that no model finds memory of another.
"""
import json
import os
import sys

import torch
from train import MODELS, OPTIMIZERS, timed_steps


def resident(field):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(field))


def measure(name, steps):
    torch.ones(1).sum().item()
    before = resident("VmRSS")
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    model, loss = MODELS[name]()
    optimizer = OPTIMIZERS["adamw"](model)
    times = timed_steps(loss, optimizer, steps)
    return {"peak": resident("VmHWM") - before, "times": times, "version": torch.__version__}


for line in sys.stdin:
    name, steps = line.split()
    if os.fork() == 0:
        print(json.dumps(measure(name, int(steps))), flush=True)
        os._exit(0)
    os.wait()
