#!/usr/bin/env python3
"""Archives of earlier versions stay readable, by us and by plain readers: h5py, xarray, anndata, h5dump, ncdump, Octave.

    python3 tests/golden/read.py ANSATZ [--all]     the program that must still verify and show them

golden.yaml says what run-1.h5 holds, golden-sweep.yaml what sweep-1.h5.  A reader that is not installed is named and
skipped; with --all that is a failure (`bash host/install.sh readers` installs them).
"""
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

archive = str(Path(__file__).parent / "run-1.h5")
sweep = str(Path(__file__).parent / "sweep-1.h5")
points = [(steps, scale, 21 * steps * scale) for steps in (1, 2) for scale in (0.5, 1.0, 2.0)]
total, table_twice = 2 * 21.0, [[2.0, 4.0], [6.0, 8.0], [10.0, 12.0]]


def expect(what, found, wanted):
    if found != wanted:
        sys.exit(f"read.py: {what} is {found!r}, expected {wanted!r}")


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True).stdout


def by_ansatz(ansatz):
    for file in (archive, sweep):
        expect("ansatz verify", output(ansatz, "verify", file).split()[0], "valid")
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
    with h5py.File(sweep) as run:
        table = run["summary"]
        # What anndata asks of a data frame, for those who have h5py alone.
        expect("the table's encoding", [text(table.attrs[name]) for name in ("encoding-type", "encoding-version", "_index")],
               ["dataframe", "0.2.0", "point"])
        columns = [text(name) for name in table.attrs["column-order"]]
        expect("columns that are not there", [name for name in columns + ["point"] if name not in table], [])
        expect("rows of each column", {len(table[name]) for name in columns + ["point"]}, {len(points)})
        expect("the table", list(zip(*(table[name][()] for name in ("sum.steps", "sum.scale", "said.y")))), points)
        expect("the index", [text(name) for name in table["point"][()]], [str(i) for i in range(len(points))])
        curve = run["points/4/steps/sum/metrics/total"]
        expect("the curve's class", text(curve.attrs["NX_class"]), "NXdata")
        expect("the curve", curve[text(curve.attrs["signal"])][()].tolist(), [21.0, 42.0])
        expect("its axis", curve[text(curve.attrs["axes"][0])][()].tolist(), [0, 1])
        expect("a point's verdict", text(run["points/0/claims/0"].attrs["verdict"]), "fails")


def by_anndata():
    import h5py
    try:
        from anndata.io import read_elem
    except ImportError:
        from anndata.experimental import read_elem
    with h5py.File(sweep) as run:
        frame = read_elem(run["summary"])
    expect("the frame", list(zip(frame["sum.steps"], frame["sum.scale"], frame["said.y"])), points)
    expect("its index", list(frame.index), [str(i) for i in range(len(points))])
    expect("its states", set(frame["status"]), {"done"})


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
    # By the group's name: Octave 7 reads no text in UTF-8, and a whole file ends for it at the first one.
    program = f"r = load('{archive}', 'steps'); disp(r.steps.said.outputs.y); disp(r.steps.twice.outputs.y(:)')"
    lines = output("octave-cli", "--eval", program).split()
    expect("the sum", float(lines[0]), total)
    expect("the table", sorted(float(word) for word in lines[1:]), sorted(sum(table_twice, [])))


def main():
    by_ansatz(sys.argv[1])
    modules = {by_h5py: ["h5py"], by_xarray: ["xarray", "h5netcdf"], by_anndata: ["h5py", "anndata"]}
    programs = {by_h5dump: ["h5dump"], by_ncdump: ["ncdump"], by_octave: ["octave-cli"]}
    missing = []
    for reader, needed in {**modules, **programs}.items():
        there = importlib.util.find_spec if reader in modules else shutil.which
        if all(there(name) for name in needed):
            reader()
            print(f"read {reader.__name__.replace('_', ' ')}")
        else:
            missing.append(" and ".join(needed))
            print(f"not installed: {missing[-1]}")
    if missing and "--all" in sys.argv:
        sys.exit("read.py: not read without " + ", ".join(missing))


main()
