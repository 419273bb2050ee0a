# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The help texts, and the width that they are shown in."""

import shutil
from typing import Any

from knack.help_files import helps

helps['acrhealth'] = """
type: group
short-summary: Diagnose why logins, pulls, or pushes fail in Azure Container Registry.
"""

helps['acrhealth check'] = """
type: command
short-summary: Check whether this machine can log in to, pull from, and push to registries.
long-summary: >
    Each check returns one row with the status Passed, Warning, Failed, or Skipped, and the facts
    that were observed. A failure or a warning also has an error code, a reason, the cause, and
    solutions. The command doesn't prompt, and no check runs longer than its time limit.

    The exit status is 0 if no check failed, 1 if a check failed or an argument was rejected, and 2
    if the command line can't be parsed. Tokens, passwords, and signed URLs are never shown.
examples:
  - name: Check this machine and a registry, and show the result as a table.
    text: az acrhealth check --name myregistry --output table
  - name: Check whether an image can be pulled, including its smallest layer.
    text: az acrhealth check --image myregistry.azurecr.io/team/app:v1 -o table
  - name: Check the pull of an image for another platform, with a registry token.
    text: |-
      echo "$PASSWORD" | az acrhealth check -n myregistry -t app:v1 \\
        --platform linux/arm64 --username NAME --password-stdin
  - name: Check the permissions that are needed to pull from a repository.
    text: az acrhealth check -n myregistry --repository team/app --need pull
  - name: Check whether a push to a repository works. The upload is canceled.
    text: az acrhealth check -n myregistry --repository team/app --push
  - name: Check whether a layer of 200 MiB passes all proxies and gateways on the way.
    text: |-
      az acrhealth check -n myregistry --repository team/app --push \\
        --push-size 200M --timeout 5m
  - name: Show only the failed checks and the first solution of each.
    text: |-
      az acrhealth check -n myregistry -o tsv \\
        --query "checks[?status=='Failed'].[check,code,reason,solutions[0]]"
  - name: Check whether the host names resolve to the private endpoint of a network.
    text: az acrhealth check -n myregistry --vnet myvnet --only private-link
  - name: Check only this machine, including the pull of a small public image.
    text: az acrhealth check --yes
  - name: Check the registries of all subscriptions in two regions.
    text: |-
      az acrhealth check --all-subscriptions --skip environment \\
        --location westeurope northeurope -o table
  - name: Check the registries of a resource group that have a tag.
    text: az acrhealth check -g mygroup --tag environment=production -o table
  - name: Check on an AKS node whether the kubelet identity can pull.
    text: |-
      az acrhealth check -n myregistry --repository team/app \\
        --need pull --identity CLIENT_ID
  - name: Check in a pod with the workload identity of the pod.
    text: |-
      az acrhealth check -n myregistry --repository team/app \\
        --need pull --identity workload
  - name: Find out why an AKS cluster can't pull an image that this machine can pull.
    text: |-
      az acrhealth check --image myregistry.azurecr.io/team/app:v1 \\
        --cluster myakscluster --skip environment -o table
  - name: Let a node pull the image as the workload does, in a pod that is deleted.
    text: |-
      az acrhealth check --image myregistry.azurecr.io/team/app:v1 \\
        --cluster myakscluster --cluster-pull --namespace myteam \\
        --service-account myapp --only cluster-pull
  - name: Let a node of a private cluster pull, without kubectl (preview).
    text: |-
      az acrhealth check --image myregistry.azurecr.io/team/app:v1 \\
        --cluster myakscluster --cluster-pull run-command --namespace myteam \\
        --only cluster-pull --timeout 180
  - name: Let a node of any Kubernetes cluster pull, by a context of kubectl.
    text: |-
      az acrhealth check --image myregistry.azurecr.io/team/app:v1 \\
        --cluster-pull --kube-context mycontext --only cluster-pull
  - name: Check only the cluster, whose resource group is known.
    text: |-
      az acrhealth check -n myregistry --repository team/app \\
        --cluster myakscluster --cluster-group mygroup --only cluster
  - name: Wait up to ten minutes for a new private endpoint to work.
    text: |-
      az acrhealth check -n myregistry --vnet myvnet --skip environment \\
        --wait 10m
  - name: Write a page to share, and a JUnit file for the test results of a pipeline.
    text: az acrhealth check -n myregistry --report registry.html registry.xml
  - name: Check two registries by login server, without the checks of this machine.
    text: |-
      az acrhealth check --skip environment \\
        -n myregistry1.azurecr.io myregistry2.azurecr.io
"""

