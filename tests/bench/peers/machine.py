"""What was measured on: facts for the page."""

import os
import platform
import sqlite3
import subprocess
import time
from importlib.metadata import version
from pathlib import Path

from tests.bench.process import ROOT

LIBRARIES = ("uvloop", "uvicorn", "starlette", "websockets", "msgspec")


def facts() -> dict[str, str]:
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return {
        "measured": time.strftime("%d %B %Y", time.gmtime()).lstrip("0"),
        "commit": _commit(),
        "machine": f"{os.cpu_count()} processors ({_processor()}), Linux {platform.release()}",
        "software": f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {libraries}",
    }


def _commit() -> str:
    command = ["git", "rev-parse", "--short", "HEAD"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
