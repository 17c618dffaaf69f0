#!/usr/bin/python3
"""One synchronous update of a Hopfield network against NumPy's f32 product with the matrix of weights, interleaved.

    cmake --build build --target bench_hopfield
    /usr/bin/python3 tests/bench/hopfield.py build/bin/bench_hopfield [-n 2000 -p 200 --states 256 --rounds 7]

CPU time, one thread, medians.  NumPy runs with the OpenBLAS kernels of this CPU forced: Debian's OpenBLAS 0.3.21 takes a CPU
newer than itself for a Prescott of 2004.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

PEER = """
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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bench")
    parser.add_argument("-n", type=int, default=2000)
    parser.add_argument("-p", type=int, default=200)
    parser.add_argument("--states", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    sizes = [str(options.n), str(options.p), str(options.states)]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OPENBLAS_CORETYPE": "SkylakeX"}
    ours, theirs = [], []
    for _ in range(options.rounds):
        ours.append(json.loads(subprocess.check_output([options.bench, "update", *sizes])))
        peer = subprocess.run([sys.executable, "-c", PEER, *sizes], env=environment, stdout=subprocess.PIPE)
        if peer.returncode:
            print("skipped: NumPy is missing; apt-get install python3-numpy and run with /usr/bin/python3")
            return
        theirs.append(json.loads(peer.stdout))
    for what, label in (("one", "one state"), ("many", f"{options.states} states")):
        a, b = ([run[what] for run in runs] for runs in (ours, theirs))
        ratios = sorted(y / x for x, y in zip(a, b))
        print(f"{label:12s} {1e6 * statistics.median(a):10.1f} us, NumPy {1e6 * statistics.median(b):10.1f} us: "
              f"{statistics.median(ratios):.1f} times ({ratios[0]:.1f} to {ratios[-1]:.1f})")


main()
