#!/usr/bin/env python3
"""Archives of earlier versions stay readable, by us and by plain readers: h5py, xarray, h5dump, ncdump, Octave.

    python3 tests/golden/read.py ANSATZ     the program that must still verify and show them

golden.yaml says what run-1.h5 holds.  A reader that is not installed is named and skipped.
"""
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

archive = str(Path(__file__).parent / "run-1.h5")
total, table_twice = 2 * 21.0, [[2.0, 4.0], [6.0, 8.0], [10.0, 12.0]]


def expect(what, found, wanted):
    if found != wanted:
        sys.exit(f"read.py: {what} is {found!r}, expected {wanted!r}")


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True).stdout


def by_ansatz(ansatz):
    expect("ansatz verify", output(ansatz, "verify", archive).split()[0], "valid")
    shown = output(ansatz, "show", archive, "steps/twice/outputs/y")
    expect("ansatz show", [float(word) for word in shown.splitlines()[-1].split()], table_twice[2])


def by_h5py():
    import h5py

    def text(value):
        return value.decode() if isinstance(value, bytes) else str(value)

    with h5py.File(archive) as run:
        expect("@format", text(run.attrs["format"]), "ansatz-run")
        expect("@status", text(run.attrs["status"]), "done")
        expect("the sum", run["steps/said/outputs/y"][()], total)
        expect("the table", run["steps/twice/outputs/y"][()].tolist(), table_twice)
        expect("names of dimensions", [d.label or d[0].name.split("/")[-1] for d in run["steps/twice/outputs/y"].dims],
               ["n", "d"])
        expect("the metric", run["steps/sum/metrics/total/value"][()].tolist(), [21.0, 42.0])
        expect("the verdict", text(run["claims/0"].attrs["verdict"]), "holds")


def by_xarray():
    import xarray
    with xarray.open_dataset(archive, group="steps/twice/outputs", engine="h5netcdf") as outputs:
        expect("dimensions", outputs["y"].dims, ("n", "d"))
        expect("the table", outputs["y"].values.tolist(), table_twice)


def by_h5dump():
    words = output("h5dump", "-y", "-w", "0", "-d", "/steps/twice/outputs/y", archive).replace(",", " ").split()
    first = words.index("DATA") + 2  # after "{"
    expect("the table", [float(word) for word in words[first:words.index("}", first)]], sum(table_twice, []))


def by_ncdump():
    text = output("ncdump", "-g", "/steps/twice/outputs", archive)
    for part in ("double y(n, d)", "10, 12"):
        expect(f"'{part}' in ncdump's text", part in text, True)


def by_octave():
    program = f"r = load('{archive}'); disp(r.steps.said.outputs.y); disp(r.steps.twice.outputs.y(:)')"
    lines = output("octave-cli", "--eval", program).split()
    expect("the sum", float(lines[0]), total)
    expect("the table", sorted(float(word) for word in lines[1:]), sorted(sum(table_twice, [])))


def main():
    by_ansatz(sys.argv[1])
    modules = {by_h5py: ["h5py"], by_xarray: ["xarray", "h5netcdf"]}
    programs = {by_h5dump: "h5dump", by_ncdump: "ncdump", by_octave: "octave-cli"}
    for reader, needed in modules.items():
        if all(importlib.util.find_spec(module) for module in needed):
            reader()
            print(f"read {reader.__name__.replace('_', ' ')}")
        else:
            print(f"not installed: {' '.join(needed)}")
    for reader, program in programs.items():
        if shutil.which(program):
            reader()
            print(f"read {reader.__name__.replace('_', ' ')}")
        else:
            print(f"not installed: {program}")


main()
