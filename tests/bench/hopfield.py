#!/usr/bin/python3
"""Hopfield networks against NumPy and scikit-learn, interleaved.

    cmake --build build --target bench_hopfield bench_hopfield_limits
    /usr/bin/python3 tests/bench/hopfield.py build/bin/bench_hopfield [-n 2000 -p 200 --states 256 --rounds 7]
    /usr/bin/python3 tests/bench/hopfield.py build/bin/bench_hopfield_limits --margins [-n 1000 -p 500 --neurons 50]

The first: a synchronous update against NumPy's f32 product with the matrix of weights.  The second: AdaTron against
LinearSVC (hinge, C = 1e6, no intercept, as exact as --tolerance says), the other neurons as inputs, by least margins over
|W_i|.

CPU time, one thread, medians.  NumPy runs with the OpenBLAS kernels of this CPU forced: Debian's OpenBLAS 0.3.21 takes a CPU
newer than itself for a Prescott of 2004.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

UPDATE = """
import json, sys, time
import numpy as np
n, p, q = map(int, sys.argv[1:])
rng = np.random.default_rng(1)
x = rng.choice(np.array([-1, 1], np.float32), (p, n))
w = x.T @ x / np.float32(n)
np.fill_diagonal(w, 0)
states = np.ascontiguousarray(x[np.arange(q) % p].T)
one = np.ascontiguousarray(states[:, 0])
np.sign(w @ one), np.sign(w @ states)
start = time.process_time()
for _ in range(20):
    np.sign(w @ one)
middle = time.process_time()
np.sign(w @ states)
end = time.process_time()
print(json.dumps({"one": (middle - start) / 20, "many": end - middle}))
"""

MARGINS = """
import json, sys, time, warnings
import numpy as np
from sklearn.svm import LinearSVC
path, tolerance = sys.argv[1], float(sys.argv[5])
n, p, neurons = map(int, sys.argv[2:5])
warnings.simplefilter("ignore")
x = np.fromfile(path, np.int8).reshape(p, n).astype(float)
margins, seconds = [], 0
for i in range(neurons):
    inputs = np.delete(x, i, axis=1)
    start = time.process_time()
    fit = LinearSVC(loss="hinge", C=1e6, fit_intercept=False, tol=tolerance, max_iter=100000).fit(inputs, x[:, i])
    seconds += time.process_time() - start
    w = fit.coef_[0]
    margins.append(float(np.min(x[:, i] * (inputs @ w)) / np.linalg.norm(w)))
print(json.dumps({"seconds": seconds, "margins": margins}))
"""

SIGNS = """
import sys
import numpy as np
n, p, seed = map(int, sys.argv[2:])
np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), (p, n)).tofile(sys.argv[1])
"""


def python(code, *arguments):
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OPENBLAS_CORETYPE": "SkylakeX"}
    result = subprocess.run([sys.executable, "-c", code, *arguments], env=environment, stdout=subprocess.PIPE)
    if result.returncode:
        sys.exit("skipped: NumPy or scikit-learn is missing; apt-get install python3-sklearn and run with /usr/bin/python3")
    return result.stdout


def updates(options):
    sizes = [str(options.n), str(options.p), str(options.states)]
    ours, theirs = [], []
    for _ in range(options.rounds):
        ours.append(json.loads(subprocess.check_output([options.bench, "update", *sizes])))
        theirs.append(json.loads(python(UPDATE, *sizes)))
    for what, label in (("one", "one state"), ("many", f"{options.states} states")):
        a, b = ([run[what] for run in runs] for runs in (ours, theirs))
        ratios = sorted(y / x for x, y in zip(a, b))
        print(f"{label:12s} {1e6 * statistics.median(a):10.1f} us, NumPy {1e6 * statistics.median(b):10.1f} us: "
              f"{statistics.median(ratios):.1f} times ({ratios[0]:.1f} to {ratios[-1]:.1f})")
    shares = sorted(run["products"] / run["many"] for run in ours)
    print(f"  {statistics.median(shares):.0%} ({shares[0]:.0%} to {shares[-1]:.0%}) of it products of bytes, at "
          f"{statistics.median(run['gigaops'] for run in ours):.0f} Gop/s")


def margins(options):
    sizes = [str(options.n), str(options.p)]
    ratios = []
    with tempfile.NamedTemporaryFile() as file:
        for seed in range(options.rounds):
            python(SIGNS, file.name, *sizes, str(seed))
            arguments = [file.name, *sizes, str(options.neurons)]
            ours = json.loads(subprocess.check_output([options.bench, "margins", *arguments]))
            theirs = json.loads(python(MARGINS, *arguments, str(options.tolerance)))
            excess = [a / b - 1 for a, b in zip(ours["margins"], theirs["margins"])]
            ratios.append(theirs["seconds"] / ours["seconds"])
            print(f"{options.neurons} neurons: AdaTron {ours['seconds']:.3f} s, LinearSVC {theirs['seconds']:.3f} s: "
                  f"{ratios[-1]:.1f} times; margin over theirs - 1: {min(excess):+.1e} to {max(excess):+.1e}", flush=True)
    ratios.sort()
    print(f"median {statistics.median(ratios):.1f} times ({ratios[0]:.1f} to {ratios[-1]:.1f})")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bench")
    parser.add_argument("--margins", action="store_true")
    parser.add_argument("-n", type=int)
    parser.add_argument("-p", type=int)
    parser.add_argument("--states", type=int, default=256)
    parser.add_argument("--neurons", type=int, default=50)
    parser.add_argument("--tolerance", type=float, default=1e-4)
    parser.add_argument("--rounds", type=int)
    options = parser.parse_args()
    n, p, rounds = (1000, 500, 3) if options.margins else (2000, 200, 7)
    options.n, options.p, options.rounds = options.n or n, options.p or p, options.rounds or rounds
    (margins if options.margins else updates)(options)


main()
