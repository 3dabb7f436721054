"""scipy and scikit-learn on the finite sums of bench:optimum, from the data files, prepared here a second time.

Answers "PROBLEM RIDGE FILE" with f*, x* and L by scipy (trust-exact, or the normal equations), and the largest difference
of scikit-learn's x from scipy's.
"""
import json
import sys
import warnings

import numpy as np
import scipy
import scipy.optimize
import scipy.sparse
import sklearn
from scipy.special import expit
from sklearn.datasets import load_breast_cancer, load_digits, load_svmlight_file
from sklearn.linear_model import LogisticRegression, Ridge

warnings.filterwarnings("ignore")


def standardize(x):
    return np.hstack([(x - x.mean(0)) / x.std(0), np.ones((len(x), 1))])


def libsvm(path, features):
    x, y = load_svmlight_file(path, n_features=features)
    return x, np.where(y > 0, 1.0, -1.0)


def housing(path):
    import csv
    import gzip

    with gzip.open(path, "rt") as text:
        table = list(csv.DictReader(text))
    names = [name for name in table[0] if name not in ("median_house_value", "ocean_proximity")]
    x = np.array([[float(row[name] or "nan") for name in names] for row in table])
    rooms = x[:, names.index("total_bedrooms")]
    rooms[np.isnan(rooms)] = np.nanmedian(rooms)
    return standardize(x), np.array([float(row["median_house_value"]) for row in table]) / 1e5


def problem(name, path):
    if name == "breast-cancer":
        x, y = load_breast_cancer(return_X_y=True)
        return "logistic", standardize(x), 2.0 * y - 1
    if name == "breast-cancer-convex":
        x, y = load_breast_cancer(return_X_y=True)
        return "logistic", standardize(x[:, [1, 4, 8, 9]]), 2.0 * y - 1
    if name == "digits-parity":
        x, y = load_digits(return_X_y=True)
        return "logistic", x / 16, np.where(y % 2 == 0, 1.0, -1.0)
    if name == "digits":
        x, y = load_digits(return_X_y=True)
        return "squares", x / 16, y.astype(float)
    if name == "california-housing":
        return "squares", *housing(path)
    return "logistic", *libsvm(path, {"a9a": 123, "w8a": 300, "agaricus": 126}[name])


def gram(x):
    g = x.T @ x / x.shape[0]
    return g.toarray() if scipy.sparse.issparse(g) else g


def logistic(x, y, ridge):
    n, p = x.shape

    def value(w):
        return np.logaddexp(0, -y * (x @ w)).mean() + ridge / 2 * w @ w

    def gradient(w):
        return x.T @ (-y * expit(-y * (x @ w))) / n + ridge * w

    def hessian(w):
        z = x @ w
        weights = expit(z) * expit(-z) / n
        h = x.T @ (scipy.sparse.diags(weights) @ x)
        return (h.toarray() if scipy.sparse.issparse(h) else h) + ridge * np.eye(p)

    answer = scipy.optimize.minimize(
        value, np.zeros(p), jac=gradient, hess=hessian, method="trust-exact", options={"gtol": 1e-9, "maxiter": 200}
    )
    w = answer.x
    for _ in range(3):  # trust-exact stops where the value no longer changes; Newton's method does not look at it
        w = w - np.linalg.solve(hessian(w), gradient(w))
    model = LogisticRegression(
        penalty="l2" if ridge else None, C=1 / (n * ridge) if ridge else 1.0, fit_intercept=False,
        solver="newton-cg", tol=1e-10, max_iter=10000,
    ).fit(x, y)
    return value(w), w, np.linalg.eigvalsh(gram(x))[-1] / 4 + ridge, model.coef_[0]


def squares(x, y, ridge):
    n, p = x.shape
    if ridge:
        w = np.linalg.solve(gram(x) + ridge * np.eye(p), x.T @ y / n)
        other = Ridge(alpha=n * ridge, fit_intercept=False, solver="cholesky").fit(x, y).coef_
    else:
        w = scipy.linalg.pinv(x) @ y
        other = np.linalg.lstsq(x, y, rcond=None)[0]
    value = ((x @ w - y) ** 2).mean() / 2 + ridge / 2 * w @ w
    return value, w, np.linalg.eigvalsh(gram(x))[-1] + ridge, other


for line in sys.stdin:
    if line.strip() == "versions":
        print(json.dumps({"scipy": scipy.__version__, "sklearn": sklearn.__version__}), flush=True)
        continue
    name, ridge, path = line.rstrip("\n").split(" ", 2)
    kind, x, y = problem(name, path)
    value, w, smoothness, other = (logistic if kind == "logistic" else squares)(x, y, float(ridge))
    answer = {"f": value, "x": w.tolist(), "L": smoothness, "sklearn": float(np.abs(other - w).max())}
    print(json.dumps(answer), flush=True)
