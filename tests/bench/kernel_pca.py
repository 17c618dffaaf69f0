#!/usr/bin/python3
"""Kernel PCA against scikit-learn's KernelPCA and Nystroem and kernlab's kpca: CPU time on one thread, interleaved, at
equal components.

    cmake --build build --target bench_kernel_pca
    /usr/bin/python3 tests/bench/kernel_pca.py build/bin/bench_kernel_pca peers             # n = 2,000 and 5,000, d = 8
    /usr/bin/python3 tests/bench/kernel_pca.py build/bin/bench_kernel_pca scale             # n to 50,000, d = 30
    /usr/bin/python3 tests/bench/kernel_pca.py build/bin/bench_kernel_pca images train-images-idx3-ubyte.gz

arpack gets the same tolerance, 1e-8; the Nystroem solvers as many landmarks.  scikit-learn runs with the OpenBLAS kernels
of this CPU forced (OPENBLAS_CORETYPE): Debian's OpenBLAS 0.3.21 takes a CPU newer than itself for one of 2004 and then runs
at a fifth of the speed.  kernlab (r-cran-kernlab) is left out where Rscript does not find it, and beyond 2,000 rows.
`peers` and `scale` use gaussian rows whose columns' scales fall as 1/k.  `peers` takes blocks of 12, as the matrix is
stored there; `scale` never stores it.  BENCH_BLOCK and BENCH_MEMORY_MIB in the environment override that.
"""
import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError as error:
    print(f"skipped: {error}; apt-get install python3-sklearn and run with /usr/bin/python3")
    sys.exit(0)

PEER = """
import json, sys, time
import numpy as np
from sklearn.decomposition import KernelPCA
n, d, t, q, length, solver, folder = *map(int, sys.argv[1:5]), float(sys.argv[5]), sys.argv[6], sys.argv[7]
x = np.fromfile(folder + "/x.bin").reshape(n, d)
rows = np.fromfile(folder + "/t.bin").reshape(t, d)
model = KernelPCA(n_components=q, kernel="rbf", gamma=1 / (2 * length**2), eigen_solver=solver, tol=1e-8 if solver == "arpack" else 0, random_state=0)
start = time.process_time()
model.fit(x)
middle = time.process_time()
scores = model.transform(rows)
end = time.process_time()
scores.tofile(folder + "/peer.bin")
u = model.eigenvectors_
mu = model.eigenvalues_
full = x[:, None][::max(1, n // 64)]
rows_k = np.exp(-((full - x[None]) ** 2).sum(-1) / (2 * length**2))
u0 = u - u.mean(0)
means = np.zeros(q)
for i in range(0, n, 500):
    means += np.exp(-((x[i:i + 500, None] - x[None]) ** 2).sum(-1) / (2 * length**2)).sum(0) @ u0 / n
r = rows_k @ u0 - means - mu * u[::max(1, n // 64)]
residual = (np.sqrt((r**2).sum(0) * n / len(r)) / mu).max()
print(json.dumps({"fit": middle - start, "transform": end - middle, "residual": residual, "top": mu[0]}))
"""

NYSTROEM_PEER = """
import json, sys, time
import numpy as np
from sklearn.decomposition import PCA
from sklearn.kernel_approximation import Nystroem
n, d, t, q, length, landmarks, folder = *map(int, sys.argv[1:5]), float(sys.argv[5]), int(sys.argv[6]), sys.argv[7]
x = np.fromfile(folder + "/x.bin").reshape(n, d)
rows = np.fromfile(folder + "/t.bin").reshape(t, d)
features = Nystroem(gamma=1 / (2 * length**2), n_components=landmarks, random_state=0)
pca = PCA(n_components=q, svd_solver="full")
start = time.process_time()
pca.fit(features.fit_transform(x))
middle = time.process_time()
pca.transform(features.transform(rows))
end = time.process_time()
print(json.dumps({"fit": middle - start, "transform": end - middle, "residual": float("nan"), "top": pca.explained_variance_[0] * (n - 1)}))
"""

