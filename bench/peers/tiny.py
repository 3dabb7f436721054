"""PyTorch and scikit-learn on the logistic regression of bench:tiny.

Answers "torch P MILLISECONDS EPOCHS BATCH THREADS", "sgd P MILLISECONDS EPOCHS" (SGDClassifier: single examples) and
"saga P MILLISECONDS EPOCHS" (LogisticRegression) with milliseconds a run of that many epochs, timed for at least as long
as wanted, and the loss where it ends.
"""
import json
import sys
import time
import warnings

import numpy as np
import sklearn
import torch
import torch.nn.functional as F
from sklearn.linear_model import LogisticRegression, SGDClassifier

warnings.filterwarnings("ignore")  # that so few epochs do not converge
EXAMPLES = 4000


def noise(first, count):
    """The hash of src/tinyOurs.ts; uint32 arithmetic wraps as there."""
    h = (np.arange(first, first + count, dtype=np.uint32) + np.uint32(1)) * np.uint32(0x9E3779B1)
    h ^= h >> np.uint32(15)
    h *= np.uint32(0x85EBCA6B)
    h ^= h >> np.uint32(13)
    return h / 2.0**31 - 1


def data(p):
    x = noise(0, EXAMPLES * p).astype(np.float32).reshape(EXAMPLES, p)
    normal = noise(EXAMPLES * p, p)
    return x, np.where(x.astype(np.float64) @ normal > 0, 1, -1)


def loss_at(w):
    return float(np.logaddexp(0, -(x64 @ np.asarray(w, dtype=np.float64).ravel()) * y).mean())


def run_torch(batch, epochs):
    """The leanest eager loop: batches are slices, the gradient comes from autograd, the update is one operation."""
    w = torch.zeros(xt.shape[1], requires_grad=True)
    rate = 6 / xt.shape[1]
    steps = EXAMPLES // batch
    for _ in range(epochs):
        for start in range(0, steps * batch, batch):
            part = slice(start, start + batch)
            value = F.softplus(-(xt[part] @ w) * yt[part]).mean()
            (gradient,) = torch.autograd.grad(value, w)
            w.data.sub_(gradient, alpha=rate)
    return w.detach().numpy()


def run_sgd(epochs):
    model = SGDClassifier(
        loss="log_loss", penalty=None, fit_intercept=False, learning_rate="constant", eta0=6 / x64.shape[1],
        max_iter=epochs, tol=None, shuffle=False,
    )
    return model.fit(x64, y).coef_


def run_saga(epochs):
    model = LogisticRegression(
        penalty=None, solver="saga", fit_intercept=False, max_iter=epochs, tol=0, random_state=0,
    )
    return model.fit(x, y).coef_


current = None
for line in sys.stdin:
    if line.strip() == "versions":
        print(json.dumps({"torch": torch.__version__, "sklearn": sklearn.__version__}), flush=True)
        continue
    kind, p, *rest = line.split()
    if current != p:
        current = p
        x, y = data(int(p))
        x64, xt, yt = x.astype(np.float64), torch.from_numpy(x), torch.from_numpy(y.astype(np.float32))
    milliseconds, epochs, *settings = [int(word) for word in rest]
    if kind == "torch":
        batch, threads = settings
        torch.set_num_threads(threads)
    times = []
    while not times or sum(times) < milliseconds:
        begin = time.perf_counter()
        w = run_torch(batch, epochs) if kind == "torch" else run_sgd(epochs) if kind == "sgd" else run_saga(epochs)
        times.append((time.perf_counter() - begin) * 1e3)
    print(json.dumps({"times": times, "loss": loss_at(w)}), flush=True)
