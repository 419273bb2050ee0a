#!/bin/sh
# Hold the code to ruff's layout and rules, to mypy --strict, and to the CLI's own rules (azdev's pylint, flake8 and
# linter, on the built wheel), and the workflows to what GitHub takes and to secure practice.
# azdev wants a repository of the CLI and downloads what it does not find there; a stub keeps it here.
set -eu
repo=$(cd "$(dirname "$0")/.." && pwd)
bin=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
VIRTUAL_ENV=$(cd "$bin/.." && pwd)
export VIRTUAL_ENV PATH="$VIRTUAL_ENV/bin:$PATH" AZURE_CORE_COLLECT_TELEMETRY=0
export AZURE_CONFIG_DIR="$work/azure" AZDEV_CONFIG_DIR="$work/azdev" AZURE_EXTENSION_DIR="$work/extensions"
export AZDEV_CLI_REPO_PATH="$work/stub" AZDEV_EXT_REPO_PATHS="$repo"
mkdir -p "$work/stub/scripts/ci" "$AZURE_CONFIG_DIR" "$AZDEV_CONFIG_DIR" "$work/empty"
printf '%s\n' "CMD_PATTERN: ['\$^', '\$^', '\$^', '\$^']" "QUO_PATTERN: '\$^'" "END_PATTERN: '\$^'" \
    "DOCS_END_PATTERN: '\$^'" "NOT_END_PATTERN: '\$^'" "NUMBER_SIGN_PATTERN: '\$^'" \
    > "$work/stub/scripts/ci/cmdcov.yml"
echo "== actionlint and zizmor, on workflows"
(cd "$repo" && actionlint .github/workflows/*.yml tests/recipes/github-actions.yml)
(cd "$repo" && zizmor --offline --quiet .github tests/recipes/github-actions.yml)
cd "$work/empty"
python -c "from azdev.operations.setup import _copy_config_files as copy; copy()"
rules=$(python -c "import azdev.config as config; print(list(config.__path__)[0])")

echo "== ruff format and check"
(cd "$repo" && python -m ruff format --check --quiet azext_acrhealth tests setup.py)
(cd "$repo" && python -m ruff check --quiet azext_acrhealth tests setup.py)
echo "== mypy --strict"
(cd "$repo" && python -m mypy --config-file .mypy.ini)
echo "== pylint, azdev's rules"
# Shape counts that this design decides otherwise: records with many fields, checks with one return for each outcome.
(cd "$repo" && python -m pylint --rcfile="$rules/ext_pylintrc" --score=n \
    --disable=too-few-public-methods,too-many-return-statements,too-many-instance-attributes,too-many-positional-arguments \
    azext_acrhealth)
echo "== flake8, azdev's rules"
(cd "$repo" && python -m flake8 --append-config="$rules/ext.flake8" azext_acrhealth tests setup.py)
echo "== azdev linter, on the built wheel"
python "$repo/tests/build.py" "$work/dist"
az extension add --source "$work"/dist/acrhealth-*.whl -y --only-show-errors
cp "$repo/linter_exclusions.yml" "$AZURE_EXTENSION_DIR/acrhealth/"
azdev linter --include-whl-extensions acrhealth --min-severity medium \
    --rule-types params commands command_groups help_entries
