"""A sweep's /summary as others read it.  Usage: read_summary.py ANSATZ FAULTY_FOLDER.
Exit code 77: neither h5py nor anndata is there."""
import pathlib
import subprocess
import sys
import tempfile

try:
    import h5py
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

ansatz, plugins = sys.argv[1:3]
with tempfile.TemporaryDirectory() as folder:
    file = pathlib.Path(folder) / "p.yaml"
    pathlib.Path(folder, "numbers.csv").write_text("a,b\n1,2\n3,4\n")
    file.write_text("ansatz: 1\nname: p\nseed: 3\ndata: {numbers: {file: numbers.csv}}\nsteps:\n"
                    "  sum: {do: faulty.fit, in: {x: numbers.table}}\n  said: {do: faulty.tell, model: sum}\n"
                    "sweep: {grid: {sum.steps: [1, 2], sum.scale: [0.5, 1, 2]}}\n")
    out = subprocess.run([ansatz, "--plugin-path", plugins, "run", file, "--quiet"], cwd=folder, check=True,
                         capture_output=True, text=True).stdout.strip()
    expected = [(steps, scale, steps * scale * 10) for steps in (1, 2) for scale in (0.5, 1.0, 2.0)]
    with h5py.File(pathlib.Path(folder, out)) as archive:
        summary = archive["summary"]
        def text(name):
            return name.decode() if isinstance(name, bytes) else name

        assert text(summary.attrs["encoding-type"]) == "dataframe"
        order = [text(name) for name in summary.attrs["column-order"]]
        assert order[:4] == ["sum.steps", "sum.scale", "seed", "status"], order
        assert "said.y" in order
        assert list(zip(summary["sum.steps"][()], summary["sum.scale"][()], summary["said.y"][()])) == expected
        assert archive["points/0/steps/said"]["outputs/y"][()] == expected[0][2]
        for reader in ("anndata.io", "anndata.experimental"):
            try:
                read_elem = __import__(reader, fromlist=["read_elem"]).read_elem
            except (ImportError, AttributeError):
                continue
            frame = read_elem(summary)
            assert list(frame.index) == [str(i) for i in range(6)], frame.index
            assert list(frame["said.y"]) == [y for _, _, y in expected]
            assert set(frame["status"]) == {"done"}
            print("read by h5py and anndata")
            break
        else:
            print("read by h5py; anndata is not there")
