"""PyTorch and scikit-learn on the logistic regression of bench:tiny.

Answers "torch P MILLISECONDS EPOCHS BATCH THREADS", "sgd P MILLISECONDS EPOCHS" (SGDClassifier: single examples),
"saga P MILLISECONDS EPOCHS" (LogisticRegression, C = 1), and the last two as "sparse-sgd DATA MILLISECONDS EPOCHS RATE
FILE" and "sparse-saga ..." on CSR rows, where DATA is a number of features or a data set's name and FILE in LIBSVM
format, with milliseconds a run of that many epochs, timed for at least as long as wanted, and the loss where it ends, with
SAGA's ridge.
"""
import json
import sys
import time
import warnings

import numpy as np
import sklearn
import torch
import torch.nn.functional as F
from scipy.sparse import csr_matrix
from sklearn.datasets import load_svmlight_file
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


def sparse_data(p):
    """The CSR rows of src/tinyLinear.ts: 10 to 30 nonzeros, the k-th in the k-th of 30 equal parts of the columns."""
    width, part = 30, p // 30
    entries = EXAMPLES * width
    values = noise(0, entries).astype(np.float32).reshape(EXAMPLES, width)
    columns = np.floor((noise(entries, entries) + 1) / 2 * part).astype(np.int32).reshape(EXAMPLES, width)
    columns += np.arange(width, dtype=np.int32) * part
    lengths = 10 + np.floor((noise(2 * entries, EXAMPLES) + 1) / 2 * 21).astype(np.int32)
    kept = np.arange(width) < lengths[:, None]
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    rows = csr_matrix((values[kept], columns[kept], starts), shape=(EXAMPLES, p))
    return rows, np.where(rows.astype(np.float64) @ noise(2 * entries + EXAMPLES, p) > 0, 1, -1)


def real_data(name, path):
    features = {"a9a": 123, "w8a": 300}[name]
    rows, y = load_svmlight_file(path, n_features=features, dtype=np.float32)
    return rows, np.where(y > 0, 1, -1)


def loss_at(w, ridge):
    w = np.asarray(w, dtype=np.float64).ravel()
    return float(np.logaddexp(0, -(x64 @ w) * y).mean() + ridge / 2 * (w @ w))


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
        loss="log_loss", penalty=None, fit_intercept=False, learning_rate="constant", eta0=rate,
        max_iter=epochs, tol=None, shuffle=False,
    )
    return model.fit(x64, y).coef_


def run_saga(epochs):
    model = LogisticRegression(
        C=1, solver="saga", fit_intercept=False, max_iter=epochs, tol=0, random_state=0,
    )
    return model.fit(x, y).coef_


current = None
for line in sys.stdin:
    if line.strip() == "versions":
        print(json.dumps({"torch": torch.__version__, "sklearn": sklearn.__version__}), flush=True)
        continue
    kind, name, *rest = line.split(maxsplit=5)
    is_sparse = kind.startswith("sparse-")
    if current != (name, is_sparse):
        current = (name, is_sparse)
        if not is_sparse:
            x, y = data(int(name))
        elif name.isdigit():
            x, y = sparse_data(int(name))
        else:
            x, y = real_data(name, rest[3].strip())
        x64 = x.astype(np.float64)
        if not is_sparse:
            xt, yt = torch.from_numpy(x), torch.from_numpy(y.astype(np.float32))
    milliseconds, epochs = [int(word) for word in rest[:2]]
    rate = float(rest[2]) if is_sparse else 6 / int(name)
    if kind == "torch":
        batch, threads = [int(word) for word in rest[2:]]
        torch.set_num_threads(threads)
    ridge = 1 / len(y) if kind.endswith("saga") else 0
    times = []
    while not times or sum(times) < milliseconds:
        begin = time.perf_counter()
        w = run_torch(batch, epochs) if kind == "torch" else run_sgd(epochs) if kind.endswith("sgd") else run_saga(epochs)
        times.append((time.perf_counter() - begin) * 1e3)
    print(json.dumps({"times": times, "loss": loss_at(w, ridge)}), flush=True)
