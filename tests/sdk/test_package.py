"""What is published of the JavaScript client: small, complete, and usable from nothing but itself."""

import gzip
import json
import subprocess
from pathlib import Path

from tests.sdk.conftest import SDK

MOST_BYTES = 12_000
USE = """
import * as sdk from "@intervene/client";
try {
  sdk.createClient({ url: "mailto:ana@example.com", getToken: () => "" });
} catch (problem) {
  console.log(problem.code, Object.keys(sdk).sort().join());
}
"""
PUBLIC = (
    "BeganAnew,Client,ClientError,CloseCode,Continued,CustomerConversation,IndexedDbStore,MemoryStore,Misused,NoToken,"
    "QueueFull,Refused,StaffConversation,Stopped,TokenLater,TooLate,VisitorTokens,createClient"
)


def test_the_client_is_small() -> None:
    assert len(gzip.compress(SDK.read_bytes(), 9)) <= MOST_BYTES


def test_the_package_installed_into_an_empty_project_works(tmp_path: Path) -> None:
    packed = subprocess.run(
        ["npm", "pack", "--ignore-scripts", "--json", "--pack-destination", tmp_path],
        cwd=SDK.parents[1], check=True, capture_output=True,
    )  # fmt: skip
    (package,) = json.loads(packed.stdout)
    names = {file["path"] for file in package["files"]}
    assert {"dist/index.js", "dist/index.d.ts", "dist/wire.d.ts", "README.md", "package.json"} <= names
    assert not any(name.startswith("src/") for name in names)
    project = tmp_path / "project"
    project.mkdir()
    (project / "package.json").write_text('{"private": true, "type": "module"}')
    install = ["npm", "install", "--no-audit", "--no-fund", "--offline", tmp_path / package["filename"]]
    subprocess.run(install, cwd=project, check=True, capture_output=True)
    (project / "use.mjs").write_text(USE)
    used = subprocess.run(["node", "use.mjs"], cwd=project, check=True, capture_output=True, text=True)
    assert used.stdout.strip() == f"misused {PUBLIC}"
