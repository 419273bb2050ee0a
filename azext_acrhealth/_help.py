# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The help texts."""

from knack.help_files import helps

helps['acrhealth'] = """
type: group
short-summary: Diagnose why logins, pulls, or pushes fail in Azure Container Registry.
"""

helps['acrhealth check'] = """
type: command
short-summary: Check whether this machine can log in to, pull from, and push to registries.
long-summary: >
    Each check returns one row with the status Passed, Warning, Failed, or Skipped. A row that isn't
    Passed has an error code, a reason, the solutions, and the facts that were observed. The command
    doesn't prompt, and no check runs longer than its time limit.

    The exit status is 0 if no check failed, 1 if a check failed or an argument was rejected, and 2
    if the command line can't be parsed. Tokens, passwords, and signed URLs are never shown.
examples:
  - name: Check this machine and a registry, and show the result as a table.
    text: az acrhealth check --name myregistry --output table
  - name: Check whether an image can be pulled, including its smallest layer.
    text: az acrhealth check --image myregistry.azurecr.io/team/app:v1 --output table
  - name: Check the pull of another platform's image with a registry token and its password.
    text: >
      echo "$PASSWORD" | az acrhealth check -n myregistry -t app:v1 --platform linux/arm64
      --username NAME --password-stdin
  - name: Check the permissions that are needed to pull from a repository.
    text: az acrhealth check -n myregistry --repository team/app --need pull
  - name: Check whether a push to a repository works. The upload is canceled.
    text: az acrhealth check -n myregistry --repository team/app --push
  - name: Check whether a layer of 200 MiB passes all proxies and gateways on the way.
    text: >
      az acrhealth check -n myregistry --repository team/app --push --push-size 200M --timeout 300
  - name: Show only the failed checks and the first solution of each.
    text: >
      az acrhealth check -n myregistry --query
      "checks[?status=='Failed'].[check,code,reason,solutions[0]]" -o tsv
  - name: Check whether the registry's host names resolve to the private endpoint of a virtual
      network.
    text: az acrhealth check -n myregistry --vnet myvnet --only private-link
  - name: Check only this machine, including the pull of a small public image.
    text: az acrhealth check --yes
  - name: Check the registries of all subscriptions in two regions.
    text: >
      az acrhealth check --all-subscriptions --location westeurope northeurope --skip environment
      -o table
  - name: Check the registries of a resource group that have a tag.
    text: az acrhealth check -g mygroup --tag environment=production -o table
  - name: Check on an AKS node whether the kubelet identity can pull.
    text: az acrhealth check -n myregistry --repository team/app --need pull --identity CLIENT_ID
  - name: Check in a pod with the workload identity of the pod.
    text: az acrhealth check -n myregistry --repository team/app --need pull --identity workload
  - name: Find out why the nodes of an AKS cluster can't pull an image that this machine can pull.
    text: >
      az acrhealth check --image myregistry.azurecr.io/team/app:v1 --cluster myakscluster
      --skip environment -o table
  - name: Let a node of the cluster pull the image as the workload does. This creates a pod in the
      cluster and deletes it.
    text: >
      az acrhealth check --image myregistry.azurecr.io/team/app:v1 --cluster myakscluster
      --cluster-pull --namespace myteam --service-account myapp --only cluster-pull
  - name: Check only the cluster, whose resource group is known.
    text: >
      az acrhealth check -n myregistry --repository team/app --cluster myakscluster
      --cluster-group mygroup --only cluster
  - name: Wait up to ten minutes for a new private endpoint to work.
    text: az acrhealth check -n myregistry --vnet myvnet --skip environment --wait 600
  - name: Check two registries by login server, without the checks of this machine.
    text: az acrhealth check -n myregistry1.azurecr.io myregistry2.azurecr.io --skip environment
"""

helps['acrhealth list-checks'] = """
type: command
short-summary: List the checks, what each one verifies, and the error codes it can report.
examples:
  - name: List the checks as a table.
    text: az acrhealth list-checks --output table
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
    text: >
      az acrhealth error explain --message "manifest tagged by \\"v1\\" is not found" --output table
  - name: Explain why a pod can't pull its image.
    text: kubectl describe pod mypod | az acrhealth error explain --output table
  - name: Explain the log of a pipeline.
    text: az acrhealth error explain --file build.log --output table
  - name: Show the code and the reason of the most probable cause.
    text: >
      az acrhealth error explain --file build.log --query "matches[0].[code,reason]" --output tsv
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