KERNLAB_PEER = """
suppressPackageStartupMessages(library(kernlab))
a <- commandArgs(TRUE)
n <- as.integer(a[1]); d <- as.integer(a[2]); t <- as.integer(a[3]); q <- as.integer(a[4]); length <- as.numeric(a[5])
x <- matrix(readBin(file.path(a[6], "x.bin"), "double", n * d), n, d, byrow = TRUE)
rows <- matrix(readBin(file.path(a[6], "t.bin"), "double", t * d), t, d, byrow = TRUE)
cpu <- function() sum(proc.time()[c(1, 2)])
start <- cpu()
model <- kpca(x, kernel = "rbfdot", kpar = list(sigma = 1 / (2 * length^2)), features = q)
middle <- cpu()
scores <- predict(model, rows)
end <- cpu()
cat(sprintf('{"fit": %.4f, "transform": %.4f, "residual": NaN, "top": %.15g}', middle - start, end - middle, eig(model)[1] * n))
"""


def best_core():
    """The OpenBLAS kernels that fit this CPU."""
    with open("/proc/cpuinfo") as file:
        flags = next(line for line in file if line.startswith("flags")).split()
    if "avx512dq" in flags and "avx512vl" in flags:
        return "SkylakeX"
    return "Haswell" if "avx2" in flags else None


def call(command):
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
    if best_core():
        environment["OPENBLAS_CORETYPE"] = best_core()
    return json.loads(subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout)


def spread(values):
    return f"{statistics.median(values):8.3f} ({min(values):.3f} .. {max(values):.3f})"


def make_rows(folder, n, d, t):
    random = np.random.default_rng(1)
    scale = 1 / np.arange(1, d + 1)
    (random.standard_normal((n, d)) * scale).tofile(folder + "/x.bin")
    (random.standard_normal((t, d)) * scale).tofile(folder + "/t.bin")


def ours(o, folder, n, d, q, t, length, solver, precision, tolerance, landmarks=None):
    return call([o.program, "run", *map(str, (n, d, length, q, solver, precision, tolerance)), folder + "/x.bin", str(t),
                 folder + "/t.bin", folder + "/ours.bin", *([] if landmarks is None else [str(landmarks)])])


