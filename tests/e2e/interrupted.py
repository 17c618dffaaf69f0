#!/usr/bin/env python3
"""Interrupted and resumed is uninterrupted, and a hit of the store is a recompute, for the pipelines in configs.

    python3 tests/e2e/interrupted.py BUILD [--rounds N] [--seconds S] [PIPELINE...]

Each pipeline runs once undisturbed, once more with --paranoid (every step is computed again and must give the bytes that
the store has), then N times killed or asked to stop at random moments until it ends; the archives must be equal byte for
byte.  Those that take longer than S seconds undisturbed are not interrupted (stepping.py kills each verb); pipelines whose
data are not installed are named and left out.
"""
import argparse
import glob
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

root = Path(__file__).resolve().parents[2]


def fail(text):
    sys.exit(f"interrupted.py: {text}")


class Runner:
    def __init__(self, ansatz, pipeline, folder):
        self.command = [ansatz, "run", pipeline, "--deterministic", "--quiet", "-j", "2"]
        self.folder = folder

    def start(self, runs, *more):
        return subprocess.Popen([*self.command, "--runs", runs, *more], cwd=self.folder, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, runs, *more):
        process = self.start(runs, *more)
        out, err = process.communicate(timeout=3600)
        return process.returncode, out.strip(), err

    def interrupted(self, runs, whole, rng):
        """Stop it again and again until it has ended; how often it was stopped."""
        stops = 0
        while True:
            process = self.start(runs, "--checkpoint-every", "0")
            try:
                out, err = process.communicate(timeout=rng.uniform(0.02, 0.8) * whole if stops < 6 else 600)
            except subprocess.TimeoutExpired:
                process.send_signal(rng.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGUSR1]))
                out, err = process.communicate(timeout=120)
            if process.returncode in (0, 6):
                return out.strip(), stops
            if process.returncode not in (130, -signal.SIGKILL, -signal.SIGTERM, -signal.SIGUSR1):
                fail(f"stopped, it ended with {process.returncode}:\n{err}")
            stops += 1


def check(ansatz, pipeline, rounds, seconds, seed):
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(ansatz, pipeline, folder)
        start = time.monotonic()
        first, archive, err = runner.run("whole")
        whole = time.monotonic() - start
        if first == 3 and "there is no file" in err:
            print(f"left out: {pipeline}: its data are not installed", flush=True)
            return
        if first not in (0, 6):
            fail(f"{pipeline} ended with {first}:\n{err}")
        reference = Path(folder, archive).read_bytes()
        code, _, err = runner.run("whole", "--paranoid")
        if code != first or "differs" in err:
            fail(f"{pipeline} gives other bytes when computed again:\n{err}")
        print(f"the same when computed again: {pipeline}, {whole:.1f} s", flush=True)
        if whole > seconds:
            return
        rng, stops = random.Random(seed), 0
        for number in range(rounds):
            archive, stopped = runner.interrupted(f"run{number}", whole, rng)
            stops += stopped
            if Path(folder, archive).read_bytes() != reference:
                fail(f"{pipeline}, interrupted {stopped} times in round {number}, gives another archive")
        print(f"equal: {pipeline}, {rounds} rounds, stopped {stops} times", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("pipelines", nargs="*")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=20)
    arguments = parser.parse_intermixed_args()
    ansatz = str(Path(arguments.build, "bin", "ansatz").resolve())
    pipelines = arguments.pipelines or sorted(glob.glob(str(root / "configs" / "*.yaml")))
    for seed, pipeline in enumerate(pipelines):
        check(ansatz, str(Path(pipeline).resolve()), arguments.rounds, arguments.seconds, seed)


main()
