"""The PyTorch side of bench:drift: the same GPT from the same numbers in float64 and float32, step by step.

Reads one JSON request a line and answers with one JSON line. "init" (files of float32 parameters and int32 tokens, the
optimizer) builds the models; "step" (a step and files of our parameters after it) trains one step and answers with every
side's loss and relative distance from float64; "gradient" (files of our parameters and gradients) compares gradients.
"""
import json
import sys

import numpy as np
import torch
import torch.nn.functional as F

from train import GPT, OPTIMIZERS


def flat(tensors):
    return torch.cat([t.detach().double().reshape(-1) for t in tensors])


def read(path):
    return torch.from_numpy(np.fromfile(path, dtype=np.float32)).double()


def write(model, values):
    sizes = [p.numel() for p in model.parameters()]
    with torch.no_grad():
        for p, part in zip(model.parameters(), values.split(sizes)):
            p.copy_(part.view(p.shape))


def distance(x, reference):
    return ((x - reference).norm() / reference.norm()).item()


class Run:
    def __init__(self, request):
        self.start = read(request["parameters"])
        self.context, self.batch = request["context"], request["batch"]
        self.tokens = torch.from_numpy(np.fromfile(request["tokens"], dtype=np.int32)).long()
        self.make = lambda dtype: GPT(
            request["vocabulary"], request["width"], request["layers"], self.context, request["heads"]).to(dtype)
        # What a relative change of half a unit in the last place does by itself, without any rounding after it.
        noise = torch.rand(self.start.shape, generator=torch.Generator().manual_seed(1), dtype=torch.double) - 0.5
        starts = {
            "float64": (torch.double, self.start),
            "torch": (torch.float, self.start),
            "nudged": (torch.double, self.start * (1 + noise * 2**-23)),
        }
        self.models, self.optimizers = {}, {}
        for name, (dtype, values) in starts.items():
            self.models[name] = self.make(dtype)
            write(self.models[name], values)
            self.optimizers[name] = OPTIMIZERS[request["optimizer"]](self.models[name])

    def loss(self, model, step):
        rows = self.tokens[step * self.batch * (self.context + 1):][:self.batch * (self.context + 1)]
        rows = rows.view(self.batch, self.context + 1)
        logits = model(rows[:, :-1])
        return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), rows[:, 1:].reshape(-1))

    def step(self, request):
        losses = {}
        for name, model in self.models.items():
            self.optimizers[name].zero_grad(set_to_none=True)
            loss = self.loss(model, request["step"])
            loss.backward()
            self.optimizers[name].step()
            losses[name] = loss.item()
        reference = flat(self.models["float64"].parameters())
        others = {name: flat(self.models[name].parameters()) for name in ("torch", "nudged")}
        others.update({name: read(path) for name, path in request["files"].items()})
        return {
            "losses": losses,
            "distances": {name: distance(x, reference) for name, x in others.items()},
            "moved": distance(self.start, reference),
        }

    def gradient(self, request):
        values, ours = read(request["parameters"]), read(request["gradients"])
        results = []
        for dtype in (torch.double, torch.float):
            model = self.make(dtype)
            write(model, values)
            self.loss(model, 0).backward()
            results.append(flat(p.grad for p in model.parameters()))
        reference, single = results
        small = (reference.abs() < 1e-3 * reference.square().mean().sqrt()).double().mean().item()
        return {"ours": distance(ours, reference), "torch": distance(single, reference), "small": small}


run = None
for line in sys.stdin:
    request = json.loads(line)
    if request["do"] == "init":
        run = Run(request)
        answer = {"version": torch.__version__}
    else:
        answer = getattr(run, request["do"])(request)
    print(json.dumps(answer), flush=True)
