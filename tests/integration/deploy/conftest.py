"""The image, built once for all tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.integration.deploy.image import Image, download


@pytest.fixture(scope="session")
def image(pytestconfig: pytest.Config) -> Iterator[Image]:
    assert pytestconfig.cache is not None, "wheels are kept in it"
    wheels = pytestconfig.cache.mkdir("wheels")
    download(wheels)
    image = Image.build(wheels)
    yield image
    image.close()
