"""compose.yaml and docs/operations.md, read: what no process could show without a container engine."""

import re
from ipaddress import ip_address, ip_network

import pytest

from intervene import cli, config
from intervene.adapters.postgres.database import LOCKERS, OLDEST, READERS, WRITERS
from intervene.workers import STOP_SECONDS
from tests.integration.deploy.cluster import Service, read, seconds, secrets_of_the_docs
from tests.integration.deploy.dockerfile import parse
from tests.integration.deploy.image import ROOT

COMPOSE = read()
SERVICES: dict[str, Service] = COMPOSE["services"]
NODES = {name: service for name, service in SERVICES.items() if "build" in service}
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()


def test_there_are_two_nodes_and_they_are_alike() -> None:
    """The same keys, the same database, the same hub."""
    assert len(NODES) == 2
    first, second = NODES.values()
    assert first == second


def test_nodes_have_the_time_they_need_to_stop() -> None:
    """And the database to write down what it has."""
    drain = config.Config().drain_seconds
    for node in NODES.values():
        assert "INTERVENE_DRAIN_SECONDS" not in node["environment"]
        assert seconds(node["stop_grace_period"]) >= drain + STOP_SECONDS
    assert seconds(SERVICES["postgres"]["stop_grace_period"]) > 10


def test_a_node_may_have_as_many_files_open_as_it_takes_sessions() -> None:
    for node in NODES.values():
        assert node["ulimits"]["nofile"] > 2 * config.Config().max_sessions
    assert SERVICES["proxy"]["ulimits"]["nofile"] > 2 * config.Config().max_sessions, "two for each session"


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_can_do_no_more_than_it_has_to(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service.get("read_only") or name == "postgres"
    assert "privileged" not in service
    assert "cap_add" not in service


def test_what_a_node_may_write_to_belongs_to_the_user_of_the_image() -> None:
    """A mount in memory is root's, unless it says otherwise."""
    steps = {step.name: step.rest for step in parse((ROOT / "Dockerfile").read_text())[-1].steps}
    for node in NODES.values():
        uid, gid = steps["USER"].split(":")
        assert f"{steps['VOLUME']}:mode=700,uid={uid},gid={gid}" in node["tmpfs"]


def test_only_the_proxy_can_be_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert COMPOSE["networks"]["back"] == {"internal": True}
    for name in ("redis", "postgres"):
        assert SERVICES[name]["networks"] == ["back"]
    assert list(SERVICES["proxy"]["networks"]) == ["front"]


def test_nodes_believe_the_proxy_s_address_and_no_other_container_gets_it() -> None:
    [network] = COMPOSE["networks"]["front"]["ipam"]["config"]
    address = ip_address(SERVICES["proxy"]["networks"]["front"]["ipv4_address"])
    assert address in ip_network(network["subnet"])
    assert address not in ip_network(network["ip_range"])
    assert str(address) != network["gateway"]
    for node in NODES.values():
        assert node["environment"]["INTERVENE_PROXIES"] == str(address)


def test_the_proxy_knows_all_nodes() -> None:
    source, _, _ = SERVICES["proxy"]["volumes"][0].split(":")
    named = re.findall(r"^ +server (\w+) (\w+):(\d+)$", (ROOT / source).read_text(), re.MULTILINE)
    assert [(name, host) for name, host, _ in named] == [(name, name) for name in NODES]
    assert {int(port) for *_, port in named} == {config.Config().port}


def test_nothing_that_is_secret_stands_in_the_file(tmp_path_factory: pytest.TempPathFactory) -> None:
    made = secrets_of_the_docs(tmp_path_factory.mktemp("secrets"))
    assert {f"./secrets/{file.name}" for file in made.iterdir()} == {s["file"] for s in COMPOSE["secrets"].values()}
    assert made.stat().st_mode & 0o777 == 0o700
    for service in SERVICES.values():
        for secret in service.get("secrets", ()):
            assert f"/run/secrets/{secret}" in service["environment"].values()
        for value in service.get("environment", {}).values():
            assert not re.search(r"://[^/]*:[^/]*@", value), "a password in a URL"
    assert "/secrets/" in (ROOT / ".gitignore").read_text().splitlines()


def test_versions_are_ones_that_are_supported_and_no_registry_is_named() -> None:
    images = {name: service["image"] for name, service in SERVICES.items() if name not in NODES}
    versions = {}
    for name, image in images.items():
        found = re.fullmatch(r"(\w+):(\d+)(?:\.(\d+))?", image)
        assert found, image
        versions[name] = (int(found[2]), int(found[3] or 0))
    assert versions["postgres"] >= (OLDEST, 0)
    assert versions["redis"] >= (6, 2)
    assert versions["proxy"] >= (2, 6), "the oldest on which the file was tried"


# -- docs/operations.md ------------------------------------------------------------------------------------------------


def test_commands_and_settings_that_the_docs_name_exist() -> None:
    for command in re.findall(r"`intervene (\w+)", OPERATIONS):
        assert command in cli.main.commands, f"intervene {command}"
    for variable in re.findall(r"`INTERVENE_(\w+)", OPERATIONS):
        if variable == "SERVICE_HOST":  # the docs say that an orchestrator sets it, and that it is passed over
            continue
        name = variable.removesuffix("_FILE").lower()
        assert variable == "CONFIG" or name in config.SETTINGS, variable
        assert not variable.endswith("_FILE") or config.SETTINGS[name].secret


def test_the_docs_count_the_connections_of_a_node() -> None:
    most = 1 + LOCKERS + READERS + WRITERS + 1  # groups, the pools, the reservation
    assert f"{most} connections for each node" in OPERATIONS
