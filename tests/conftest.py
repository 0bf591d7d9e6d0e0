"""What tests share: the invented venue."""

import pytest

from tests.schemas import api_of
from unifiedcopy.schema import Api


@pytest.fixture(scope="session")
def plain(tmp_path_factory) -> Api:
    return api_of(tmp_path_factory.mktemp("plain"))
