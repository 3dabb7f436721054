"""Writes trajectories of optimizers for `npm run conformance`, in float64, from PyTorch and from plain numpy.

    python3 bench/reference/generate.py FOLDER [--seed N] [--steps N] [--shapes 2x5,5x2,3x3,1x4]

One file a shape. Hyperparameters are drawn from the seed, so every seed asks other questions. The rules are written here from
the papers and the reference implementations, without a look at packages/steepest: a second opinion, not a second copy.
Needs numpy and torch (Debian: python3-torch); the library and its tests need neither.
"""

import argparse
import json
import pathlib

import numpy as np
import torch

PUBLISHED_EXPRESS = [
    (8.28721201814563, -23.595886519098837, 17.300387312530933),
    (4.107059111542203, -2.9478499167379106, 0.5448431082926601),
    (3.9486908534822946, -2.908902115962949, 0.5518191394370137),
    (3.3184196573706015, -2.488488024314874, 0.51004894012372),
    (2.300652019954817, -1.6689039845747493, 0.4188073119525673),
    (1.891301407787398, -1.2679958271945868, 0.37680408948524835),
    (1.8750014808534479, -1.2500016453999487, 0.3750001645474248),
    (1.875, -1.25, 0.375),
]


# ---- polar factors -------------------------------------------------------------------------------------------------


def polynomial_steps(g, coefficients, divisor):
    x = g / divisor
    flip = x.shape[0] > x.shape[1]
    x = x.T if flip else x
    for a, b, c in coefficients:
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.T if flip else x


def keller(g, eps=1e-7, clamp=False):
    norm = np.linalg.norm(g)
    return polynomial_steps(g, [(3.4445, -4.775, 2.0315)] * 5, max(norm, eps) if clamp else norm + eps)


def express(g):
    safe = [(a / 1.01, b / 1.01**3, c / 1.01**5) for a, b, c in PUBLISHED_EXPRESS[:-1]]
    return polynomial_steps(g, safe + PUBLISHED_EXPRESS[-1:], 1.01 * np.linalg.norm(g) + 1e-7)


def svd(g):
    u, _, vt = np.linalg.svd(g, full_matrices=False)
    return u @ vt


# ---- rules: each takes hyperparameters and returns a step (x, g, t) -> x; state is in the closure --------------------


def decayed(x, h):
    return x * (1 - h["lr"] * h.get("weight_decay", 0))


def muon(h, oracle):
    m = 0.0

    def step(x, g, t):
        nonlocal m
        beta = h["momentum"]
        m = beta * m + (1 - beta) * g
        u = beta * m + (1 - beta) * g if h["nesterov"] else m
        r, c = x.shape
        scale = {"keller": max(1, r / c) ** 0.5, "rms_0.2": 0.2 * max(r, c) ** 0.5, "none": 1.0}[h["scale"]]
        return decayed(x, h) - h["lr"] * scale * oracle(u)

    return step


def muon_optax(h):
    m = 0.0

    def step(x, g, t):
        nonlocal m
        beta = h["momentum"]
        m = beta * m + (1 - beta) * g
        if h["nesterov"]:
            u = beta * m / (1 - beta ** (t + 1)) + (1 - beta) * g / (1 - beta**t)
        else:
            u = m / (1 - beta**t)
        o = keller(u, 1e-8)
        if h["adaptive"]:
            o = o * np.sum(u * o)
        r, c = x.shape
        scale = max(1, r / c) ** 0.5 if h["consistent_rms"] is None else h["consistent_rms"] * max(r, c) ** 0.5
        return decayed(x, h) - h["lr"] * scale * o

    return step


