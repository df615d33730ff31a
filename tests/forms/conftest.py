"""The shipped household questionnaire, read once and built once for all tests of this folder."""

from __future__ import annotations

import pytest

from forms.build import Built, build
from forms.load import load_questionnaire, questionnaire_folder
from forms.question import Questionnaire


@pytest.fixture(scope="session")
def household() -> Questionnaire:
    """The shipped questionnaire as read."""
    return load_questionnaire(questionnaire_folder("household"))


@pytest.fixture(scope="session")
def built() -> Built:
    """The shipped questionnaire built: XLSForm, XForm, codebook (one run of ODK Validate)."""
    return build(questionnaire_folder("household"))
