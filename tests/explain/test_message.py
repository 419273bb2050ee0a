# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Messages as rules search them."""

from __future__ import annotations

from azext_acrhealth.explain.message import message_of, unwrapped


def test_a_message() -> None:
    message = message_of('  Failed to PULL image "Contoso.azurecr.io/app:V1"', ())
    assert message.text == 'Failed to PULL image "Contoso.azurecr.io/app:V1"'
    assert message.folded == message.text.lower()
    assert [mention.host for mention in message.mentions] == ['contoso.azurecr.io']
    assert message.about_images


def test_what_is_not_about_images() -> None:
    message = message_of('psql: connection refused', ())
    assert not message.about_images and not message.about_layers


def test_wrapped_words() -> None:
    assert unwrapped(message_of('unauth\norized', ())).folded == 'unauthorized'


def test_lines_of_package_managers() -> None:
    text = 'docker build\nnpm error code E401\nnpm error 401 Unauthorized\n\nunauthorized'
    message = message_of(text, ())
    first = message.folded.index('unauthorized')
    assert message.is_about_packages(first, first + 12)
    text = 'npm publish\ndocker push contoso.azurecr.io/npm\nunauthorized'
    message = message_of(text, ())
    assert not message.is_about_packages(message.folded.index('unauth'), len(message.folded))
