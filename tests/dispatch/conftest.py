"""A story to begin with."""

import pytest

from tests.dispatch.story import Story
from tests.personas import People


@pytest.fixture
def story(people: People) -> Story:
    """The people, and incidents as far as a test needs them."""
    return Story(people)