def scion(h):
    b = 0.0

    def oracle(b):
        out, inp = b.shape
        kind = h["norm"]
        if kind == "spectral":
            return (out / inp) ** 0.5 * keller(b)
        if kind == "sign":
            return np.sign(b) / inp
        if kind == "col":
            return b / (np.linalg.norm(b, axis=0, keepdims=True) / out**0.5 + 1e-8)
        if kind == "row":
            return b / (inp**0.5 * np.linalg.norm(b, axis=1, keepdims=True) + 1e-8)
        return b / np.sqrt(np.mean(b**2))

    def step(x, g, t):
        nonlocal b
        b = (1 - h["momentum"]) * b + h["momentum"] * g
        keep = 1 if h["unconstrained"] else 1 - h["lr"]
        return keep * x - h["lr"] * h["radius"] * oracle(b)

    return step


def lion(h):
    m = 0.0

    def step(x, g, t):
        nonlocal m
        direction = np.sign(h["b1"] * m + (1 - h["b1"]) * g)
        m = h["b2"] * m + (1 - h["b2"]) * g
        return decayed(x, h) - h["lr"] * direction

    return step


def ademamix(h):
    m = v = slow = 0.0

    def halving(beta):
        return np.log(0.5) / np.log(beta + 1e-8) - 1

    def step(x, g, t):
        nonlocal m, v, slow
        b1, b2, b3 = h["b1"], h["b2"], h["b3"]
        alpha = h["alpha"]
        if h["warmup"] and t < h["warmup"]:
            share = t / h["warmup"]
            alpha *= share
            b3 = 0.5 ** (1 / ((1 - share) * halving(b1) + share * halving(b3) + 1))
        m = b1 * m + (1 - b1) * g
        slow = b3 * slow + (1 - b3) * g
        v = b2 * v + (1 - b2) * g * g
        top = m / (1 - b1**t) + alpha * slow
        return decayed(x, h) - h["lr"] * top / (np.sqrt(v / (1 - b2**t)) + h["eps"])

    return step


def mars(h):
    m = v = last = 0.0

    def step(x, g, t):
        nonlocal m, v, last
        b1, b2 = h["b1"], h["b2"]
        c = g + h["gamma"] * b1 / (1 - b1) * (g - last)
        c = c / max(1.0, np.linalg.norm(c))
        last = g
        m = b1 * m + (1 - b1) * c
        if h["base"] == "lion":
            return decayed(x, h) - h["lr"] * np.sign(m)
        v = b2 * v + (1 - b2) * c * c
        return decayed(x, h) - h["lr"] * (m / (1 - b1**t)) / (np.sqrt(v / (1 - b2**t)) + h["eps"])

    return step


def sophia(h):
    m = curvature = 0.0

    def step(x, g, t):
        nonlocal m, curvature
        m = h["b1"] * m + (1 - h["b1"]) * g
        ratio = np.minimum(np.abs(m) / (h["rho"] * h["batch_size"] * curvature + 1e-15), 1)
        x = decayed(x, h) - h["lr"] * np.sign(m) * ratio
        if t % h["every"] == 0:
            curvature = h["b2"] * curvature + (1 - h["b2"]) * g * g
        return x

    return step


def prodigy(h):
    start = None
    m = v = s = r = 0.0
    d = h["d0"]

    def step(x, g, t):
        nonlocal start, m, v, s, r, d
        start = x if start is None else start
        b1, b2, d0, lr = h["b1"], h["b2"], h["d0"], h["lr"]
        if h.get("use_bias_correction"):
            lr = lr * (1 - b2**t) ** 0.5 / (1 - b1**t)
        rate = d * lr
        root = b2**0.5
        r = root * r + d / d0 * rate * np.sum(g * (start - x))
        s = root * s + d / d0 * rate * g
        m = b1 * m + (1 - b1) * d * g
        v = b2 * v + (1 - b2) * d * d * g * g
        d = max(d, r / np.sum(np.abs(s)))
        return x - rate * h["weight_decay"] * x - rate * m / (np.sqrt(v) + d * h["eps"])

    return step