def has_kernlab():
    try:
        return subprocess.run(["Rscript", "-e", "library(kernlab)"], capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def peers(o):
    d, q, t, length = 8, 10, 10000, 1.0
    os.environ.setdefault("BENCH_BLOCK", "12")
    for n in (2000, 5000):
        with tempfile.TemporaryDirectory() as folder:
            make_rows(folder, n, d, t)
            results = {}
            for _ in range(o.rounds):
                for solver, precision, tolerance in (("lanczos", "f64", 1e-8), ("lanczos", "f32", 1e-6), ("dense", "f64", 1)):
                    results.setdefault(f"kernel-pca {solver} {precision}", []).append(
                        ours(o, folder, n, d, q, t, length, solver, precision, tolerance))
                for solver in ("arpack", "randomized", "dense"):
                    results.setdefault(f"scikit-learn {solver}", []).append(
                        call([sys.executable, "-c", PEER, *map(str, (n, d, t, q, length)), solver, folder]))
                results.setdefault("kernel-pca nystrom f64", []).append(
                    ours(o, folder, n, d, q, t, length, "nystrom", "f64", 1, 500))
                results.setdefault("scikit-learn Nystroem", []).append(
                    call([sys.executable, "-c", NYSTROEM_PEER, *map(str, (n, d, t, q, length, 500)), folder]))
                if n <= 2000 and has_kernlab():
                    results.setdefault("kernlab kpca", []).append(
                        call(["Rscript", "-e", KERNLAB_PEER, *map(str, (n, d, t, q, length)), folder]))
            print(f"gaussian kernel, n = {n}, d = {d}, {q} components; CPU seconds on one thread, median (least .. most) of {o.rounds}")
            for name, rows in results.items():
                print(f"  {name:24s} fit {spread([r['fit'] for r in rows])}  transform of {t} {spread([r['transform'] for r in rows])}"
                      f"  residual / eigenvalue {max(r['residual'] for r in rows):.1e}")
            base = results["kernel-pca lanczos f64"]
            for peer in ("scikit-learn arpack", "scikit-learn dense"):
                ratios = [b["fit"] / a["fit"] for a, b in zip(base, results[peer])]
                print(f"  fit, times faster than {peer}: {spread(ratios)}")
            if "kernlab kpca" in results:
                ratios = [b["fit"] / a["fit"] for a, b in zip(base, results["kernlab kpca"])]
                print(f"  fit, times faster than kernlab: {spread(ratios)}")
            ratios = [b["fit"] / a["fit"] for a, b in
                      zip(results["kernel-pca nystrom f64"], results["scikit-learn Nystroem"])]
            print(f"  fit with 500 landmarks, times faster than scikit-learn Nystroem and PCA: {spread(ratios)}")
            limit = call([o.program, "limits", str(n)])
            print(f"  of this run: sgemm {limit['sgemm_gflops']:.0f} Gflop/s, exp {limit['exp_f32_ns']:.2f} ns, copy {limit['copy_gbs']:.1f} GB/s")
            for kind in ("f64", "f32"):
                ratios = [b["transform"] / a["transform"] for a, b in
                          zip(results[f"kernel-pca lanczos {kind}"], results["scikit-learn arpack"])]
                print(f"  transform {kind}, times faster: {spread(ratios)}")
            tops = [rows[0]["top"] for name, rows in results.items() if "ystr" not in name]
            print(f"  largest eigenvalue, spread over the exact ones: {(max(tops) - min(tops)) / max(tops):.1e}")


def scale(o):
    d, q, length = 30, 16, 1.0
    os.environ.setdefault("BENCH_MEMORY_MIB", "1")
    times, peaks = [], []
    for n in o.n:
        with tempfile.TemporaryDirectory() as folder:
            make_rows(folder, n, d, 1)
            result = ours(o, folder, n, d, q, 0, length, "lanczos", "mixed", 1e-6)
            limit = call([o.program, "limits", str(n)])
            times.append(result["fit"] / result["steps"])
            peaks.append(result["peak_mib"])
            print(f"n = {n:6d}, d = {d}, {q} components: {result['fit']:.2f} s, {result['steps']} steps, residual / eigenvalue "
                  f"{result['residual']:.1e}, peak {result['peak_mib']:.0f} MiB; "
                  f"{result['fit'] / limit['gemm_s']:.1f} times one f32 GEMM n x n x 64 ({limit['sgemm_gflops']:.0f} Gflop/s), "
                  f"exp {limit['exp_f32_ns']:.2f} ns: {n * n / 2 * result['steps'] * limit['exp_f32_ns'] * 1e-9 / result['fit']:.0%} of the time")
    if len(o.n) > 1:
        slope = np.polyfit(np.log(o.n), np.log(times), 1)[0]
        more = (peaks[-1] - peaks[0]) * 2**20 / (o.n[-1] - o.n[0])
        print(f"time of a step grows as n^{slope:.2f}; memory by {more:.0f} bytes a row")


def images(o):
    for n in o.n:
        exact = call([o.program, "bytes", o.file, str(n), str(o.length), "32", "lanczos", "1e-5"])
        limit = call([o.program, "limits", str(n)])
        gemm = 2 * n * n * 784 / limit["sgemm_gflops"] * 1e-9
        print(f"n = {n}, 32 components, lanczos: {exact['fit']:.1f} s ({exact['fit'] / gemm:.2f} of one f32 GEMM n x n x 784), "
              f"{exact['steps']} steps, residual / eigenvalue {exact['residual']:.1e}, peak {exact['peak_mib']:.0f} MiB")
        some = call([o.program, "bytes", o.file, str(n), str(o.length), "32", "nystrom", "1", "2000"])
        print(f"  nystrom, 2,000 landmarks: {some['fit']:.1f} s, {exact['fit'] / some['fit']:.1f} times faster, "
              f"largest eigenvalue {1 - some['top'] / exact['top']:.1e} below, peak {some['peak_mib']:.0f} MiB")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("what", choices=["peers", "scale", "images"])
    parser.add_argument("file", nargs="?", help="IDX file of byte images, for images")
    parser.add_argument("-n", type=int, nargs="+", default=[10000, 20000, 50000])
    parser.add_argument("--length", type=float, default=1300.0, help="for images, in grey levels")
    parser.add_argument("--rounds", type=int, default=5)
    o = parser.parse_args()
    {"peers": peers, "scale": scale, "images": images}[o.what](o)


if __name__ == "__main__":
    main()
