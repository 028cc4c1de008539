"""What is written in C, compiled when it is needed: below the cache folder of this part, by the name of its content."""

import hashlib
import shutil
import subprocess
import sysconfig
from pathlib import Path

from tests.bench.process import ROOT, Missing

FLAGS = ("-O2", "-Wall", "-Wextra", "-Werror")
BUILT = ROOT / ".tools/peers"


def library(source: Path) -> Path:
    """One that Python loads."""
    return _compiled(source, ".so", "-shared", "-fPIC")


def crowd() -> Path:
    """The server's optional part in C, as a module of this Python."""
    source = ROOT / "native/intervene_crowd.c"
    headers = sysconfig.get_path("include")
    if not Path(headers, "Python.h").exists():
        raise Missing("the headers of Python (Debian: python3-dev)")
    made = _compiled(source, ".so", "-shared", "-fPIC", f"-I{headers}")
    named = made.with_suffix("") / "intervene_crowd.so"
    if not named.exists():
        named.parent.mkdir(exist_ok=True)
        named.symlink_to(made)
    return named


def program(source: Path) -> Path:
    return _compiled(source, "", "-pthread")


def _compiled(source: Path, suffix: str, *flags: str) -> Path:
    name = hashlib.sha256(source.read_bytes() + " ".join((*FLAGS, *flags)).encode()).hexdigest()[:16]
    made = BUILT / f"{source.stem}-{name}{suffix}"
    if not made.exists():
        if not (compiler := shutil.which("gcc") or shutil.which("cc")):
            raise Missing("a C compiler (Debian: gcc, libc6-dev)")
        BUILT.mkdir(parents=True, exist_ok=True)
        half = made.with_suffix(f"{suffix}.{hashlib.sha256(str(made).encode()).hexdigest()[:4]}")
        subprocess.run([compiler, *FLAGS, *flags, "-o", half, source], check=True)
        half.rename(made)
    return made