def dadapt(h):
    m = v = s = num = 0.0
    d = h["d0"]

    def step(x, g, t):
        nonlocal m, v, s, num, d
        b1, b2 = h["b1"], h["b2"]
        root = b2**0.5
        rate = d * h["lr"]
        gain = rate * np.sum(g * s / (np.sqrt(v) + h["eps"]))
        m = b1 * m + (1 - b1) * rate * g
        v = b2 * v + (1 - b2) * g * g
        s = root * s + (1 - root) * rate * g
        num = root * num + (1 - root) * gain
        d = max(d, num / ((1 - root) * np.sum(np.abs(s))))
        return x * (1 - rate * h["weight_decay"]) - m / (np.sqrt(v) + h["eps"])

    return step


def schedule_free(h):
    v = total = largest = 0.0
    z = averaged = None

    def step(y, g, t):
        nonlocal v, total, largest, z, averaged
        z = y if z is None else z
        averaged = y if averaged is None else averaged
        rate = h["lr"] * min(1, t / h["warmup"]) if h["warmup"] else h["lr"]
        v = h["b2"] * v + (1 - h["b2"]) * g * g
        z = z - rate * (g / (np.sqrt(v / (1 - h["b2"] ** t)) + h["eps"]) + h["weight_decay"] * y)
        largest = max(largest, rate)
        weight = t ** h["r"] * largest ** h["power"]
        total += weight
        averaged = averaged + weight / total * (z - averaged)
        return h["b1"] * averaged + (1 - h["b1"]) * z

    return step


def nag_gs_path(h, x0, gradients):
    """x moves first, then v with the gradient at the new x; what is listed is x."""
    x = v = x0
    gamma, a, mu = h["gamma"], h["alpha"], h["mu"]
    path = []
    for g in gradients:
        gamma = (gamma + a * mu) / (1 + a)
        x = (x + a * v) / (1 + a)
        v = (gamma * v + a * mu * x - a * g) / (a * mu + gamma)
        path.append(x)
    return path


def soap(h):
    m = v = 0.0
    left = right = ql = qr = None
    count = 0

    def step(x, g, t):
        nonlocal m, v, left, right, ql, qr, count
        beta = h["shampoo_beta"]
        if left is None:
            left, right = (1 - beta) * g @ g.T, (1 - beta) * g.T @ g
            ql, qr = np.linalg.eigh(left)[1][:, ::-1], np.linalg.eigh(right)[1][:, ::-1]
            m, v = np.zeros_like(g), np.zeros_like(g)
            return x
        count += 1
        turned = ql.T @ g @ qr
        m = h["b1"] * m + (1 - h["b1"]) * turned
        v = h["b2"] * v + (1 - h["b2"]) * turned**2
        size = h["lr"] * (1 - h["b2"] ** count) ** 0.5 / (1 - h["b1"] ** count)
        x = x - size * ql @ (m / (np.sqrt(v) + h["eps"])) @ qr.T
        x = decayed(x, h)
        left = beta * left + (1 - beta) * g @ g.T
        right = beta * right + (1 - beta) * g.T @ g
        if count % h["every"] == 0:
            plain = ql @ m @ qr.T
            for axis, gram in ((0, left), (1, right)):
                basis = ql if axis == 0 else qr
                order = np.argsort(-np.diag(basis.T @ gram @ basis))
                v = np.take(v, order, axis)
                q, r = np.linalg.qr(gram @ basis[:, order])
                # With a positive diagonal the factor is unique; signs of columns cancel in the step anyway.
                q = q * np.sign(np.diag(r))
                if axis == 0:
                    ql = q
                else:
                    qr = q
            m = ql.T @ plain @ qr
        return x

    return step


def shampoo(h):
    left = right = None

    def power(a):
        w, q = np.linalg.eigh(a)
        return (q * w**-0.25) @ q.T

    def step(x, g, t):
        nonlocal left, right
        if left is None:
            left, right = h["eps"] * np.eye(g.shape[0]), h["eps"] * np.eye(g.shape[1])
        left, right = left + g @ g.T, right + g.T @ g
        return x - h["lr"] * power(left) @ g @ power(right)

    return step


