"""The PyTorch side of bench:train: eager CPU training steps of the same models.

Reads one request a line from standard input ("MODEL OPTIMIZER THREADS STEPS"), answers with one JSON line of
milliseconds a step, so that the caller can take turns between the two sides.
"""
import json
import math
import sys
import time

import torch
import torch.nn.functional as F

torch.manual_seed(0)


def mlp():
    sizes = [784, 512, 512, 10]
    layers = [torch.nn.Linear(i, o) for i, o in zip(sizes, sizes[1:])]
    model = torch.nn.Sequential(layers[0], torch.nn.ReLU(), layers[1], torch.nn.ReLU(), layers[2])
    x, y = torch.randn(128, 784), torch.randint(0, 10, (128,))
    return model, lambda: F.cross_entropy(model(x), y)


def cnn(pool):
    pooling = torch.nn.MaxPool2d(2) if pool == "max" else torch.nn.AvgPool2d(2)
    model = torch.nn.Sequential(
        torch.nn.Conv2d(1, 32, 3, padding=1), torch.nn.ReLU(), pooling,
        torch.nn.Conv2d(32, 64, 3, padding=1), torch.nn.ReLU(), pooling,
        torch.nn.Flatten(), torch.nn.Linear(3136, 10),
    )
    x, y = torch.randn(64, 1, 28, 28), torch.randint(0, 10, (64,))
    return model, lambda: F.cross_entropy(model(x), y)


class Norm(torch.nn.Module):
    """Layer normalisation with a gain and no bias, as in our model."""

    def __init__(self, d):
        super().__init__()
        self.gain = torch.nn.Parameter(torch.ones(d))

    def forward(self, x):
        return F.layer_norm(x, self.gain.shape, self.gain)


class Block(torch.nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.heads = heads
        self.ln1, self.ln2 = Norm(d), Norm(d)
        self.q, self.k, self.v, self.o = (torch.nn.Linear(d, d, bias=False) for _ in range(4))
        self.up, self.down = torch.nn.Linear(d, 4 * d, bias=False), torch.nn.Linear(4 * d, d, bias=False)

    def forward(self, x, mask):
        b, t, d = x.shape
        z = self.ln1(x)
        q, k, v = (f(z).view(b, t, self.heads, -1).transpose(1, 2) for f in (self.q, self.k, self.v))
        scores = (q @ k.transpose(2, 3)) * (1 / math.sqrt(d // self.heads))
        p = F.softmax(scores.masked_fill(mask, -1e9), dim=-1)
        x = x + self.o((p @ v).transpose(1, 2).reshape(b, t, d))
        return x + self.down(F.gelu(self.up(self.ln2(x)), approximate="tanh"))


class GPT(torch.nn.Module):
    def __init__(self, vocab, d, layers, t, heads):
        super().__init__()
        self.wte, self.wpe = torch.nn.Embedding(vocab, d), torch.nn.Parameter(torch.randn(t, d) * 0.02)
        self.blocks = torch.nn.ModuleList(Block(d, heads) for _ in range(layers))
        self.lnf = Norm(d)
        self.register_buffer("mask", torch.triu(torch.ones(t, t, dtype=torch.bool), 1))

    def forward(self, x):
        h = self.wte(x) + self.wpe
        for block in self.blocks:
            h = block(h, self.mask)
        return F.linear(self.lnf(h), self.wte.weight)


def gpt(d, layers, t, b, heads):
    vocab = 65
    model = GPT(vocab, d, layers, t, heads)
    x, y = torch.randint(0, vocab, (b, t)), torch.randint(0, vocab, (b, t))
    return model, lambda: F.cross_entropy(model(x).view(-1, vocab), y.view(-1))


MODELS = {
    "mlp": mlp,
    "cnn-max": lambda: cnn("max"),
    "cnn-avg": lambda: cnn("avg"),
    "gpt-d128": lambda: gpt(128, 4, 128, 8, 4),
    "gpt-d384": lambda: gpt(384, 6, 256, 4, 6),
}
OPTIMIZERS = {
    "adamw": lambda p: torch.optim.AdamW(p, lr=1e-3, foreach=True),
    "sgd": lambda p: torch.optim.SGD(p, lr=1e-2, momentum=0.9, foreach=True),
}

cache = {}
for line in sys.stdin:
    name, optimizer_name, threads, steps = line.split()
    torch.set_num_threads(int(threads))
    key = (name, optimizer_name)
    if key not in cache:
        model, loss = MODELS[name]()
        cache[key] = (loss, OPTIMIZERS[optimizer_name](model.parameters()))
    loss, optimizer = cache[key]
    times = []
    for _ in range(int(steps)):
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        value = loss()
        value.backward()
        optimizer.step()
        value.item()
        times.append((time.perf_counter() - start) * 1e3)
    print(json.dumps({"times": times, "torch": torch.__version__}), flush=True)
