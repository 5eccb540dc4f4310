"""The packager on small inputs: pins, pruning, reachable modules, and reproducible archives."""

from __future__ import annotations

import json
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from opsctl.package import archive, build, bytecode, library, pruning, requirements, targets, wheels
from opsctl.package.targets import LAYERS, RUNTIMES, BuildError, Layer, PythonRuntime

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
LOCK = """\
# locked
alpha==1.0 \\
    --hash=sha256:aa \\
    --hash=sha256:ab
    # via -r function.in
Beta_Thing==2.0 ; python_full_version < '3.11' \\
    --hash=sha256:ba
beta-thing==3.0 ; python_full_version >= '3.11' \\
    --hash=sha256:bb
gamma==1.0 ; sys_platform == 'win32' \\
    --hash=sha256:ca
"""


def wheel(folder: Path, name: str, files: dict[str, str]) -> Path:
    """Make a wheel with `files` in it, and the usual metadata."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    metadata = {
        f"{info}/METADATA": f"Name: {name}\nVersion: 1.0\n\n# What it is\n\nA page.",
        f"{info}/RECORD": "x",
        f"{info}/licenses/LICENSE": "free",
        f"{info}/WHEEL": "w",
    }
    with zipfile.ZipFile(path, "w") as packed:
        for member, text in {**files, **metadata}.items():
            packed.writestr(member, text)
    return path


@pytest.mark.parametrize(("runtime", "beta"), [("python3.10", "2.0"), ("python3.12", "3.0")])
def test_a_lock_file_is_reduced_to_one_runtime(tmp_path: Path, runtime: str, beta: str) -> None:
    """Markers are evaluated for the runtime, not for the Python that builds."""
    (tmp_path / "function.txt").write_text(LOCK)

    pins = requirements.read(tmp_path / "function.txt", RUNTIMES[runtime])

    assert {name: pin.version for name, pin in pins.items()} == {"alpha": "1.0", "beta-thing": beta}
    assert str(pins["alpha"]) == "alpha==1.0 --hash=sha256:aa --hash=sha256:ab"


@pytest.mark.parametrize("line", ["alpha==1.0", "alpha>=1.0 --hash=sha256:aa", "alpha --hash=sha256:aa"])
def test_a_requirement_without_version_and_hash_is_refused(tmp_path: Path, line: str) -> None:
    """Without a pin the build cannot be repeated."""
    (tmp_path / "function.txt").write_text(line)

    with pytest.raises(BuildError, match="make lock"):
        requirements.read(tmp_path / "function.txt", RUNTIMES["python3.10"])


def test_two_layers_share_no_distribution(tmp_path: Path) -> None:
    """The second layer leaves out what the first has; different versions of one distribution are an error."""
    layer = Layer("second", {}, "poller.txt", without="function.txt")
    (tmp_path / "function.txt").write_text("alpha==1.0 --hash=sha256:aa")
    (tmp_path / "poller.txt").write_text("alpha==1.0 --hash=sha256:aa\nbeta==1.0 --hash=sha256:ba")

    assert list(requirements.of_layer(layer, tmp_path, RUNTIMES["python3.10"])) == ["beta"]

    (tmp_path / "poller.txt").write_text("alpha==1.1 --hash=sha256:aa")
    with pytest.raises(BuildError, match=r"alpha 1\.1 and function\.txt 1\.0"):
        requirements.of_layer(layer, tmp_path, RUNTIMES["python3.10"])


@pytest.mark.parametrize("runtime", sorted(RUNTIMES))
def test_the_lock_files_of_all_layers_agree(root: Path, runtime: str) -> None:
    """Every distribution without a wheel is one that a layer needs."""
    pins = {
        name: pin
        for layer in LAYERS
        for name, pin in requirements.of_layer(layer, root / "requirements", RUNTIMES[runtime]).items()
    }

    assert {"tablestore", "pydantic", "alibabacloud-tea-openapi"} <= pins.keys()
    assert pins.keys() >= targets.SOURCE_ONLY
    assert all(layer.budget.keys() == RUNTIMES.keys() for layer in LAYERS)


def test_every_pruning_rule_names_a_requirement(root: Path) -> None:
    """A rule for another distribution may be a misspelling."""
    pins = {
        name
        for layer in LAYERS
        for runtime in RUNTIMES.values()
        for name in requirements.of_layer(layer, root / "requirements", runtime)
    }

    assert {rule.distribution for rule in pruning.RULES} - {"*"} <= pins
    assert {rule.runtime for rule in pruning.RULES} <= {"", *RUNTIMES}
    assert pruning.STAND_INS.keys() <= pins


def test_unused_files_are_pruned(tmp_path: Path) -> None:
    """Scripts, tests, stubs and sources go; of the metadata, name and licence stay."""
    files = {
        "alpha/__init__.py": "1",
        "alpha/fast.so": "2",
        "alpha/fast.pyx": "3",
        "alpha/__init__.pyi": "4",
        "alpha/tests/test_it.py": "5",
        "tests/conftest.py": "6",
        "alpha-1.0.data/purelib/beta.py": "7",
        "alpha-1.0.data/scripts/alpha": "8",
    }

    tree, before, pruned = build.assemble([wheel(tmp_path, "alpha", files)], RUNTIMES["python3.10"])

    assert sorted(tree) == [
        "alpha-1.0.dist-info/METADATA",
        "alpha-1.0.dist-info/licenses/LICENSE",
        "alpha/__init__.py",
        "alpha/fast.so",
        "beta.py",
    ]
    assert tree["alpha-1.0.dist-info/METADATA"] == b"Name: alpha\nVersion: 1.0\n"
    assert pruned == {"alpha": before - sum(map(len, tree.values()))}


def test_a_stub_replaces_a_pruned_distribution(tmp_path: Path) -> None:
    """Nothing is left of numpy; aiohttp becomes a module that can be imported."""
    fetched = [wheel(tmp_path, name, {f"{name}/__init__.py": "x"}) for name in ("numpy", "aiohttp")]

    tree, _, _ = build.assemble(fetched, RUNTIMES["python3.10"])

    assert list(tree) == ["aiohttp.py"]


def test_the_codec_is_kept_only_for_its_python(tmp_path: Path) -> None:
    """It is the largest file of the SDK, and no other version can load it."""
    codec = "tablestore/ots_sdk/ots_sdk.so"
    fetched = [wheel(tmp_path, "tablestore", {codec: "x"})]

    assert codec not in build.assemble(fetched, RUNTIMES["python3.10"])[0]
    assert codec in build.assemble(fetched, RUNTIMES["python3.12"])[0]


def test_two_distributions_with_one_file_are_refused(tmp_path: Path) -> None:
    """Otherwise the result would depend on their order."""
    fetched = [wheel(tmp_path, name, {"shared.py": name}) for name in ("alpha", "beta")]

    with pytest.raises(BuildError, match=r"beta and another distribution both have shared\.py"):
        build.assemble(fetched, RUNTIMES["python3.10"])


def test_the_stub_can_only_be_imported() -> None:
    """The SDK can import it; using it raises an error that says why."""
    from opsctl.package.stand_ins import aiohttp  # noqa: PLC0415 - what is tested

    assert not hasattr(aiohttp, "__path__")
    with pytest.raises(NotImplementedError, match="no aiohttp"):
        aiohttp.ClientTimeout(sock_read=1)
    with pytest.raises(NotImplementedError, match="no aiohttp"):
        _ = aiohttp.ClientSession


def test_functions_do_not_reach_the_command_line(root: Path) -> None:
    """They reach the store, but no samples; and advice and pages only where people see them."""
    entries = sorted((root / "functions").glob("*/index.py"))

    reached = library.reach(entries, root / "shared")
    for_people = ("notifier", "console")
    reached_by_others = library.reach([e for e in entries if e.parent.name not in for_people], root / "shared")

    assert {
        "opsledger/__init__.py",
        "opsledger/store/tablestore.py",
        "opsledger/eci_poller/api.py",
    } <= reached.files.keys()
    only_for_people = ("cli", "sample", "simulate", "doctor")
    assert not [path for path in reached.files if set(path.removesuffix(".py").split("/")) & set(only_for_people)]
    assert not [
        path for path in reached_by_others.files if "advice" in path or "/notify/" in path or "/console" in path
    ]
    assert {"tablestore", "pydantic", "alibabacloud_tea_openapi"} <= reached.foreign
    assert "hypothesis" not in reached.foreign
    assert "jinja2" in reached.foreign - reached_by_others.foreign


@pytest.mark.parametrize("function", ["ecs_events", "eci_events", "sweeper"])
def test_every_function_reaches_the_whole_catalogue(root: Path, function: str) -> None:
    """A product's catalogue is loaded at its first event, and must be in the layer by then."""
    reached = library.reach([root / "functions" / function / "index.py"], root / "shared")

    modules = {p.relative_to(root / "shared").as_posix() for p in (root / "shared/opsledger/catalog").rglob("*.py")}
    left = {f"opsledger/catalog/{name}" for name in ("advice.py", "ecs/advice/__init__.py", "eci/advice/__init__.py")}
    if function == "sweeper":
        left |= {"opsledger/catalog/eci/reporters.py"}  # for who receives events
    assert modules - reached.files.keys() == left