def lamb(h):
    m = v = 0.0

    def step(x, g, t):
        nonlocal m, v
        m = h["b1"] * m + (1 - h["b1"]) * g
        v = h["b2"] * v + (1 - h["b2"]) * g * g
        u = (m / (1 - h["b1"] ** t)) / (np.sqrt(v / (1 - h["b2"] ** t)) + h["eps"]) + h["weight_decay"] * x
        return x - h["lr"] * np.linalg.norm(x) / np.linalg.norm(u) * u

    return step


def adafactor(h):
    rows = columns = full = 0.0

    def step(x, g, t):
        nonlocal rows, columns, full
        beta = 1 - t ** -h["decay_rate"]
        squares = g * g + 1e-30
        if sorted(x.shape)[-2] >= h["min_factored"]:
            rows = beta * rows + (1 - beta) * squares.mean(1, keepdims=True)
            columns = beta * columns + (1 - beta) * squares.mean(0, keepdims=True)
            u = g / np.sqrt(rows * columns / rows.mean())
        else:
            full = beta * full + (1 - beta) * squares
            u = g / np.sqrt(full)
        u = u / max(1.0, np.sqrt(np.mean(u**2)) / h["clipping"])
        return x - h["lr"] * max(1e-3, np.sqrt(np.mean(x**2))) * u

    return step


def amsgrad_optax(h):
    m = v = top = 0.0

    def step(x, g, t):
        nonlocal m, v, top
        b1, b2 = h["betas"]
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g * g
        top = np.maximum(top, v / (1 - b2**t))
        return x - h["lr"] * (m / (1 - b1**t)) / (np.sqrt(top) + h["eps"])

    return step


def adagrad_optax(h):
    total = h["initial_accumulator_value"]

    def step(x, g, t):
        nonlocal total
        total = total + g * g
        return x - h["lr"] * g / np.sqrt(total + h["eps"])

    return step


def rmsprop_tensorflow(h):
    v = trace = 0.0

    def step(x, g, t):
        nonlocal v, trace
        v = h["alpha"] * v + (1 - h["alpha"]) * g * g
        trace = h["momentum"] * trace + g / np.sqrt(v + h["eps"])
        return x - h["lr"] * trace

    return step


def signum(h):
    m = 0.0

    def step(x, g, t):
        nonlocal m
        m = h["momentum"] * m + (1 - h["momentum"]) * g
        return decayed(x, h) - h["lr"] * np.sign(m)

    return step


def normalized(h):
    m = 0.0

    def step(x, g, t):
        nonlocal m
        m = h["momentum"] * m + (1 - h["momentum"]) * g
        return x - h["lr"] * m / np.linalg.norm(m)

    return step


# ---- cases ---------------------------------------------------------------------------------------------------------


