# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The help texts."""

from knack.help_files import helps

helps['acrhealth'] = """
type: group
short-summary: Find out why a login to, a pull from or a push to an Azure Container Registry fails from here.
"""

helps['acrhealth check'] = """
type: command
short-summary: Check what stands between this machine and container registries, and what to do about it.
long-summary: >
    Every check gets a row, whatever became of the others: Passed, Warning, Failed or Skipped, with an error code, a
    reason, solutions and the facts that were seen. The command never prompts and ends in bounded time.

    It exits with 0 when healthy, with 1 after printing the result when a check failed (or, without a result, when an
    argument was refused), and with 2 for arguments that cannot be parsed. No token, password or signed address is ever
    shown.
examples:
  - name: Check this machine and a registry, and read the result as a table.
    text: az acrhealth check --name myregistry --output table
  - name: Pull an image as a client does, from wherever its layers are kept, and verify what comes.
    text: az acrhealth check --image myregistry.azurecr.io/team/app:v1 --output table
  - name: Pull the image of another platform as a user of the registry's own, whose password is piped in.
    text: az acrhealth check -n myregistry -t app:v1 --platform linux/arm64 --username NAME --password-stdin
  - name: Check the rights that a reader of one repository needs.
    text: az acrhealth check -n myregistry --repository team/app --need pull
  - name: Try whether a push to a repository works, without leaving anything there.
    text: az acrhealth check -n myregistry --repository team/app --push
  - name: Show only what failed, and what to do about it.
    text: az acrhealth check -n myregistry --query "checks[?status=='Failed'].[check,code,reason,solutions[0]]" -o tsv
  - name: Check that the names of a private endpoint resolve to its private addresses from here.
    text: az acrhealth check -n myregistry --vnet myvnet --only private-link
  - name: Check this machine alone, with a sample pull.
    text: az acrhealth check --yes
  - name: Check all registries of every subscription that this login may read, in two regions.
    text: az acrhealth check --all-subscriptions --location westeurope northeurope --skip environment -o table
  - name: Check the production registries of a resource group.
    text: az acrhealth check -g mygroup --tag environment=production -o table
  - name: Check whether the nodes of a cluster may pull, from one of them.
    text: az acrhealth check -n myregistry --repository team/app --need pull --identity CLIENT_ID
  - name: Check as the pod that this runs in.
    text: az acrhealth check -n myregistry --repository team/app --need pull --identity workload
  - name: Wait at most ten minutes until a new private endpoint works from here.
    text: az acrhealth check -n myregistry --vnet myvnet --skip environment --wait 600
  - name: Check several registries by login server, without what concerns this machine.
    text: az acrhealth check -n one.azurecr.io two.azurecr.io --skip environment
"""

helps['acrhealth list-checks'] = """
type: command
short-summary: List every check, what it verifies, what it needs and the error codes it can report.
examples:
  - name: List the checks as a table.
    text: az acrhealth list-checks --output table
"""

helps['acrhealth error'] = """
type: group
short-summary: Look up error codes, without a network.
"""

helps['acrhealth error list'] = """
type: command
short-summary: List every error code with its causes and solutions.
examples:
  - name: List the codes and their reasons as a table.
    text: az acrhealth error list --output table
"""

helps['acrhealth error show'] = """
type: command
short-summary: Show what an error code means, its reasons, and what to do about each.
examples:
  - name: Show why name resolution can fail.
    text: az acrhealth error show --code CONNECTIVITY_DNS_ERROR
"""
