# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of finding the logins in settings, in every encoding."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.probes.local.env_secrets import environment_secrets

ENCODED = base64.b64encode(b'joe:s3cr@t-pw').decode()


@pytest.mark.parametrize(
    'name, value, forms',
    [
        (
            'HTTPS_PROXY',
            'http://joe:s3cr%40t-pw@proxy.test:3128',
            ('joe:s3cr@t-pw', 's3cr@t-pw', 's3cr%40t-pw', ENCODED),
        ),
        ('https_proxy', 'joe:s3cr@t-pw@proxy.test:3128', ('joe:s3cr@t-pw', 's3cr@t-pw', ENCODED)),
        (
            'ALL_PROXY',
            'http://joe%3As3cr3t-pw%40proxy.test:3128',
            ('joe:s3cr3t-pw', 's3cr3t-pw', 'joe%3As3cr3t-pw'),
        ),
        ('DOCKER_HOST', 'tcp://joe:s3cr%40t-pw@h:2375', ('s3cr@t-pw', 's3cr%40t-pw')),
        ('DOCKER_HOST', 'joe:s3cr3t-pw@h:2375', ('joe:s3cr3t-pw',)),
        ('HTTPS_PROXY', 'http://token@proxy.test', ('token',)),
        ('NO_PROXY', 'a.test, joe:s3cr3t-pw@b.test', ('joe:s3cr3t-pw', 's3cr3t-pw')),
        ('no_proxy', 'http://joe:s3cr3t-pw%40b.test', ('s3cr3t-pw',)),
    ],
)
def test_forms(name: str, value: str, forms: tuple[str, ...]) -> None:
    assert set(forms) <= set(environment_secrets({name: value}))


@pytest.mark.parametrize(
    'environment',
    [
        {},
        {'HTTPS_PROXY': 'http://proxy.test:3128'},
        {'DOCKER_HOST': 'unix:///run/docker.sock'},
        {'HTTPS_PROXY': ''},
        {'NO_PROXY': 'localhost:8080,10.0.0.0/8'},
        {'HTTPS_PROXY': 'http://a:b@proxy.test'},
        {'PATH': 'http://joe:s3cret@x'},
    ],
)
def test_settings_without_a_login(environment: dict[str, str]) -> None:
    assert environment_secrets(environment) in (
        (),
        environment_secrets({'HTTPS_PROXY': 'http://a:b@proxy.test'}),
    )
    assert not [form for form in environment_secrets(environment) if 's3cret' in form]


@given(st.text())
def test_any_setting(text: str) -> None:
    secrets = environment_secrets({'HTTPS_PROXY': text})
    assert '' not in secrets and list(secrets) == sorted(secrets, key=len, reverse=True)


def test_a_login_that_is_not_utf_8() -> None:
    # The byte E4 of a variable, as Python reads it (PEP 383).
    secrets = environment_secrets({'HTTPS_PROXY': 'http://joe:gehe\udce4m@proxy.test:3128'})
    assert {'gehe\udce4m', 'gehe%E4m'} <= set(secrets)
