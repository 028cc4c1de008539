"""The optional part in C, compiled from this checkout."""

import subprocess
import sysconfig
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from tempfile import TemporaryDirectory

from intervene.edge.socket.write_batch import SendEach

SOURCE = Path(__file__).parent.parent.parent / "native/intervene_crowd.c"


@cache
def send_each() -> SendEach:
    """Once in each process of the tests: it takes a second."""
    with TemporaryDirectory() as directory:
        built = Path(directory, f"intervene_crowd{sysconfig.get_config_var('EXT_SUFFIX')}")
        headers = f"-I{sysconfig.get_path('include')}"
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-Wall", "-Werror", headers, SOURCE, "-o", built], check=True)
        spec = spec_from_file_location("intervene_crowd", built)
        assert spec is not None, "an extension has a loader"
        assert spec.loader is not None, "an extension has a loader"
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
    found: SendEach = module.send_each
    return found
