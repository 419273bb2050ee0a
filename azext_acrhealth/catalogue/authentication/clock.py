# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of this machine's clock."""

from azext_acrhealth.advice import WINDOWS, Variant
from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

CLOCK = Family(
    'CLOCK_SKEW_ERROR',
    "This machine's clock is wrong, so valid certificates and tokens look expired or not yet "
    'valid.',
    (
        Variant(
            'Synchronize the clock: `sudo timedatectl set-ntp true`.',
            platforms=('linux',),
        ),
        Variant('Synchronize the clock, as an administrator: `w32tm /resync`.', platforms=WINDOWS),
        Variant(
            'Synchronize the clock: `sudo sntp -sS time.apple.com`.',
            platforms=('macos',),
        ),
        Variant(
            'Restart WSL if its clock stopped while the computer was asleep, which stops all '
            'running distributions, with this command in Windows: `wsl --shutdown`.',
            platforms=('linux', 'windows'),
        ),
        (
            'Restart Docker Desktop, which stops all running containers, if its clock stopped '
            'while the computer was asleep.'
        ),
        'Correct the clock of the host if this machine is a container or a virtual machine.',
    ),
    links.CLOCK,
)

CLOCK_DRIFT = CLOCK.problem(
    'ClockDrift', "This machine's clock is off by more than a minute. It might not be synchronized."
)
CLOCK_FAST = CLOCK.problem(
    'ClockFast',
    "This machine's clock is more than five minutes ahead, so new tokens and certificates already "
    'look expired.',
)
CLOCK_SLOW = CLOCK.problem(
    'ClockSlow',
    "This machine's clock is more than five minutes behind, so new tokens and certificates don't "
    'look valid yet.',
)

FAMILIES = (CLOCK,)
PROBLEMS = (CLOCK_DRIFT, CLOCK_FAST, CLOCK_SLOW)
