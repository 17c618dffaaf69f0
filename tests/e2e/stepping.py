#!/usr/bin/env python3
"""Every verb that goes step by step, killed and run again, gives what it gives undisturbed, byte for byte.

    python3 tests/e2e/stepping.py BUILD SHIM [--rounds N] [--only NAME]

The pipelines in tests/e2e/stepping hold each stepping verb of each plugin.  Of each such step the worker is killed N
times, each time at another of its calls that change a file: while it writes a checkpoint, between two, or while it seals
its result.  SHIM is the library that counts those calls (tests/faults/shim.c).  A verb that stands in no pipeline, or
that never went on from a checkpoint, is a failure too: nothing would be proven of it.
"""
import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

here = Path(__file__).resolve().parent
STEPS = 8  # ANSATZ_STEPS
KILLED = 1  # exit code of a run whose step failed
FEW = 10  # rounds that may all fall before the first checkpoint


def fail(text):
    sys.exit(f"stepping.py: {text}")


class Bench:
    """A folder in which one pipeline ran to its end."""

    def __init__(self, ansatz, shim, pipeline, folder):
        self.ansatz, self.shim, self.pipeline, self.folder = ansatz, shim, pipeline, Path(folder)
        done = self.run()
        if done.returncode != 0:
            fail(f"{pipeline} ended with {done.returncode}:\n{done.stderr}")
        plan = self.call("plan", self.pipeline, "--json")
        self.steps = json.loads(plan.stdout)

    def call(self, *words, **shim):
        environment = {**os.environ}
        if shim:
            environment |= {"LD_PRELOAD": self.shim, "SHIM_ROOT": str(self.folder / "runs"), "SHIM_TARGET": "worker", **shim}
        return subprocess.run([self.ansatz, *words], cwd=self.folder, env=environment, text=True, capture_output=True,
                              timeout=300, check=False)

    def run(self, **shim):
        return self.call("run", self.pipeline, "--checkpoint-every", "0", **shim)

    def result(self, step):
        return self.folder / "runs/.store" / step["key"][:2] / (step["key"] + ".h5")

    def length_of(self, step):
        return json.loads(self.call("--json", "show", str(self.result(step))).stdout)["@steps"]

    def calls_of_worker(self, step):
        """How many calls change files while this step alone runs."""
        self.result(step).unlink()
        counts = self.folder / "counts"
        self.run(SHIM_COUNT=str(counts))
        number = max(int(line) for line in counts.read_text().split())
        counts.unlink()
        return number

    def killed_and_resumed(self, step, call, reference):
        """The step at which it went on; 0: from the start."""
        self.result(step).unlink()
        killed = self.run(SHIM_KILL=str(call))
        if killed.returncode not in (KILLED, 0):  # 0: fewer checkpoints than when they were counted
            fail(f"{step['do']}, killed at call {call}, ended with {killed.returncode}:\n{killed.stderr}")
        again = self.run()
        if again.returncode != 0:
            fail(f"{step['do']}, killed at call {call} and run again, ended with {again.returncode}:\n{again.stderr}")
        if self.result(step).read_bytes() != reference:
            fail(f"{step['do']} ({step['step']}), killed at call {call} and resumed, gives another result")
        line = next((line for line in again.stderr.splitlines() if f"  {step['step']} " in line), "")
        return int(line.split("resumed at step ")[1]) if "resumed at step" in line else 0


def stepping_verbs(ansatz):
    def answer(*words):
        return json.loads(subprocess.run([ansatz, *words, "--json"], check=True, stdout=subprocess.PIPE).stdout)

    verbs = set()
    for plugin in answer("plugin", "list")["plugins"]:
        for model in answer("plugin", "info", plugin["id"])["models"]:
            verbs |= {f"{plugin['id']}.{model['name']}.{v['name']}" for v in model["verbs"] if v["flags"] & STEPS}
    return verbs


def check(bench, verbs, rounds, rng):
    for step in bench.steps:
        if step["do"] not in verbs:
            continue
        reference = bench.result(step).read_bytes()
        calls = bench.calls_of_worker(step)
        # One in each part of the calls, so that few rounds are spread as well.
        places = [1 + int(calls * (part + rng.random()) / rounds) for part in range(rounds)]
        went_on = [at for at in (bench.killed_and_resumed(step, call, reference) for call in places) if at > 0]
        print(f"equal: {step['do']:<34} {step['step']:<12} killed {rounds} times at one of {calls} calls, "
              f"went on {len(went_on)} times from {len(set(went_on))} steps", flush=True)
        # A rule that is done in one step has nothing to go on from.
        if not went_on and rounds >= FEW and bench.length_of(step) > 1:
            fail(f"{step['do']} ({step['step']}) never went on from a checkpoint; give it more or longer steps")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("shim")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--only", default="", help="pipelines whose name begins so")
    arguments = parser.parse_args()
    ansatz = str(Path(arguments.build, "bin", "ansatz").resolve())
    verbs, seen, rng = stepping_verbs(ansatz), set(), random.Random(1)
    for pipeline in sorted((here / "stepping").glob(arguments.only + "*.yaml")):
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(ansatz, str(Path(arguments.shim).resolve()), str(pipeline), folder)
            check(bench, verbs, arguments.rounds, rng)
            seen |= {step["do"] for step in bench.steps}
    if verbs - seen and not arguments.only:
        fail("in no pipeline of tests/e2e/stepping: " + ", ".join(sorted(verbs - seen)))


main()
