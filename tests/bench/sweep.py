"""What the host costs beside the work of a sweep, and whether its memory grows with the points.

    cmake --build build/release --target ansatz faulty && python3 tests/bench/sweep.py build/release [ROUNDS]

A sweep of 200 points of a step that takes 20 ms, two at a time, against the 2 s that the work alone takes: once with steps
that compute (on two processors the host must share them), once with steps that rest.  Then the host's own peak memory
(VmHWM) at 100 to 6400 points of a step that does nothing.
"""
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build/release").resolve()
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
ansatz, plugins = build / "bin/ansatz", build / "tests/run/plugins"

# Removed at the end of all: for seconds after files were removed, ext4 takes long to make new ones.
scratch = tempfile.TemporaryDirectory()


def cpu_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(steps, sweep, jobs):
    """Wall and CPU seconds of all processes, and the host's peak memory in MiB."""
    folder = tempfile.mkdtemp(dir=scratch.name)
    file = pathlib.Path(folder) / "p.yaml"
    file.write_text(f"ansatz: 1\nname: p\nsteps:\n{steps}sweep: {sweep}\n")
    start, cpu = time.perf_counter(), cpu_of_children()
    child = subprocess.Popen([ansatz, "--plugin-path", plugins, "run", file, "--quiet", "-j", str(jobs)],
                             cwd=folder, stdout=subprocess.DEVNULL)
    peak = 0
    while child.poll() is None:
        try:
            status = pathlib.Path(f"/proc/{child.pid}/status").read_text()
            peak = max([peak] + [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")])
        except OSError:
            break
        time.sleep(0.05)
    if child.wait() != 0:
        sys.exit("the run failed")
    return time.perf_counter() - start, cpu_of_children() - cpu, peak / 1024


print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
pure = 200 * 0.020 / 2
for kind in ("busy", "pause"):
    taken = [run(f"  w: {{do: faulty.walk, with: {{steps: 1, {kind}: 0.02}}}}\n", "{seeds: 200}", 2) for _ in range(rounds)]
    walls, cpu = sorted(t[0] for t in taken), sorted(t[1] for t in taken)[rounds // 2]
    print(f"200 points of 20 ms ({kind}), -j 2: {walls[rounds // 2]:.2f} s (from {walls[0]:.2f} to {walls[-1]:.2f}), of which "
          f"{pure:.2f} s are work: overhead {100 * (walls[rounds // 2] / pure - 1):.0f} % (at most 30); {cpu:.2f} CPU s in all")
for points in (100, 400, 1600, 6400):
    seconds, cpu, memory = run("  n: {do: faulty.draw}\n", f"{{seeds: {points}}}", 2)
    print(f"{points:5} points: {memory:6.1f} MiB, {1000 * seconds / points:.1f} ms a point, {1000 * cpu / points:.1f} ms of CPU")
