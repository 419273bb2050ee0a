# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of this machine's clock."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

CLOCK = Family(
    'CLOCK_SKEW_ERROR',
    "This machine's clock is wrong: certificates and tokens that are valid look expired or not yet "
    'valid.',
    (
        'Set the clock: `sudo timedatectl set-ntp true` (Linux), `w32tm /resync` (Windows, as '
        'administrator), '
        '`sudo sntp -sS time.apple.com` (macOS).',
        'In WSL and Docker Desktop the clock stops while the computer sleeps: run `wsl --shutdown` '
        'in Windows, or '
        'restart Docker Desktop.',
        'In a container or a virtual machine, set the clock of its host.',
    ),
    links.TROUBLESHOOT_LOGIN,
)

CLOCK_DRIFT = CLOCK.problem(
    'ClockDrift', "This machine's clock is more than a minute off, and nothing corrects it."
)
CLOCK_FAST = CLOCK.problem(
    'ClockFast',
    "This machine's clock is more than five minutes ahead: new tokens and certificates already "
    'look expired.',
)
CLOCK_SLOW = CLOCK.problem(
    'ClockSlow',
    "This machine's clock is more than five minutes behind: new tokens and certificates do not "
    'look valid yet.',
)

FAMILIES = (CLOCK,)
PROBLEMS = (CLOCK_DRIFT, CLOCK_FAST, CLOCK_SLOW)
