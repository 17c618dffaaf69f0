"""What the host costs beside the work of a sweep, and whether its memory grows with the points.

    cmake --build build/release --target ansatz faulty && python3 tests/bench/sweep.py build/release

A sweep of 200 points of a step that rests 20 ms, two at a time, against the 2 s that the resting takes; and the
host's own peak memory (VmHWM) at 100, 400 and 1600 points of a step that does nothing.
"""
import pathlib
import subprocess
import sys
import tempfile
import time

build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build/release").resolve()
ansatz, plugins = build / "bin/ansatz", build / "tests/run/plugins"


def run(steps, sweep, jobs):
    """Wall seconds and the host's peak memory in MiB."""
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "p.yaml"
        file.write_text(f"ansatz: 1\nname: p\nsteps:\n{steps}sweep: {sweep}\n")
        start = time.perf_counter()
        child = subprocess.Popen([ansatz, "--plugin-path", plugins, "run", file, "--quiet", "-j", str(jobs)],
                                 cwd=folder, stdout=subprocess.DEVNULL)
        peak = 0
        while child.poll() is None:
            try:
                status = pathlib.Path(f"/proc/{child.pid}/status").read_text()
                peak = max([peak] + [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")])
            except OSError:
                break
            time.sleep(0.02)
        if child.wait() != 0:
            sys.exit("the run failed")
        return time.perf_counter() - start, peak / 1024


pure = 200 * 0.020 / 2
walls = sorted(run("  w: {do: faulty.walk, with: {steps: 1, pause: 0.02}}\n", "{seeds: 200}", 2)[0] for _ in range(5))
print(f"200 points of 20 ms, -j 2: {walls[2]:.2f} s (from {walls[0]:.2f} to {walls[-1]:.2f}), of which {pure:.2f} s are work: "
      f"overhead {100 * (walls[2] / pure - 1):.0f} % (at most 30)")
for points in (100, 400, 1600):
    seconds, memory = run("  n: {do: faulty.draw}\n", f"{{seeds: {points}}}", 2)
    print(f"{points:5} points: {memory:6.1f} MiB, {1000 * seconds / points:.1f} ms a point")
