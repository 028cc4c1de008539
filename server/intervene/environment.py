"""Variables that have our prefix and are not ours: what Kubernetes and Docker inject for a service or a link.

For a service named `intervene`, or `intervene-redis`, every container gets `INTERVENE_SERVICE_HOST`, `INTERVENE_PORT`
and more, or `INTERVENE_REDIS_PORT_6379_TCP`. Name and value both have to match: `INTERVENE_PORT=8000` is a setting, and
`INTERVENE_SERVICE_HOST=nonsense` a typing error.
"""

import re
from collections.abc import Mapping

_NUMBER = r"\d{1,5}"
_ADDRESS = r"[0-9A-Fa-f.:]+|\[[0-9A-Fa-f.:]+\]"
_URL = rf"(tcp|udp|sctp)://({_ADDRESS}|[\w.-]+):{_NUMBER}"
_OF_A_PORT = r"_PORT_\d+_(TCP|UDP|SCTP)"

_INJECTED = [
    (re.compile(rf".+{name}"), re.compile(value))
    for name, value in (
        ("_SERVICE_HOST", _ADDRESS),
        (r"_SERVICE_PORT(_\w+)?", _NUMBER),
        (r"_PORT(_\d+_(TCP|UDP|SCTP)(_START|_END)?)?(_START|_END)?", _URL),  # a range of ports has a start and an end
        (rf"{_OF_A_PORT}_PROTO", "tcp|udp|sctp"),
        (rf"{_OF_A_PORT}_PORT(_START|_END)?", _NUMBER),
        (rf"{_OF_A_PORT}_ADDR", rf"{_ADDRESS}|[\w.-]+"),
        ("_NAME", r"/[\w.-]+/[\w.-]+"),
    )
]
_OF_A_LINK = re.compile(r"(.+?)_ENV_\w+")


def injected(environ: Mapping[str, str], prefix: str) -> frozenset[str]:
    """Names of variables with the prefix that an orchestrator has made."""
    ours = {name: value for name, value in environ.items() if name.startswith(prefix)}
    found = {
        name
        for name, value in ours.items()
        if any(named.fullmatch(name) and valued.fullmatch(value) for named, valued in _INJECTED)
    }
    # Docker copies all variables of the linked container, whatever they hold, beside the link's own name.
    found |= {name for name in ours if (link := _OF_A_LINK.fullmatch(name)) and f"{link[1]}_NAME" in found}
    return frozenset(found)
