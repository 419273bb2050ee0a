# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The schema of JUnit files."""

from __future__ import annotations

import pathlib

import xmlschema

SCHEMA = xmlschema.XMLSchema(str(pathlib.Path(__file__).with_name('junit.xsd')))


def validate(text: str) -> None:
    """Raise unless a text is a JUnit file by the schema."""
    SCHEMA.validate(text)
