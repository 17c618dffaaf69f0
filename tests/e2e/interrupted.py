#!/usr/bin/env python3
"""Interrupted and resumed is uninterrupted, and a hit of the store is a recompute, for the pipelines in configs.

    python3 tests/e2e/interrupted.py BUILD [--rounds N] [--seconds S] [PIPELINE...]

Each pipeline runs once undisturbed, once more with --paranoid (exit code 6 if any step gives other bytes), then N times
killed or asked to stop at random moments until it ends; the archives must be equal byte for byte.  Pipelines that take
longer than S seconds undisturbed, or whose data are not installed, are named and left out.
"""
import argparse
import glob
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

root = Path(__file__).resolve().parents[2]
STEPS = 8  # ANSATZ_STEPS


def fail(text):
    sys.exit(f"interrupted.py: {text}")


class Runner:
    def __init__(self, ansatz, pipeline, folder):
        self.command = [ansatz, "run", pipeline, "--deterministic", "--quiet", "-j", "2"]
        self.folder = folder

    def start(self, runs, *more):
        return subprocess.Popen([*self.command, "--runs", runs, *more], cwd=self.folder, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, runs, *more, timeout=600):
        process = self.start(runs, *more)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return None, "", ""
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


def stepping_verbs(ansatz):
    listed = json.loads(subprocess.run([ansatz, "plugin", "list", "--json"], check=True, stdout=subprocess.PIPE).stdout)
    plugins = listed if isinstance(listed, list) else listed.get("plugins", [])
    verbs = set()
    for plugin in plugins:
        info = json.loads(subprocess.run([ansatz, "plugin", "info", plugin["id"], "--json"], check=True,
                                         stdout=subprocess.PIPE).stdout)
        for model in info["models"]:
            verbs |= {f"{plugin['id']}.{model['name']}.{v['name']}" for v in model["verbs"] if v["flags"] & STEPS}
    return verbs


def check(ansatz, pipeline, rounds, seconds, seed):
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(ansatz, pipeline, folder)
        start = time.monotonic()
        code, archive, err = runner.run("whole", timeout=seconds)
        whole = time.monotonic() - start
        if code is None:
            print(f"left out: {pipeline} takes longer than {seconds} s")
            return set()
        if code == 3 and "there is no file" in err:
            print(f"left out: {pipeline}: its data are not installed")
            return set()
        if code not in (0, 6):
            fail(f"{pipeline} ended with {code}:\n{err}")
        reference = Path(folder, archive).read_bytes()
        code, _, err = runner.run("whole", "--paranoid")
        if code != (0 if not err else code) or "differs" in err:
            fail(f"{pipeline} gives other bytes when computed again:\n{err}")
        rng, stops = random.Random(seed), 0
        for number in range(rounds):
            archive, stopped = runner.interrupted(f"run{number}", whole, rng)
            stops += stopped
            if Path(folder, archive).read_bytes() != reference:
                fail(f"{pipeline}, interrupted {stopped} times in round {number}, gives another archive")
        plan = json.loads(subprocess.run([ansatz, "plan", pipeline, "--json", "--runs", "whole"], cwd=folder,
                                         check=True, stdout=subprocess.PIPE).stdout)
        print(f"equal: {pipeline}, {rounds} rounds, stopped {stops} times, {whole:.1f} s undisturbed")
        steps = plan if isinstance(plan, list) else plan.get("steps", [])
        return {step["do"] for step in steps}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("pipelines", nargs="*")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=120)
    arguments = parser.parse_intermixed_args()
    ansatz = str(Path(arguments.build, "bin", "ansatz").resolve())
    pipelines = arguments.pipelines or sorted(glob.glob(str(root / "configs" / "*.yaml")))
    done = set()
    for seed, pipeline in enumerate(pipelines):
        done |= check(ansatz, str(Path(pipeline).resolve()), arguments.rounds, arguments.seconds, seed)
    missing = stepping_verbs(ansatz) - done
    if missing and not arguments.pipelines:
        print("in no pipeline of configs: " + ", ".join(sorted(missing)))


main()