def test_imports_for_type_checkers_do_not_count(tmp_path: Path) -> None:
    """Imports inside functions count, and data files come with their package."""
    package = tmp_path / "opsledger"
    (package / "deep").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "first.py").write_text(
        "from typing import TYPE_CHECKING\n"
        "from . import second, __doc__\n"
        "if TYPE_CHECKING:\n    from opsledger import never\n    import nothing\n"
        "def late():\n    from opsledger.deep import CONSTANT\n    import yaml.nodes\n"
    )
    (package / "second.py").write_text("")
    (package / "never.py").write_text("")
    (package / "deep" / "__init__.py").write_text("CONSTANT = 1")
    (package / "deep" / "rows.json").write_text("[]")
    entry = tmp_path / "index.py"
    entry.write_text("from opsledger import first")

    reached = library.reach([entry], tmp_path)

    assert sorted(reached.files) == [
        "opsledger/__init__.py",
        "opsledger/deep/__init__.py",
        "opsledger/deep/rows.json",
        "opsledger/first.py",
        "opsledger/second.py",
    ]
    assert reached.foreign == {"typing", "yaml"}


def test_an_import_of_a_missing_module_is_refused(tmp_path: Path) -> None:
    """It would fail in the cloud, at the first event."""
    (tmp_path / "opsledger").mkdir()
    (tmp_path / "index.py").write_text("import opsledger.gone.entirely")

    with pytest.raises(BuildError, match=r"opsledger\.gone"):
        library.reach([tmp_path / "index.py"], tmp_path)


