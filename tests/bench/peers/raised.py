"""The server, with nothing changed but what one person may say: `python -m tests.bench.peers.raised serve`."""

from intervene.core import limits

ANY = 1e9
for name in (
    "AGENT_BURST", "AGENT_PER_SECOND", "FRAMES_BURST", "FRAMES_PER_SECOND", "AGENT_KIB_BURST", "AGENT_KIB_PER_SECOND",
):  # fmt: skip
    assert hasattr(limits, name), f"there is no {name} any more"
    setattr(limits, name, ANY)

if __name__ == "__main__":
    from intervene.start import main  # imports the limits by value: they are raised before

    main()
