#!/usr/bin/env python3
"""The top README is true: the demo prints what it says, there are as many tests, its plugin and its script run.

    python3 tests/e2e/readme.py BUILD PREFIX     BUILD has bin/ansatz, PREFIX an installation of it

Times, digests and the ids of runs may differ.  The script for h5py and matplotlib is skipped without them.
"""
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

root = Path(__file__).resolve().parents[2]
run_id = r"\d{8}T\d{6}-[0-9a-f]{6}"


def fail(text):
    sys.exit(f"readme.py: {text}")


def normalised(text):
    text = re.sub(r"\d+(\.\d+)? s\b", "TIME s", text)
    text = re.sub(run_id, "ID", text)
    text = re.sub(r"\b[0-9a-f]{64}\b", "SHA256", text)
    # Progress lines come only where a step takes more than a second.
    lines = [line for line in text.splitlines() if not re.match(r" +\S+ +\d+ %", line)]
    return "\n".join(line.rstrip() for line in lines).strip()


# The demo, run from a copy so that nothing is in the store yet.
def check_demo(text, environment, folder, build):
    place = folder / "demo"
    (place / "host").mkdir(parents=True)
    shutil.copy(root / "host/demo.sh", place / "host")
    (place / "configs").symlink_to(root / "configs")
    done = subprocess.run(["bash", place / "host/demo.sh"], env={**environment, "ANSATZ": str(build / "bin/ansatz")},
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, check=False)
    shown = re.search(r"    \$ bash host/demo.sh\n((?:    .*\n)*)", text)
    said = re.sub("(?m)^    ", "", shown.group(1)) if shown else ""
    if done.returncode != 0 or normalised(done.stdout) != normalised(said):
        fail(f"host/demo.sh ends with {done.returncode} and prints\n{done.stdout}\nand README.md says\n{said}")


# The run of the demo against one with another penalty: every line that is shown but "..." is printed, in this order.
def check_diff(text, environment, folder):
    shown = re.search(r"    \$ (ansatz run .*)\n    runs/.*\n    \$ ansatz diff .*\n((?:    .*\n|\n)*)", text)
    before = sorted(folder.glob("runs/digits-ridge-*.h5"))[-1]
    done = subprocess.run(shown.group(1).split(), cwd=folder, env=environment, text=True, capture_output=True,
                          timeout=300, check=True)
    printed = subprocess.run(["ansatz", "diff", before, done.stdout.strip(), "--only-changed"], cwd=folder,
                             env=environment, text=True, capture_output=True, timeout=300, check=False).stdout
    place = 0
    for line in re.sub("(?m)^    ", "", shown.group(2)).splitlines():
        if line.strip() in ("", "..."):
            continue
        place = printed.find(line + "\n", place)
        if place < 0:
            fail(f"ansatz diff prints\n{printed}\nand README.md says {line}")


# How many tests tests/run.sh says there are.
def check_count(text, build):
    listed = subprocess.run(["ctest", "--test-dir", build, "-N", "-LE", "slow"], text=True, capture_output=True,
                            timeout=60, check=True)
    count = re.search(r"Total Tests: (\d+)", listed.stdout).group(1)
    if f"0 tests failed out of {count}\n" not in text:
        fail(f"tests/run.sh has {count} tests, and README.md says something else")


def block(text, after, language):
    found = re.search(re.escape(after) + r".*?```" + language + r"\n(.*?)```", text, re.S)
    return found.group(1) if found else fail(f"README.md has no {language} after '{after}'")


def check_plugin(text, environment, folder, prefix):
    source = folder / "mean"
    source.mkdir()
    (source / "mean.cpp").write_text(block(text, "`mean.cpp`", "cpp"))
    (source / "CMakeLists.txt").write_text(block(text, "`CMakeLists.txt`", "cmake"))
    for command in (["cmake", "-S", source, "-B", source / "build", f"-DCMAKE_PREFIX_PATH={prefix}"],
                    ["cmake", "--build", source / "build"],
                    [prefix / "bin/ansatz", "--plugin-path", source / "build", "plugin", "info", "mean"]):
        done = subprocess.run(command, env=environment, text=True, capture_output=True, timeout=300, check=False)
        if done.returncode != 0:
            fail(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")


def check_script(text, environment, folder):
    if not all(importlib.util.find_spec(name) for name in ("h5py", "matplotlib")):
        print("the script is skipped: no h5py or matplotlib")
        return
    script = block(text, "## An archive from Python", "python")
    done = subprocess.run([sys.executable, "-c", script], cwd=folder, env={**environment, "MPLBACKEND": "Agg"},
                          text=True, capture_output=True, timeout=300, check=False)
    if done.returncode != 0 or not (folder / "confusion.png").exists():
        fail(f"the script ended with {done.returncode}:\n{done.stderr}")


def main():
    build, prefix = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    text = (root / "README.md").read_text()
    environment = {**os.environ, "PATH": f"{build / 'bin'}:{os.environ['PATH']}"}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        check_demo(text, environment, folder, build)
        check_diff(text, environment, folder / "demo")
        check_count(text, build)
        check_script(text, environment, folder / "demo")
        check_plugin(text, environment, folder, prefix)
    print("README.md is true")


main()
