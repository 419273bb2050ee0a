# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Names that are alike; what is no name is neither compared nor repeated."""

from __future__ import annotations

import pytest

from azext_acrhealth.probes.azure.similar_names import similar_to


@pytest.mark.parametrize(
    'items, similar',
    [
        ([{'name': 'Contoso'}, {'name': 'fabrikam'}], ('Contoso',)),
        (['contosa', 'contosi', 'contosu', 'contosy'], 3),
        ([{'name': 'cont\x1b[31moso'}, {'name': None}, 7, None, {}], ()),
        ([*({'name': f'zzzzz{number}'} for number in range(2000)), {'name': 'contoso1'}], ()),
    ],
)
def test_similar(items, similar):
    found = similar_to('contoso0', items)
    assert (len(found) if isinstance(similar, int) else found) == similar
