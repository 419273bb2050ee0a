#!/bin/sh
# Lets a node of a Kubernetes cluster pull an image as a workload does, by kubectl on this machine, and fails if it
# doesn't. The cluster can be any: Amazon EKS, Google Kubernetes Engine, k3s, kind, or AKS.
# Set ACRHEALTH_WHEEL, the URL or path of the wheel, and IMAGE. CONTEXT, NAMESPACE, and SERVICE_ACCOUNT choose the
# context of kubectl, the current one by default, and the namespace and the service account of the workload.
set -eu
context=${CONTEXT:-$(kubectl config current-context)}
az extension add --yes --source "$ACRHEALTH_WHEEL" --only-show-errors
az acrhealth check --image "$IMAGE" --cluster-pull --kube-context "$context" \
  --namespace "${NAMESPACE:-default}" --service-account "${SERVICE_ACCOUNT:-default}" \
  --skip environment --wait 300 --output table --report acrhealth.json
