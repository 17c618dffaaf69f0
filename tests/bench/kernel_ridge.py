#!/usr/bin/python3
"""Kernel ridge against scikit-learn: CPU time of fit + predict on one thread, interleaved, at equal predictions.

    cmake --build build --target bench_kernel_ridge
    /usr/bin/python3 tests/bench/kernel_ridge.py build/bin/bench_kernel_ridge

scikit-learn runs twice a round: as it is, and with the OpenBLAS kernels of this CPU forced
(OPENBLAS_CORETYPE).  Debian's OpenBLAS 0.3.21 takes a CPU newer than itself for a Prescott of 2004 and then
runs at a fifth of the speed; the second figure is what scikit-learn can do.
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


def describe(times):
    total = [t["fit"] + t["predict"] for t in times]
    return f"{statistics.median(total):7.3f} s  ({min(total):.3f} .. {max(total):.3f})"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("-n", type=int, default=10000)
    parser.add_argument("-d", type=int, default=64)
    parser.add_argument("-q", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    o = parser.parse_args()
    length, penalty = float(o.d) ** 0.5, 1e-3
    random = np.random.default_rng(1)
    core = best_core()
    ours, peer, forced, error = [], [], [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        x = random.standard_normal((o.n, o.d))
        x.tofile(folder + "/x.bin")
        (np.sin(x[:, 0]) + 0.5 * x[:, 1] ** 2 + 0.1 * random.standard_normal(o.n)).tofile(folder + "/y.bin")
        random.standard_normal((o.q, o.d)).tofile(folder + "/q.bin")
        shape = [str(v) for v in (o.n, o.d, o.q, length, penalty)]
        files = [f"{folder}/{name}.bin" for name in ("x", "y", "q", "ours")]
        for _ in range(o.rounds):
            ours.append(call([o.program, "run", *shape, *files]))
            peer.append(call([sys.executable, "-c", PEER, *shape, folder]))
            if core:
                forced.append(call([sys.executable, "-c", PEER, *shape, folder], core))
            a, b = np.fromfile(folder + "/ours.bin"), np.fromfile(folder + "/peer.bin")
            error = max(error, float(np.max(np.abs(a - b)) / np.max(np.abs(b))))
    print(f"gaussian kernel, n = {o.n}, d = {o.d}, f64, fit + predict of {o.q}, CPU time on one thread,")
    print(f"median (least .. most) of {o.rounds} interleaved rounds; scikit-learn {sklearn.__version__}")
    print(f"  kernel-ridge                         {describe(ours)}")
    print(f"  scikit-learn                         {describe(peer)}")
    if forced:
        print(f"  scikit-learn, OpenBLAS as {core:9s}  {describe(forced)}")
    for name, other in (("scikit-learn", peer), (f"scikit-learn with {core}", forced)):
        ratios = [(b["fit"] + b["predict"]) / (a["fit"] + a["predict"]) for a, b in zip(ours, other)]
        if ratios:
            print(f"  times faster than {name}: {statistics.median(ratios):.2f} ({min(ratios):.2f} .. {max(ratios):.2f})")
    print(f"  largest difference of predictions over their largest value: {error:.1e} (limit 1e-8)")
    for name in [None] + [core] * bool(core):
        limit = call([o.program, "limits", str(o.n), str(o.d)], name)
        print(
            "  limits, OpenBLAS as {openblas_core}: dpotrf {dpotrf_gflops} Gflop/s, dgemm {dgemm_gflops}, exp {exp_ns} ns, "
            "copy {copy_gbytes} GB/s; ours: Cholesky {cholesky_gflops} Gflop/s, Gram {gram_s} s".format(**limit)
        )
    if error > 1e-8:
        sys.exit("predictions differ")


if __name__ == "__main__":
    main()
