# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The options that choose whose login is checked."""

from __future__ import annotations

import pytest

from tests.our_cli import fixture_settings, parsed, settings_of  # noqa: F401

pytestmark = pytest.mark.usefixtures('settings')
CHECK = ('acrhealth', 'check')


def test_the_words_for_identities_are_completed() -> None:
    completer = settings_of(*CHECK)['identity']['completer']
    assert list(completer(prefix='')) == ['system', 'workload', 'environment']
    assert list(completer(prefix='w')) == ['workload']


def test_any_identity_is_parsed() -> None:
    assert parsed(*CHECK, '--identity', 'anything').identity == 'anything'
