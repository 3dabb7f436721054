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


class Normed(torch.nn.Sequential):
    """A convolution without bias, and batch norm."""

    def __init__(self, i, o, side, stride=1):
        super().__init__(
            torch.nn.Conv2d(i, o, side, stride, padding=side // 2, bias=False), torch.nn.BatchNorm2d(o))


class Residual(torch.nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.first, self.second = Normed(i, o, 3, stride), Normed(o, o, 3)
        self.skip = torch.nn.Identity() if i == o else Normed(i, o, 1, stride)

    def forward(self, x):
        return F.relu(self.second(F.relu(self.first(x))) + self.skip(x))


def resnet8():
    model = torch.nn.Sequential(
        Normed(3, 16, 3), torch.nn.ReLU(), Residual(16, 16, 1), Residual(16, 32, 2), Residual(32, 64, 2),
        torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(64, 10),
    )
    x, y = torch.randn(64, 3, 32, 32), torch.randint(0, 10, (64,))
    return model, lambda: F.cross_entropy(model(x), y)


MODELS = {
    "mlp": mlp,
    "cnn-max": lambda: cnn("max"),
    "cnn-avg": lambda: cnn("avg"),
    "resnet8": resnet8,
    "gpt-d128": lambda: gpt(128, 4, 128, 8, 4),
    "gpt-d384": lambda: gpt(384, 6, 256, 4, 6),
    "gpt-l12": lambda: gpt(256, 12, 256, 8, 4),
}


class Muon:
    """Momentum, Newton-Schulz (5 steps) for hidden matrices and kernels; AdamW for the rest. PyTorch 1.13 has none."""

    def __init__(self, model):
        heads = {id(p) for m in model.modules() if isinstance(m, torch.nn.Embedding) for p in m.parameters()}
        linear = [m for m in model.modules() if isinstance(m, torch.nn.Linear)]
        if not isinstance(model, GPT):
            heads.add(id(linear[-1].weight))
        params = list(model.parameters())
        self.matrices = [
            m.weight for m in model.modules()
            if isinstance(m, (torch.nn.Linear, torch.nn.Conv2d)) and id(m.weight) not in heads]
        chosen = {id(p) for p in self.matrices}
        rest = [p for p in params if id(p) not in chosen]
        self.rest = torch.optim.AdamW(rest, lr=3e-4, betas=(0.9, 0.95), eps=1e-10, weight_decay=0, foreach=True)
        self.average = [torch.zeros_like(p) for p in self.matrices]

    def zero_grad(self, set_to_none):
        self.rest.zero_grad(set_to_none=set_to_none)
        for p in self.matrices:
            p.grad = None

    @torch.no_grad()
    def step(self):
        self.rest.step()
        gradients = [p.grad for p in self.matrices]
        torch._foreach_mul_(self.average, 0.95)
        torch._foreach_add_(self.average, gradients, alpha=0.05)
        directions = torch._foreach_mul(gradients, 0.05)
        torch._foreach_add_(directions, self.average, alpha=0.95)
        for p, direction in zip(self.matrices, directions):
            rows, columns = p.shape[0], p.numel() // p.shape[0]
            x = direction.view(rows, columns)
            x = x.T if rows > columns else x
            x = x / (x.norm() + 1e-7)
            for _ in range(5):
                a = x @ x.T
                b = torch.addmm(a, a, a, beta=-4.775, alpha=2.0315)
                x = torch.addmm(x, b, x, beta=3.4445)
            x = x.T if rows > columns else x
            p.add_(x.reshape(p.shape), alpha=-0.02 * max(1, rows / columns) ** 0.5)


OPTIMIZERS = {
    "adamw": lambda model: torch.optim.AdamW(model.parameters(), lr=1e-3, foreach=True),
    "sgd": lambda model: torch.optim.SGD(model.parameters(), lr=1e-2, momentum=0.9, foreach=True),
    "muon": Muon,
}


def timed_steps(loss, optimizer, steps):
    """Milliseconds of each step."""
    times = []
    for _ in range(steps):
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        value = loss()
        value.backward()
        optimizer.step()
        value.item()
        times.append((time.perf_counter() - start) * 1e3)
    return times


def serve():
    cache = {}
    for line in sys.stdin:
        name, optimizer_name, threads, steps = line.split()
        torch.set_num_threads(int(threads))
        key = (name, optimizer_name)
        if key not in cache:
            model, loss = MODELS[name]()
            cache[key] = (loss, OPTIMIZERS[optimizer_name](model))
        loss, optimizer = cache[key]
        times = timed_steps(loss, optimizer, int(steps))
        print(json.dumps({"times": times, "version": torch.__version__}), flush=True)


if __name__ == "__main__":
    serve()