def test_an_archive_depends_only_on_its_content(tmp_path: Path) -> None:
    """The order of the files does not matter, and anyone may read the entries."""
    tree = {"b.py": b"2", "a/x.py": b"1"}

    packed = archive.pack(tree)

    assert packed == archive.pack(dict(reversed(tree.items())))
    (tmp_path / "a.zip").write_bytes(packed)
    with zipfile.ZipFile(tmp_path / "a.zip") as opened:
        assert [(i.filename, i.date_time[0], oct(i.external_attr >> 16)) for i in opened.infolist()] == [
            ("a/x.py", 1980, "0o100644"),
            ("b.py", 1980, "0o100644"),
        ]


def test_bytecode_is_reproducible() -> None:
    """It depends neither on the folder nor on the time, and Python does not check it against the source."""
    runtime = PythonRuntime("here", HERE, ())
    tree = {"python/alpha.py": b"NAMES = {'a', 'b', 'c'} & {'c'}\ndef f(x):\n    return x in {'k', 'l', 'm'}\n"}

    compiled = bytecode.compile_tree(tree, runtime)

    (path,) = compiled
    assert path.startswith("python/__pycache__/alpha.cpython-")
    assert compiled == bytecode.compile_tree(tree, runtime)
    assert compiled[path][4:8] == b"\x01\0\0\0"  # PEP 552: hash-based, unchecked
    assert b"/opt/python/alpha.py" in compiled[path]