def cases(rng, shape):
    """Name, source, hyperparameters, and what runs them: a torch class, a rule, or a path."""
    lr = lambda low=1e-3, high=1e-1: float(np.exp(rng.uniform(np.log(low), np.log(high))))
    beta = lambda low=0.5, high=0.999: float(1 - np.exp(rng.uniform(np.log(1 - high), np.log(1 - low))))
    wd = lambda: float(rng.uniform(0, 0.2))
    o = torch.optim
    yield "sgd", o.SGD, {"lr": lr(), "weight_decay": wd()}
    yield "sgd_momentum", o.SGD, {"lr": lr(), "momentum": beta(), "weight_decay": wd()}
    yield "sgd_nesterov", o.SGD, {"lr": lr(), "momentum": beta(), "nesterov": True, "weight_decay": wd()}
    yield "sgd_dampening", o.SGD, {"lr": lr(), "momentum": beta(), "dampening": float(rng.uniform(0, 1)), "weight_decay": wd()}
    yield "adagrad", o.Adagrad, {"lr": lr(), "lr_decay": float(rng.uniform(0, 0.1)), "eps": 1e-9, "weight_decay": wd(), "initial_accumulator_value": float(rng.uniform(0, 1))}
    yield "rmsprop", o.RMSprop, {"lr": lr(), "alpha": beta(), "eps": 1e-7, "weight_decay": wd()}
    yield "rmsprop_momentum", o.RMSprop, {"lr": lr(), "alpha": beta(), "momentum": beta(), "weight_decay": wd()}
    # Centred: a small alpha, or the variance of the first steps is all cancellation.
    yield "rmsprop_centered_momentum", o.RMSprop, {"lr": lr(), "alpha": beta(0.5, 0.95), "momentum": beta(), "centered": True, "weight_decay": wd()}
    yield "adadelta", o.Adadelta, {"lr": lr(0.1, 10), "rho": beta(), "eps": 1e-5, "weight_decay": wd()}
    betas = lambda: [beta(), beta(0.9, 0.9999)]
    yield "adam", o.Adam, {"lr": lr(), "betas": betas(), "eps": 1e-6}
    yield "adam_l2", o.Adam, {"lr": lr(), "betas": betas(), "weight_decay": wd()}
    yield "amsgrad", o.Adam, {"lr": lr(), "amsgrad": True, "betas": betas(), "weight_decay": wd()}
    yield "adamw", o.AdamW, {"lr": lr(), "weight_decay": wd(), "betas": betas(), "eps": 1e-7}
    yield "adamw_amsgrad", o.AdamW, {"lr": lr(), "weight_decay": wd(), "betas": betas(), "amsgrad": True}
    yield "adamax", o.Adamax, {"lr": lr(), "betas": betas(), "weight_decay": wd()}
    yield "nadam", o.NAdam, {"lr": lr(), "betas": [0.9, 0.999], "momentum_decay": lr(), "weight_decay": wd()}
    yield "radam", o.RAdam, {"lr": lr(), "betas": [beta(), beta(0.6, 0.99)], "weight_decay": wd()}
    yield "rprop", o.Rprop, {"lr": lr(), "etas": [0.4, 1.3], "step_sizes": [1e-4, 1.0]}
    for name, polar in (("newton_schulz5", keller), ("polar_express", express), ("svd", svd)):
        for scale in ("keller", "rms_0.2", "none"):
            h = {"lr": lr(), "momentum": beta(), "weight_decay": wd(), "nesterov": bool(rng.integers(2)), "scale": scale, "polar": name}
            yield f"muon_{scale}_{name}", muon(h, polar), h
    h = {"lr": lr(), "momentum": beta(), "weight_decay": wd(), "nesterov": True, "scale": "keller", "variant": "torch"}
    yield "muon_torch", muon(h, lambda g: keller(g, 1e-7, True)), h
    for adaptive, rms in ((False, None), (True, None), (False, 0.2)):
        h = {"lr": lr(), "momentum": beta(), "weight_decay": wd(), "nesterov": not adaptive, "variant": "optax", "adaptive": adaptive, "consistent_rms": rms}
        yield f"muon_optax{'_adaptive' if adaptive else ''}{'_rms' if rms else ''}", muon_optax(h), h
    for norm in ("spectral", "sign", "col", "row", "bias"):
        h = {"lr": lr(), "momentum": float(rng.uniform(0.05, 1)), "radius": float(rng.uniform(0.5, 50)), "norm": norm, "unconstrained": bool(rng.integers(2))}
        yield f"scion_{norm}", scion(h), h
    two = lambda: {"lr": lr(), "b1": beta(), "b2": beta(0.9, 0.9999)}
    h = {**two(), "weight_decay": wd()}
    yield "lion", lion(h), h
    for warmup in (0, 4):
        h = {**two(), "b3": beta(0.99, 0.99999), "alpha": float(rng.uniform(1, 8)), "warmup": warmup, "eps": 1e-8, "weight_decay": wd()}
        yield f"ademamix_{warmup}", ademamix(h), h
    for base in ("adamw", "lion"):
        h = {**two(), "gamma": float(rng.uniform(0, 0.5)), "eps": 1e-8, "weight_decay": wd(), "base": base}
        yield f"mars_{base}", mars(h), h
    h = {**two(), "rho": lr(), "batch_size": 64, "weight_decay": wd(), "every": 2}
    yield "sophia_g", sophia(h), h
    for corrected in (False, True):
        h = {**two(), "lr": lr(0.5, 2), "eps": 1e-8, "d0": lr(1e-6, 1e-3), "weight_decay": wd(), "use_bias_correction": corrected}
        yield f"prodigy{'_corrected' if corrected else ''}", prodigy(h), h
    h = {**two(), "lr": lr(0.5, 2), "eps": 1e-8, "d0": lr(1e-6, 1e-3), "weight_decay": wd()}
    yield "dadapt_adam", dadapt(h), h
    for warmup, r, power in ((0, 0.0, 2.0), (3, 1.0, 1.0)):
        h = {**two(), "eps": 1e-8, "weight_decay": wd(), "warmup": warmup, "r": r, "power": power}
        yield f"schedule_free_adamw_{warmup}", schedule_free(h), h
    h = {"alpha": lr(), "mu": float(rng.uniform(0.1, 2)), "gamma": float(rng.uniform(0.1, 2))}
    yield "nag_gs", nag_gs_path, h
    if shape[0] == shape[1]:
        h = {**two(), "shampoo_beta": beta(0.5, 0.99), "eps": 1e-8, "weight_decay": wd(), "every": 2}
        yield "soap", soap(h), h
    h = {"lr": lr(), "eps": lr(1e-4, 1e-2)}
    yield "shampoo", shampoo(h), h
    h = {**two(), "eps": 1e-6, "weight_decay": wd()}
    yield "lamb", lamb(h), h
    for least in (1, 128):
        h = {"lr": lr(), "decay_rate": float(rng.uniform(0.5, 0.9)), "min_factored": least, "clipping": float(rng.uniform(0.5, 1.5))}
        yield f"adafactor_{'factored' if least == 1 else 'full'}", adafactor(h), h
    h = {"lr": lr(), "betas": betas(), "eps": 1e-8}
    yield "amsgrad_optax", amsgrad_optax(h), h
    h = {"lr": lr(), "eps": 1e-7, "initial_accumulator_value": 0.1}
    yield "adagrad_optax", adagrad_optax(h), h
    h = {"lr": lr(), "alpha": beta(), "momentum": beta(), "eps": 1e-3}
    yield "rmsprop_tensorflow", rmsprop_tensorflow(h), h
    h = {"lr": lr(), "momentum": beta(), "weight_decay": wd()}
    yield "signum", signum(h), h
    h = {"lr": lr(), "momentum": beta()}
    yield "normalized_sgd", normalized(h), h


