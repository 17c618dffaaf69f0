#!/usr/bin/python3
"""Kernel ridge against scikit-learn and kernlab: CPU time on one thread, interleaved, at equal predictions.

    cmake --build build --target bench_kernel_ridge
    /usr/bin/python3 tests/bench/kernel_ridge.py build/bin/bench_kernel_ridge                       # exact: KernelRidge
    /usr/bin/python3 tests/bench/kernel_ridge.py build/bin/bench_kernel_ridge exact -n 5000 -d 8 -q 5000
    /usr/bin/python3 tests/bench/kernel_ridge.py build/bin/bench_kernel_ridge nystrom               # Nystroem + Ridge
    /usr/bin/python3 tests/bench/kernel_ridge.py build/bin/bench_kernel_ridge path                  # GridSearchCV(KernelRidge)
    /usr/bin/python3 tests/bench/kernel_ridge.py build/bin/bench_kernel_ridge scale                 # time and memory against n
    /usr/bin/python3 tests/bench/kernel_ridge.py build/bin/bench_kernel_ridge uci FOLDER --sets elevators kin40k protein

scikit-learn runs twice a round in `exact`: as it is, and with the OpenBLAS kernels of this CPU forced
(OPENBLAS_CORETYPE).  Debian's OpenBLAS 0.3.21 takes a CPU newer than itself for a Prescott of 2004 and then
runs at a fifth of the speed; the second figure is what scikit-learn can do, and all others are forced.  kernlab (gausspr,
whose mean is kernel ridge regression) is left out where Rscript does not find it.

`uci` is what Wang et al. 2019, Table 1, did with exact Gaussian processes: matern 3/2 with one length, columns and targets
standardised, 64 % of the rows to train on and 20 % to test.  FOLDER has SET/data.csv.gz, the target in the last column (as
the archive uci_datasets of T. Evans); --rows of the training rows choose length and penalty by the evidence.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import sklearn
except ImportError as error:
    print(f"skipped: {error}; apt-get install python3-sklearn and run with /usr/bin/python3")
    sys.exit(0)

PEER = """
import json, sys, time
import numpy as np
from sklearn.kernel_ridge import KernelRidge
n, d, q, length, penalty, folder = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), *map(float, sys.argv[4:6]), sys.argv[6]
x = np.fromfile(folder + "/x.bin").reshape(n, d)
y = np.fromfile(folder + "/y.bin")
rows = np.fromfile(folder + "/q.bin").reshape(q, d)
model = KernelRidge(alpha=penalty, kernel="rbf", gamma=1 / (2 * length**2))
start = time.process_time()
model.fit(x, y)
middle = time.process_time()
prediction = model.predict(rows)
end = time.process_time()
prediction.tofile(folder + "/peer.bin")
print(json.dumps({"fit": middle - start, "predict": end - middle}))
"""

NYSTROEM_PEER = """
import json, sys, time
import numpy as np
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import Ridge
n, d, q, length, penalty, folder = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), *map(float, sys.argv[4:6]), sys.argv[6]
x = np.fromfile(folder + "/x.bin").reshape(n, d)
y = np.fromfile(folder + "/y.bin")
rows = np.fromfile(folder + "/q.bin").reshape(q, d)
features = Nystroem(gamma=1 / (2 * length**2), n_components=int(sys.argv[7]), random_state=0)
model = Ridge(alpha=penalty, solver="cholesky")
start = time.process_time()
model.fit(features.fit_transform(x), y)
middle = time.process_time()
prediction = model.predict(features.transform(rows))
end = time.process_time()
prediction.tofile(folder + "/peer.bin")
print(json.dumps({"fit": middle - start, "predict": end - middle}))
"""

GRID_PEER = """
import json, sys, time
import numpy as np
from sklearn.kernel_ridge import KernelRidge
from sklearn.model_selection import GridSearchCV
n, d, length, folder = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
x = np.fromfile(folder + "/x.bin").reshape(n, d)
y = np.fromfile(folder + "/y.bin")
model = KernelRidge(kernel="rbf", gamma=1 / (2 * length**2))
start = time.process_time()
model = GridSearchCV(model, {"alpha": [float(v) for v in sys.argv[5:]]}, cv=5, scoring="neg_mean_squared_error").fit(x, y)
print(json.dumps({"path": time.process_time() - start, "chosen": model.best_params_["alpha"]}))
"""

KERNLAB_PEER = """
suppressPackageStartupMessages(library(kernlab))
a <- commandArgs(TRUE)
n <- as.integer(a[1]); d <- as.integer(a[2]); q <- as.integer(a[3]); length <- as.numeric(a[4]); penalty <- as.numeric(a[5])
x <- matrix(readBin(file.path(a[6], "x.bin"), "double", n * d), n, d, byrow = TRUE)
y <- readBin(file.path(a[6], "y.bin"), "double", n)
rows <- matrix(readBin(file.path(a[6], "q.bin"), "double", q * d), q, d, byrow = TRUE)
cpu <- function() sum(proc.time()[c(1, 2)])
start <- cpu()
model <- gausspr(x, y, kernel = "rbfdot", kpar = list(sigma = 1 / (2 * length^2)), var = penalty, scaled = FALSE, fit = FALSE)
middle <- cpu()
prediction <- predict(model, rows)
end <- cpu()
writeBin(as.double(prediction), file.path(a[6], "kernlab.bin"))
cat(sprintf('{"fit": %.4f, "predict": %.4f}', middle - start, end - middle))
"""


def call(command, core=None):
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
    if core:
        environment["OPENBLAS_CORETYPE"] = core
    result = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(result.stdout)


def best_core():
    """The OpenBLAS kernels that fit this CPU."""
    with open("/proc/cpuinfo") as file:
        flags = next(line for line in file if line.startswith("flags")).split()
    if "avx512dq" in flags and "avx512vl" in flags:
        return "SkylakeX"
    return "Haswell" if "avx2" in flags else None


def has_kernlab():
    try:
        return subprocess.run(["Rscript", "-e", "library(kernlab)"], capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def spread(values):
    return f"{statistics.median(values):8.3f} ({min(values):.3f} .. {max(values):.3f})"


def describe(name, times):
    parts = "  ".join(f"{part} {spread([t[part] for t in times])}" for part in ("fit", "predict"))
    print(f"  {name:38s} {parts}  together {spread([t['fit'] + t['predict'] for t in times])}")


def compare(name, part, ours, peer):
    ratios = [sum(b[p] for p in part) / sum(a[p] for p in part) for a, b in zip(ours, peer)]
    print(f"  {' + '.join(part)}, times faster than {name}: {spread(ratios)}")


def limits(o, n, d, core):
    limit = call([o.program, "limits", str(n), str(d)], core)
    print("  of this run, OpenBLAS as {openblas_core}: dpotrf {dpotrf_gflops} Gflop/s, dgemm {dgemm_gflops}, exp {exp_ns} ns, copy "
          "{copy_gbytes} GB/s; ours: Cholesky {cholesky_gflops} Gflop/s, Gram {gram_s} s".format(**limit))


def function(x, random, noise):
    return np.sin(x[:, 0]) + 0.5 * x[:, 1] ** 2 + noise * random.standard_normal(len(x))


def make(folder, n, d, q):
    """Rows, targets with noise, rows to predict and what they should be."""
    random = np.random.default_rng(1)
    x, rows = random.standard_normal((n, d)), random.standard_normal((q, d))
    x.tofile(folder + "/x.bin")
    function(x, random, 0.1).tofile(folder + "/y.bin")
    rows.tofile(folder + "/q.bin")
    return function(rows, random, 0)


def ours(o, folder, shape, core=None, **settings):
    files = [f"{folder}/{name}.bin" for name in ("x", "y", "q", "ours")]
    words = [f"{name}={value}" for name, value in settings.items()]
    return call([o.program, "run", *shape, *files, *words], core)


def exact(o):
    n, d, q = o.n or 10000, o.d or 64, o.q or 2000
    shape = [str(v) for v in (n, d, q, float(d) ** 0.5, 1e-3)]
    core, kernlab = best_core(), has_kernlab() and n <= 5000
    results, errors = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        make(folder, n, d, q)
        for _ in range(o.rounds):
            peer = results.setdefault("scikit-learn as it is", [])
            peer.append(call([sys.executable, "-c", PEER, *shape, folder]))
            truth = np.fromfile(folder + "/peer.bin")
            if core:
                results.setdefault(f"scikit-learn, OpenBLAS as {core}", []).append(
                    call([sys.executable, "-c", PEER, *shape, folder], core))
            if kernlab:
                results.setdefault("kernlab gausspr", []).append(
                    call(["Rscript", "-e", KERNLAB_PEER, *shape, folder], core))
                errors.setdefault("kernlab gausspr", []).append(np.fromfile(folder + "/kernlab.bin"))
            for precision in ("f64", "mixed", "f32"):
                name = f"kernel-ridge {precision}"
                results.setdefault(name, []).append(ours(o, folder, shape, core, precision=precision))
                errors.setdefault(name, []).append(np.fromfile(folder + "/ours.bin"))
    print(f"gaussian kernel, n = {n}, d = {d}, {q} predictions; CPU seconds on one thread,")
    print(f"median (least .. most) of {o.rounds} interleaved rounds; scikit-learn {sklearn.__version__}")
    for name, times in results.items():
        describe(name, times)
    for precision in ("f64", "mixed", "f32"):
        for name in results:
            if not name.startswith("kernel-ridge"):
                for part in (("fit",), ("predict",), ("fit", "predict")):
                    compare(f"{name} ({precision})", part, results[f"kernel-ridge {precision}"], results[name])
    for name, found in errors.items():
        worst = max(float(np.max(np.abs(f - truth)) / np.max(np.abs(truth))) for f in found)
        print(f"  {name}: predictions differ from scikit-learn's by at most {worst:.1e} of the largest")
        if name == "kernel-ridge f64" and worst > 1e-8:
            sys.exit("predictions differ")
    limits(o, n, d, core)


def nystrom(o):
    n, d, q, centres, penalty = o.n or 100000, o.d or 8, o.q or 10000, 1000, 1e-2
    shape = [str(v) for v in (n, d, q, float(d) ** 0.5, penalty)]
    core, results, losses = best_core(), {}, {}
    with tempfile.TemporaryDirectory() as folder:
        truth = make(folder, n, d, q)
        for _ in range(o.rounds):
            for precision in ("mixed", "f64"):
                name = f"kernel-ridge nystrom {precision}"
                results.setdefault(name, []).append(
                    ours(o, folder, shape, core, solver="nystrom", centres=centres, precision=precision, tolerance=1e-3))
                losses.setdefault(name, []).append(np.mean((np.fromfile(folder + "/ours.bin") - truth) ** 2))
            name = "scikit-learn Nystroem + Ridge"
            results.setdefault(name, []).append(
                call([sys.executable, "-c", NYSTROEM_PEER, *shape, folder, str(centres)], core))
            losses.setdefault(name, []).append(np.mean((np.fromfile(folder + "/peer.bin") - truth) ** 2))
    print(f"gaussian kernel, n = {n}, d = {d}, {centres} centres, {q} predictions; CPU seconds on one thread,")
    print(f"median (least .. most) of {o.rounds} interleaved rounds; scikit-learn {sklearn.__version__}")
    for name, times in results.items():
        describe(name, times)
        print(f"    mean squared error without noise {statistics.median(losses[name]):.3e}, with its variance of 0.01 "
              f"{statistics.median(losses[name]) + 0.01:.5f}")
    for precision in ("mixed", "f64"):
        compare(f"scikit-learn ({precision})", ("fit", "predict"), results[f"kernel-ridge nystrom {precision}"],
                results["scikit-learn Nystroem + Ridge"])
    limits(o, 2000, d, core)


def path(o):
    n, d, count = o.n or 2000, o.d or 8, 200
    length, core = float(d) ** 0.5, best_core()
    penalties = [f"{v:.6g}" for v in np.logspace(-6, 2, count)]
    results = {"ours": [], "peer": []}
    with tempfile.TemporaryDirectory() as folder:
        make(folder, n, d, 1)
        for _ in range(o.rounds):
            results["ours"].append(call([o.program, "path", str(n), str(d), str(length), folder + "/x.bin", folder + "/y.bin",
                                         *penalties], core))
        for _ in range(o.peer_rounds):
            results["peer"].append(call([sys.executable, "-c", GRID_PEER, str(n), str(d), str(length), folder, *penalties], core))
    print(f"n = {n}, d = {d}, {count} penalties, leave-one-out, GCV, evidence and 5 folds; CPU seconds on one thread")
    print(f"  kernel-ridge path {spread([r['path'] for r in results['ours']])}, chosen {results['ours'][0]['chosen']:.3g}; over one "
          f"dsyevd of this size {spread([r['path'] / r['dsyevd'] for r in results['ours']])}")
    if results["peer"]:
        print(f"  scikit-learn GridSearchCV, {count} x 5 fits {spread([r['path'] for r in results['peer']])}, chosen "
              f"{results['peer'][0]['chosen']:.3g}; times faster: "
              f"{statistics.median(r['path'] for r in results['peer']) / statistics.median(r['path'] for r in results['ours']):.0f}")
    limits(o, n, d, core)


def scale(o):
    d, q, core = o.d or 10, 2000, best_core()
    sizes = [10000, 30000, 100000, 300000, 1000000]
    sizes = [n for n in sizes if n <= (o.n or 1000000)]
    times, peaks, rows = [], [], []
    for n in sizes:
        with tempfile.TemporaryDirectory() as folder:
            truth = make(folder, n, d, q)
            centres = round(4 * n**0.5)
            shape = [str(v) for v in (n, d, q, float(d) ** 0.5, 1e-2)]
            result = ours(o, folder, shape, core, solver="nystrom", centres=centres, precision="mixed", tolerance=1e-9, max_steps=10)
            loss = float(np.mean((np.fromfile(folder + "/ours.bin") - truth) ** 2))
        rows.append(n)
        times.append(result["fit"])
        peaks.append(result["peak_mib"])
        print(f"n = {n:8d}, {centres:5d} centres, {result['steps']} steps: fit {result['fit']:.2f} s, peak {result['peak_mib']:.0f} MiB, "
              f"squared error without noise {loss:.2e} (noise 0.01)")
        if len(rows) > 1:
            slope = [np.log(v[-1] / v[-2]) / np.log(rows[-1] / rows[-2]) for v in (times, peaks)]
            print(f"    since the size before: time as n^{slope[0]:.2f}, memory as n^{slope[1]:.2f}")
    if len(rows) > 1:
        print(f"time of the fit grows as n^{np.polyfit(np.log(rows), np.log(times), 1)[0]:.2f}, memory as "
              f"n^{np.polyfit(np.log(rows), np.log(peaks), 1)[0]:.2f}; memory between the last two by "
              f"{(peaks[-1] - peaks[-2]) * 2**20 / (rows[-1] - rows[-2]):.0f} bytes a row")
    limits(o, 2000, d, core)


def split(table, seed):
    """Rows and targets to train on and to test, by mean and deviation of the former."""
    order = np.random.default_rng(seed).permutation(len(table))
    train, test = table[order[: int(0.64 * len(table))]], table[order[len(table) - int(0.2 * len(table)):]]
    scale = train.std(0)
    scale[scale == 0] = 1
    train, test = (train - train.mean(0)) / scale, (test - train.mean(0)) / scale
    return [np.ascontiguousarray(a) for a in (train[:, :-1], train[:, -1], test[:, :-1], test[:, -1])]


def uci(o):
    core, kernel = best_core(), {"kernel": "matern", "smoothness": "1.5"}
    for name in o.sets:
        table = np.loadtxt(f"{o.folder}/{name}/data.csv.gz", delimiter=",")
        errors = []
        for seed in range(o.rounds):
            x, y, rows, truth = split(table, seed)
            n, d = x.shape
            with tempfile.TemporaryDirectory() as folder:
                part = slice(0, o.rows)  # the order is random already
                for file, values in (("part", x[part]), ("part_y", y[part]), ("x", x), ("y", y), ("q", rows)):
                    values.tofile(f"{folder}/{file}.bin")
                settings = [f"{k}={v}" for k, v in kernel.items()]
                best = call([o.program, "tune", str(len(x[part])), str(d), f"{folder}/part.bin", f"{folder}/part_y.bin",
                             f"length={d ** 0.5}", "penalty=0.1", *settings], core)
                # Only penalty / amplitude matters to the mean.
                shape = [str(v) for v in (n, d, len(rows), best["length"], best["penalty"] / best["amplitude"])]
                fit = ours(o, folder, shape, core, solver="exact", precision="mixed", memory=o.memory, intercept="true", **kernel)
                errors.append(np.sqrt(np.mean((np.fromfile(folder + "/ours.bin") - truth) ** 2)))
            print(f"{name}, n = {n}, d = {d}, split {seed}: RMSE {errors[-1]:.4f} on {len(truth)} rows; length {best['length']:.3g}, "
                  f"penalty / amplitude {best['penalty'] / best['amplitude']:.3g} from {o.rows} rows in {best['tune']:.1f} s, fit "
                  f"{fit['fit']:.1f} s, predict {fit['predict']:.1f} s, peak {fit['peak_mib']:.0f} MiB", flush=True)
        print(f"{name}: RMSE {spread(errors)} of {len(errors)} splits")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("what", nargs="?", default="exact", choices=["exact", "nystrom", "path", "scale", "uci"])
    parser.add_argument("folder", nargs="?", help="of the sets, for uci")
    parser.add_argument("--sets", nargs="+", default=["elevators", "kin40k", "protein"])
    parser.add_argument("--rows", type=int, default=3000, help="that uci tunes on")
    parser.add_argument("--memory", type=int, default=8192, help="of the fits of uci, MiB")
    parser.add_argument("-n", type=int)
    parser.add_argument("-d", type=int)
    parser.add_argument("-q", type=int)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peer-rounds", type=int, default=1, help="of GridSearchCV, which takes minutes")
    o = parser.parse_args()
    {"exact": exact, "nystrom": nystrom, "path": path, "scale": scale, "uci": uci}[o.what](o)


if __name__ == "__main__":
    main()
