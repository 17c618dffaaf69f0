#!/usr/bin/python3
"""Attention, one update and dense retrieval against PyTorch and NumPy: CPU seconds of one thread, interleaved, medians.

    cmake --build build --target bench_modern_hopfield_peers
    /usr/bin/python3 tests/bench/modern_hopfield.py build/bin/bench_modern_hopfield_peers             # all of them
    /usr/bin/python3 tests/bench/modern_hopfield.py build/bin/bench_modern_hopfield_peers attention --length 2048
    /usr/bin/python3 tests/bench/modern_hopfield.py build/bin/bench_modern_hopfield_peers update --patterns 1000000

attention   softmax(Q K' / sqrt(d)) V of 8 heads by torch, and by its scaled_dot_product_attention where that is there
training    the same with derivatives by queries, keys and values
update      softmax(beta S X') X of many patterns by NumPy
dense       one asynchronous sweep, energy -sum (x.s)^3, by NumPy with overlaps kept up to date; equal flips
Results are compared before times are.  NumPy runs with the OpenBLAS kernels of this CPU forced: Debian's OpenBLAS 0.3.21 takes a
CPU newer than itself for a Prescott of 2004.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

import numpy as np

ATTENTION = """
import json, sys, time
import numpy as np, torch
torch.set_num_threads(1)
folder, h, l, d, way = sys.argv[1], *map(int, sys.argv[2:5]), sys.argv[5]
load = lambda name: torch.from_numpy(np.fromfile(folder + "/" + name + ".bin", np.float32)).reshape(l, h, d).transpose(0, 1).contiguous()
q, k, v = (load(name) for name in "qkv")
training = way == "training"
whole = getattr(torch.nn.functional, "scaled_dot_product_attention", None)
if whole is None:
    old = torch.nn.functional._scaled_dot_product_attention      # before 2.0
    whole = lambda q, k, v: old(q, k, v)[0]
plain = lambda q, k, v: torch.softmax(q @ k.transpose(-1, -2) * d ** -0.5, -1) @ v
apply = whole if way == "whole" else plain
if training:
    dy = load("dy")
    q, k, v = (x.requires_grad_() for x in (q, k, v))
with torch.set_grad_enabled(training):
    apply(*(x[:, :64] for x in (q, k, v)))
    start = time.process_time()
    y = apply(q, k, v)
    if training:
        y.backward(dy)
    seconds = time.process_time() - start
save = lambda name, x: x.detach().transpose(0, 1).contiguous().numpy().tofile(folder + "/" + name + ".peer")
save("y", y)
if training:
    for name, x in (("dq", q), ("dk", k), ("dv", v)):
        save(name, x.grad)
print(json.dumps({"seconds": seconds}))
"""

UPDATE = """
import json, sys, time
import numpy as np
folder, n, d, q, beta = sys.argv[1], *map(int, sys.argv[2:5]), np.float32(sys.argv[5])
x = np.fromfile(folder + "/x.bin", np.float32).reshape(n, d)
s = np.fromfile(folder + "/s.bin", np.float32).reshape(q, d)
y = np.empty_like(s)
s[:8] @ x[:64].T
start = time.process_time()
for first in range(0, q, 100):                                   # blocks that keep the scores in memory
    p = s[first:first + 100] @ x.T
    p *= beta
    p -= p.max(1, keepdims=True)
    np.exp(p, p)
    p /= p.sum(1, keepdims=True)
    y[first:first + 100] = p @ x
seconds = time.process_time() - start
y.tofile(folder + "/y.peer")
print(json.dumps({"seconds": seconds}))
"""

DENSE = """
import json, sys, time
import numpy as np
folder, k, n, power = sys.argv[1], *map(int, sys.argv[2:5])
x = np.ascontiguousarray(np.fromfile(folder + "/x.bin", np.int8).reshape(k, n).T.astype(np.float64))      # a neuron a row
s = np.fromfile(folder + "/s.bin", np.int8).astype(np.float64)
flips = 0
start = time.process_time()
m = s @ x
for i in range(n):
    u = m - s[i] * x[i]
    field = (x[i] + u) ** power - (u - x[i]) ** power if power != 3 else 2 * x[i] * (3 * u * u + 1)       # x = +-1
    to = np.sign(field.sum())
    if to != 0 and to != s[i]:
        s[i] = to
        m = u + to * x[i]
        flips += 1
