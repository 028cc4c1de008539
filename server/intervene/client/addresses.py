"""Addresses that a program gives, and whether they can ever work. No I/O: a name may have an address later."""

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit, urlunsplit


def socket_address(url: object) -> str:
    """`url`, or `ValueError` (`TypeError`) with a sentence for what can never be the address of sockets."""
    _checked(url, ("ws", "wss"), "ws://host:port/socket; `socket_url` makes it from the server's http:// address")
    assert isinstance(url, str), "it has been split"
    return url


def base_address(url: object) -> str:
    """The same for a server's HTTP address, without its last slashes."""
    return urlunsplit(_checked(url, ("http", "https"), "http://host:port")).rstrip("/")


def socket_url(base_url: str) -> str:
    """Where the sockets of the server at `base_url` are."""
    parts = _checked(base_url, ("http", "https", "ws", "wss"), "http://host:port")
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    return urlunsplit((scheme, parts.netloc, parts.path.rstrip("/") + "/socket", "", ""))


def origin(url: str) -> str:
    """Scheme, host and port: what may be said of a URL in logs."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def is_loopback(url: str) -> bool:
    """Whether a proxy would only be in the way."""
    host = urlsplit(url).hostname or ""
    try:
        address = ip_address(host)
    except ValueError:
        return host in ("localhost", "localhost.") or host.endswith((".localhost", ".localhost."))
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _checked(url: object, schemes: tuple[str, ...], like: str) -> SplitResult:
    if not isinstance(url, str):
        raise TypeError(f"A URL is text like {like}, not {type(url).__name__}.")
    try:
        if any(character <= " " or character == "\x7f" for character in url):
            raise ValueError("it has blanks or control characters")
        parts = urlsplit(url)
        _check_host(parts)
        if parts.scheme not in schemes:
            raise ValueError(f"{parts.scheme or 'no scheme'} is not {' or '.join(schemes)}")
        if "?" in url or "#" in url:
            raise ValueError("it may have neither a query nor a fragment")
    except ValueError as problem:
        raise ValueError(f"This URL can never work: {problem}. It should be like {like}.") from None
    return parts


def _check_host(parts: SplitResult) -> None:
    """Raises `ValueError`, which `port` itself does when it is no number or above 65535."""
    if not parts.hostname:
        raise ValueError("it has no host")
    if parts.port == 0:
        raise ValueError("port 0 is no port")
    try:
        parts.hostname.encode("idna")
    except UnicodeError:
        raise ValueError("its host is no name that can be looked up") from None
