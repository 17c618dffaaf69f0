#!/usr/bin/env python3
"""The top README is true: its sessions print what it says, its plugin and its script run.

    python3 tests/e2e/readme.py BUILD PREFIX     BUILD has bin/ansatz, PREFIX an installation of it

Times, digests and the ids of runs may differ.  The script for h5py and matplotlib is skipped without them.
"""
import importlib.util
import os
import re
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


def sessions(text):
    """(command, what it prints) of every indented block that begins with "$ ansatz"."""
    command, printed = None, []
    for line in text.splitlines() + ["end"]:
        inside = line.startswith("    ") or not line.strip()
        if command and (not inside or line.startswith("    $ ")):
            yield command, "\n".join(printed)
            command, printed = None, []
        if line.startswith("    $ ansatz "):
            command = line[6:]
        elif command:
            printed.append(line[4:])


def check_sessions(text, environment, folder):
    real, count = {}, 0
    for command, printed in sessions(text):
        for shown, found in real.items():
            command = command.replace(shown, found)
        done = subprocess.run(command, shell=True, cwd=folder, env=environment, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
        if done.returncode != 0:
            fail(f"'{command}' ended with {done.returncode}:\n{done.stdout}")
        if normalised(done.stdout) != normalised(printed):
            fail(f"'{command}' prints\n{done.stdout}\nand README.md says\n{printed}")
        real.update(zip(re.findall(run_id, printed), re.findall(run_id, done.stdout)))
        count += 1
    if count < 3:
        fail("README.md shows no run")


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
        (folder / "configs").symlink_to(root / "configs")
        check_sessions(text, environment, folder)
        check_script(text, environment, folder)
        check_plugin(text, environment, folder, prefix)
    print("README.md is true")


main()