helps['acrhealth list-checks'] = """
type: command
short-summary: List the checks, what each one verifies, and the error codes it can report.
examples:
  - name: List the checks as a table.
    text: az acrhealth list-checks --output table
"""

helps['acrhealth compare'] = """
type: command
short-summary: Compare two saved results, and show what explains the difference.
long-summary: >
    Save the result of `az acrhealth check` as JSON on each machine, or before and after a change.
    The differences are in the order in which they explain each other: the check that fails on one
    side only, then what can be its cause, such as addresses, the proxy, the issuer of a
    certificate, the account, or its permissions, and then everything else. Times, durations, and
    correlation IDs are never a difference.

    The command requires no network, no sign-in, and no permissions. The exit status is 0 if the
    results are the same, 1 if they differ or a file was rejected, and 2 if the command line can't
    be parsed.
examples:
  - name: Find out why a registry works on a laptop, but not on a build agent.
    text: az acrhealth compare --files laptop.json agent.json --output table
  - name: Compare yesterday's result with the current state.
    text: |-
      az acrhealth check -n myregistry -o json |
        az acrhealth compare --files yesterday.json - -o table
  - name: Show the best explanation as a sentence.
    text: |-
      az acrhealth compare --files laptop.json agent.json -o tsv \\
        --query "differences[0].text"
"""

helps['acrhealth error'] = """
type: group
short-summary: Explain error messages and look up error codes offline.
"""

helps['acrhealth error explain'] = """
type: command
short-summary: Explain an error message of another tool, such as kubectl, docker, or Helm.
long-summary: >
    The command finds the causes that the message shows, the registry and the image that it is
    about, and the command that decides if several causes are possible. It requires no network, no
    sign-in, and no permissions, and its result contains no secrets of the message.

    The verdict is Match if causes are known, SymptomOnly if the message says that a pull failed
    but not why, OtherRegistry if it is about a registry that isn't in Azure, and NoMatch otherwise.
    The exit status is 1 for NoMatch and for arguments that were rejected, otherwise 0.
examples:
  - name: Explain the message of a failed pull.
    text: |-
      az acrhealth error explain --output table \\
        --message "manifest tagged by \\"v1\\" is not found"
  - name: Explain why a pod can't pull its image.
    text: kubectl describe pod mypod | az acrhealth error explain --output table
  - name: Explain the log of a pipeline.
    text: az acrhealth error explain --file build.log --output table
  - name: Show the code and the reason of the most probable cause.
    text: |-
      az acrhealth error explain --file build.log --output tsv \\
        --query "matches[0].[code,reason]"
"""

helps['acrhealth error list'] = """
type: command
short-summary: List the error codes with their causes and solutions.
examples:
  - name: List the error codes and their reasons as a table.
    text: az acrhealth error list --output table
"""

helps['acrhealth error show'] = """
type: command
short-summary: Show the cause, the reasons, and the solutions of an error code, or of a reason.
examples:
  - name: Show why name resolution can fail.
    text: az acrhealth error show --code CONNECTIVITY_DNS_ERROR
  - name: Show what to do if a client sends no login.
    text: az acrhealth error show --reason NoCredentialsSent
"""

# The CLI wraps its help at 100 columns, whatever the width of the terminal.
_WIDTH, _NARROWEST = 100, 60


def fit_terminal(cli_ctx: Any) -> None:
    """Wrap the help of the command that runs at the width of a terminal that is narrower."""
    if cli_ctx.invocation:
        columns = shutil.get_terminal_size((_WIDTH, 24)).columns
        cli_ctx.invocation.help.textwrap_width = max(_NARROWEST, min(columns, _WIDTH))
