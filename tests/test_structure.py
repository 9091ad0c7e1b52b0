"""The house: which file imports what, and what each package hands on."""

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from importlib.resources import files
from pathlib import Path

import pytest

import index
import qa.errors

ROOT = Path(__file__).parents[1]
SOURCES = [ROOT / "ui.py", *ROOT.glob("qa/**/*.py"), *ROOT.glob("index/**/*.py")]
# What extras install, by module: it may be missing here.
OF_EXTRAS = {
    "haystack": "haystack-ai",
    "langchain_core": "langchain-core",
    "psycopg": "psycopg",
    "psycopg_pool": "psycopg-pool",
    "llama_index": "llama-index-core",
    "matplotlib": "matplotlib",
    "mcp": "mcp",
    "pypdfium2": "pypdfium2",
    "rapidocr": "rapidocr",
}
HEAVY = "faiss gradio huggingface_hub onnxruntime sentence_transformers torch transformers".split()


@cache
def imported(path):
    """The top-level names of all modules that a file imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    return names


@pytest.mark.parametrize(
    ("library", "file"),
    [
        ("sentence_transformers", "index/encoders/sentence_transformer.py"),
        ("faiss", "index/search/ivf.py"),
        ("onnxruntime", "index/encoders/onnx_transformer.py"),
        ("huggingface_hub", "index/encoders/hub.py"),
        ("gradio", "ui.py"),
        ("rapidfuzz", "qa/understanding/spelling.py"),
        ("mcp", "qa/server/mcp_server.py"),
    ],
)
def test_one_file_imports_each_library(library, file):
    assert [p for p in SOURCES if library in imported(p)] == [ROOT / file]


def test_the_page_imports_qa_only_and_nothing_imports_the_page():
    assert "index" not in imported(ROOT / "ui.py")
    assert not [p for p in SOURCES if "ui" in imported(p)]


def test_every_library_that_is_imported_is_declared_and_every_declared_one_imported():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [
        d for name, ds in project["optional-dependencies"].items() if name != "test" for d in ds
    ]
    declared = {distribution_name(d) for d in [*project["dependencies"], *extras]}
    of_module = {**{m: [d] for m, d in OF_EXTRAS.items()}, **packages_distributions()}
    imported_ones = set.union(*map(imported, SOURCES)) - sys.stdlib_module_names - {"index", "qa"}
    choices = [{distribution_name(d) for d in of_module[m]} for m in imported_ones]
    assert [names for names in choices if not names & declared] == []
    assert declared - set.union(*choices) == {"lxml-html-clean"}  # its line says why


def distribution_name(requirement):
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement)[0]).lower()


def test_the_top_floor_holds_what_it_may_and_nothing_else():
    if not (ROOT / ".git").exists():
        pytest.skip("needs a clone: only git knows which files belong to it")
    listed = subprocess.run(
        ["git", "ls-files"], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.splitlines()
    top = {name.partition("/")[0] for name in listed}
    assert {"index", "qa", "ui.py"} <= top
    allowed = {
        *"index qa ui.py tests bench training pyproject.toml README.md Dockerfile".split(),
        *"CHANGELOG.md CONTRIBUTING.md LICENSE".split(),
    }
    assert {name for name in top - allowed if not name.startswith(".")} == set()


@pytest.mark.parametrize("package", ["index", "qa"])
def test_a_type_checker_reads_the_types_of_an_installed_package(package):
    assert (files(package) / "py.typed").is_file()


CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def planned_files():
    """The files that the tree in CONTRIBUTING.md names, each on a line with what is in it."""
    tree = re.search(r"^```text\n(.*?)^```$", CONTRIBUTING, re.DOTALL | re.MULTILINE)[1]
    folders, paths = [], []
    for line in tree.splitlines():
        depth, name = (len(line) - len(line.lstrip())) // 2, line.split()[0]
        assert len(line.split()) > 1, line
        folders[depth:] = [name] if name.endswith("/") else []
        if not name.endswith("/"):
            paths.append("".join([*folders, name]))
    return paths


def test_the_house_plan_has_a_line_for_every_module_and_names_no_other():
    modules = [str(p.relative_to(ROOT)) for p in SOURCES if p.name != "__init__.py"]
    assert sorted(p for p in planned_files() if p.endswith(".py")) == sorted(modules)


def test_every_file_that_contributing_names_exists():
    named = re.findall(r"`([\w./-]+/[\w.-]*|[\w-]+\.(?:py|md|toml))`", CONTRIBUTING)
    assert len(named) > 10
    ours = [n for n in [*named, *planned_files()] if not n.startswith("../")]
    assert [n for n in ours if not (ROOT / n).exists()] == []


@pytest.mark.parametrize("package", [index, qa])
def test_what_a_package_hands_on_exists_and_is_all_that_its_stub_file_lists(package):
    stub = ast.parse(Path(package.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    aliases = [alias for node in stub.body for alias in node.names]
    listed = [alias.name for alias in aliases]
    assert [alias.asname for alias in aliases] == listed  # else a type checker does not see it
    assert len(set(listed)) == len(listed)
    assert sorted(listed) == package.__all__
    assert all(getattr(package, name) is not None for name in listed)
    assert set(listed) <= set(dir(package))


@pytest.mark.parametrize("package", [index, qa])
def test_no_name_of_a_package_shadows_one_of_its_modules(package):
    modules = {p.stem for p in Path(package.__file__).parent.iterdir()}
    assert not modules & set(package.__all__)


@pytest.mark.parametrize("package", [index, qa])
def test_a_name_that_a_package_lacks_is_an_attribute_error(package):
    with pytest.raises(AttributeError, match=r"has no attribute 'nonsense'"):
        _ = package.nonsense


def loaded_by(code):
    """The modules of other than the standard library that some code loads, in a fresh process."""
    told = "print([m for m in set(sys.modules) - before if m.split('.')[0] not in sys.stdlib_module_names])"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; before = set(sys.modules); {code}; {told}"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return set(ast.literal_eval(done.stdout))


def test_reading_the_faces_loads_nothing_else():
    assert loaded_by("import index, qa") == {"index", "index.lazy", "qa"}


def test_what_reads_a_strangers_file_loads_nothing_of_others_before_it_needs_it():
    loaded = loaded_by("import index.sources.worker")
    assert {m.split(".")[0] for m in loaded} == {"index"}


def test_importing_the_command_line_loads_no_heavy_library():
    assert not loaded_by("import ui, qa.cli.main") & set(HEAVY)


def test_what_is_asked_in_memory_loads_nothing_of_a_library_on_the_disk():
    text = "The council of Lund opened the new bridge on Monday. It cost four million euros."
    code = f"from qa import ArticleQA; ArticleQA.from_text({text!r}).ask('What did it cost?')"
    loaded = loaded_by(code)
    assert "index.article_index" in loaded
    unused = ("index.library", "pydantic", "psycopg", "index.sources.fetch", "qa.suggestions")
    assert not [m for m in loaded if m.startswith(unused)]


PUBLIC = """Answer Article ArticleError ArticleFilter ArticleQA ArticleQAError BatchError Citation
    CitationError EncoderError Evidence History Hit IndexFolderError Library Limits QuestionError
    QuestionFileError ReadRequest Reader ReaderError Reading ScoredSentence Settings Writer WriterError answer_file answer_frame evaluate
    read_labelled read_questions retrieve""".split()


def test_the_public_names_of_qa_are_exactly_these():
    assert sorted(qa.__all__) == sorted(PUBLIC)


def public_errors():
    """The classes of errors that article-qa raises, of all modules."""
    for package in (index, qa):
        for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            try:
                importlib.import_module(each.name)
            except ModuleNotFoundError as error:
                if (error.name or "").split(".")[0] not in OF_EXTRAS:
                    raise
    left, found = [qa.ArticleQAError], set()
    while left:
        error = left.pop()
        found.add(error)
        left += error.__subclasses__()
    return {e for e in found if e.__module__.split(".")[0] in ("qa", "index")}


def test_the_tree_of_errors_is_whole_and_says_their_fields():
    drawn = dict(re.findall(r"── (\w+)(?:\(([\w, ]*)\))?", qa.errors.__doc__))
    errors = {e.__name__: e for e in public_errors()}
    assert {"ArticleQAError", *drawn} == set(errors)
    for name, fields in drawn.items():
        taken = inspect.signature(errors[name]).parameters if fields else ()
        assert set(filter(None, fields.split(", "))) <= set(taken), name


def test_no_test_runs_again_where_it_failed():
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    texts = [p.read_text(encoding="utf-8") for p in (ROOT / "tests").glob("*.py")]
    again = ["re" + "runs", "fla" + "ky"]
    assert not [word for text in [project, *texts] for word in again if word in text]