def test_a_missing_interpreter_is_an_error() -> None:
    """Without bytecode every cold start is slower, so leaving it out must be a decision."""
    with pytest.raises(BuildError, match="--no-bytecode"):
        bytecode.compile_tree({"a.py": b""}, PythonRuntime("python3.99", "3.99", ()))


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one function, whose requirements are wheels of one line each."""
    for folder in ("functions/ecs_events", "shared/opsledger", "requirements", "wheels"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "functions/ecs_events/index.py").write_text("import json, alpha\nfrom opsledger import function\n")
    (tmp_path / "shared/opsledger/__init__.py").write_text("")
    (tmp_path / "shared/opsledger/function.py").write_text("def late():\n    import opsledger.store.tablestore\n")
    (tmp_path / "shared/opsledger/cli.py").write_text("")
    (tmp_path / "requirements/function.txt").write_text("alpha==1.0 --hash=sha256:aa")
    (tmp_path / "requirements/console.txt").write_text("alpha==1.0 --hash=sha256:aa")
    (tmp_path / "requirements/poller.txt").write_text("beta==1.0 --hash=sha256:ba")
    (tmp_path / "requirements/sdk.txt").write_text("delta==1.0 --hash=sha256:da")
    (tmp_path / "shared/opsledger/store").mkdir()
    (tmp_path / "shared/opsledger/store/__init__.py").write_text("")
    (tmp_path / "shared/opsledger/store/tablestore.py").write_text("import delta, beta")
    files = {
        name: wheel(tmp_path / "wheels", name, {f"{name}/__init__.py": "x = 1"}) for name in ("alpha", "beta", "delta")
    }

    def fetch(pins: Iterable[requirements.Pin], _folder: Path, _runtime: PythonRuntime) -> list[Path]:
        return [files[pin.name] for pin in pins]

    monkeypatch.setattr(wheels, "fetch", fetch)
    return tmp_path


def test_a_build_is_reproducible(small: Path) -> None:
    """The manifest has the archives with hashes, sizes, and the layers a function needs."""
    runtime = RUNTIMES["python3.10"]

    first = build.build(small, small / "one", runtime, compiled=False)
    second = build.build(small, small / "two", runtime, compiled=False)

    assert [one.packed for one in first] == [one.packed for one in second]
    manifest = json.loads((small / "one/python3.10/manifest.json").read_text())
    shown = {one["name"]: one for one in manifest["archives"]}
    assert {name: one.get("layers") for name, one in shown.items()} == {
        "opsledger": None,
        "opsledger-console": None,
        "opsledger-notifier": None,
        "opsledger-poller": None,
        "opsledger-sdk": None,
        "ecs_events": ["opsledger"],
    }
    for name, one in shown.items():
        assert one["zip_bytes"] == (small / "one/python3.10" / f"{name}.zip").stat().st_size
    assert "python/opsledger/cli.py" not in first[0].tree
    assert "python/opsledger/store/tablestore.py" in first[0].tree  # a layer with what it imports may be added
    assert sorted(first[5].tree) == ["index.py"]


def test_what_one_function_alone_reaches_is_in_its_own_layer(small: Path) -> None:
    """No other function carries it; what others reach too stays in the layer of all."""
    (small / "functions/notifier").mkdir()
    (small / "functions/notifier/index.py").write_text("from opsledger import advice, function\n")
    (small / "shared/opsledger/advice").mkdir()
    (small / "shared/opsledger/advice/__init__.py").write_text("")
    (small / "shared/opsledger/advice/en.json").write_text("{}")

    built = {one.name: one for one in build.build(small, small / "out", RUNTIMES["python3.10"], compiled=False)}

    own = ["python/opsledger/advice/__init__.py", "python/opsledger/advice/en.json"]
    assert sorted(built["opsledger-notifier"].tree) == own
    assert not set(own) & built["opsledger"].tree.keys()
    assert built["notifier"].layers == ("opsledger", "opsledger-notifier")
    assert built["ecs_events"].layers == ("opsledger",)


def test_an_import_that_no_layer_has_is_refused(small: Path) -> None:
    """A forgotten requirement is found before it is deployed."""
    (small / "functions/ecs_events/index.py").write_text("import gamma\nfrom opsledger import function\n")

    with pytest.raises(BuildError, match="imports gamma, which no layer has"):
        build.build(small, small / "out", RUNTIMES["python3.10"], compiled=False)


def test_a_layer_over_its_budget_is_refused(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new version of a requirement may be larger; the build fails so that somebody notices."""
    (small / "shared/opsledger/store/tablestore.py").write_text("")  # or a layer misses
    monkeypatch.setattr(build, "LAYERS", (Layer("opsledger", {"python3.10": 10}, "function.txt", library=True),))

    with pytest.raises(BuildError, match="over its budget of 10"):
        build.build(small, small / "out", RUNTIMES["python3.10"], compiled=False)