def path_of(run, h, x0, gradients):
    if run is nag_gs_path:
        return nag_gs_path(h, x0, gradients)
    if isinstance(run, type):
        parameter = torch.nn.Parameter(torch.tensor(x0))
        optimizer = run([parameter], **h)
        path = []
        for g in gradients:
            parameter.grad = torch.tensor(g)
            optimizer.step()
            path.append(parameter.detach().numpy().copy())
        return path
    x, path = x0, []
    for t, g in enumerate(gradients, 1):
        x = run(x, g, t)
        path.append(x)
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--shapes", default="2x5,5x2,3x3,1x4")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    for k, text in enumerate(given.shapes.split(",")):
        shape = tuple(int(n) for n in text.split("x"))
        rng = np.random.default_rng([given.seed, k])
        x0 = rng.normal(size=shape)
        gradients = [rng.normal(size=shape) for _ in range(given.steps)]
        listed = []
        for name, run, h in cases(rng, shape):
            source = f"torch.optim {torch.__version__} {run.__name__}" if isinstance(run, type) else "numpy"
            path = path_of(run, h, x0, gradients)
            assert all(np.isfinite(x).all() for x in path), name
            listed.append({"name": name, "source": source, "hyperparameters": h, "x": [x.tolist() for x in path]})
        content = {"seed": given.seed, "x0": x0.tolist(), "gradients": [g.tolist() for g in gradients], "cases": listed}
        (given.folder / f"seed-{given.seed}-{text}.json").write_text(json.dumps(content) + "\n")


main()