seconds = time.process_time() - start
s.astype(np.int8).tofile(folder + "/y.peer")
print(json.dumps({"seconds": seconds, "flips": flips}))
"""


def call(command):
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
                   "OPENBLAS_CORETYPE": "SkylakeX"}
    result = subprocess.run([str(word) for word in command], env=environment, stdout=subprocess.PIPE, text=True)
    return json.loads(result.stdout) if result.returncode == 0 else None


def difference(folder, names, kind):
    most = 0
    for name in names:
        ours, theirs = (np.fromfile(f"{folder}/{name}.{end}", kind) for end in ("bin", "peer"))
        most = max(most, float(np.max(np.abs(ours.astype(float) - theirs.astype(float))) / max(1e-30, np.max(np.abs(theirs)))))
    return most


def versus(options, label, folder, ours, peer, results, kind=np.float32, within=1e-4):
    """Both in turn; the ratio of their times, and how far their results are apart."""
    a, b = [], []
    for _ in range(options.rounds):
        own, other = call(ours), call(peer)
        if own is None:
            sys.exit("our program failed")
        if other is None:
            print(f"{label}: the peer is missing (apt-get install python3-torch python3-numpy, run with /usr/bin/python3)")
            return
        a.append(own["seconds"])
        b.append(other["seconds"])
        if own["flips"] != other.get("flips", 0):
            sys.exit(f"{label}: {own['flips']} flips, the peer {other['flips']}")
    apart = difference(folder, results, kind)
    if not apart <= within:
        sys.exit(f"{label}: results differ by {apart} of the largest")
    ratios = sorted(y / x for x, y in zip(a, b))
    print(f"{label}: {statistics.median(a):.4f} s, peer {statistics.median(b):.4f} s: {statistics.median(ratios):.2f} times "
          f"({ratios[0]:.2f} to {ratios[-1]:.2f}); apart {apart:.1e}; peak {own['peak_mib']:.0f} MiB, flips {own['flips']}", flush=True)


def attention(options, folder, random):
    h, l, d = options.heads, options.length, options.depth
    for name in ("q", "k", "v", "dy"):
        random.standard_normal((l, h * d), dtype=np.float32).tofile(f"{folder}/{name}.bin")
    sizes = [folder, h, l, d]
    for way, what in (("plain", "softmax(QK')V"), ("whole", "scaled_dot_product_attention")):
        versus(options, f"attention {h} x {l} x {d}, torch {what}", folder, [options.bench, "attention", *sizes],
               [sys.executable, "-c", ATTENTION, *sizes, way], ["y"])
    versus(options, f"attention {h} x {l} x {d}, bf16, torch softmax(QK')V in f32", folder,
           [options.bench, "attention", *sizes, "bf16"], [sys.executable, "-c", ATTENTION, *sizes, "plain"], ["y"], within=2e-2)


def training(options, folder, random):
    h, l, d = options.heads, options.length // 2, options.depth
    for name in ("q", "k", "v", "dy"):
        random.standard_normal((l, h * d), dtype=np.float32).tofile(f"{folder}/{name}.bin")
    sizes = [folder, h, l, d]
    versus(options, f"attention forward and backward {h} x {l} x {d}, torch", folder, [options.bench, "training", *sizes],
           [sys.executable, "-c", ATTENTION, *sizes, "training"], ["y", "dq", "dk", "dv"])


def update(options, folder, random):
    n, d, q = options.patterns, 256, 1000
    x = random.standard_normal((n, d), dtype=np.float32)
    x.tofile(f"{folder}/x.bin")
    (x[:q] + random.standard_normal((q, d), dtype=np.float32)).tofile(f"{folder}/s.bin")
    sizes = [folder, n, d, q, 1 / 16]
    versus(options, f"one update of {q} states, {n} patterns, d {d}, NumPy", folder, [options.bench, "update", *sizes],
           [sys.executable, "-c", UPDATE, *sizes], ["y"])


def dense(options, folder, random):
    k, n = 20000, 1024
    x = random.choice(np.array([-1, 1], np.int8), (k, n))
    x.tofile(f"{folder}/x.bin")
    s = x[0].copy()
    s[random.choice(n, n // 4, replace=False)] *= -1
    s.tofile(f"{folder}/s.bin")
    sizes = [folder, k, n, 3]
    versus(options, f"dense sweep, {k} patterns of {n} bits, power 3, NumPy", folder, [options.bench, "dense", *sizes],
           [sys.executable, "-c", DENSE, *sizes], ["y"], np.int8, 0)


def main():
    parts = {"attention": attention, "training": training, "update": update, "dense": dense}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bench")
    parser.add_argument("parts", nargs="*", help="attention, training, update, dense; all if none is named")
    parser.add_argument("--heads", type=int, default=8)
    parser.add_argument("--length", type=int, default=4096, help="tokens; training takes half")
    parser.add_argument("--depth", type=int, default=64)
    parser.add_argument("--patterns", type=int, default=100000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    unknown = set(options.parts) - set(parts)
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}")
    for part in options.parts or parts:
        with tempfile.TemporaryDirectory() as folder:
            parts[part](options, folder, np.random.default_rng(1))


main()
