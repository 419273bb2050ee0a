# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------

from setuptools import find_packages, setup

VERSION = '1.0.0b1'
# A release must come from this repository and have a real address; see tests/dist.py.
URL = 'https://github.com/acrhealth/acrhealth'
EMAIL = 'acrhealth@example.com'

# `az extension show` prints it whole, so it must fit on a screen.
LONG_DESCRIPTION = f"""\
# acrhealth

`az acrhealth check` finds out why a machine or a Kubernetes cluster can't log
in to, pull from, or push to an Azure Container Registry. Each check reports
what was seen, an error code, the cause, and solutions with commands to paste.
It replaces `az acr check-health`.

```
az acrhealth check --name myregistry --output table
az acrhealth check --image myregistry.azurecr.io/team/app:v1 --output table
kubectl describe pod mypod | az acrhealth error explain -o table
```

It never prompts, and changes nothing unless an option says so. Results contain
no secrets.

- [Documentation]({URL}#readme)
- [Error reference]({URL}/blob/main/azext_acrhealth/catalogue/README.md)
- [Release history]({URL}/blob/main/HISTORY.rst)
"""

setup(
    name='acrhealth',
    version=VERSION,
    description="Find out why a machine or a Kubernetes cluster can't log in to, pull from, or "
    'push to an Azure Container Registry.',
    long_description=LONG_DESCRIPTION,
    long_description_content_type='text/markdown',
    license='MIT',
    author='the acrhealth authors',
    author_email=EMAIL,
    url=URL,
    project_urls={
        'Documentation': f'{URL}#readme',
        'Source': URL,
        'Issues': f'{URL}/issues',
        'Changelog': f'{URL}/blob/main/HISTORY.rst',
    },
    keywords=['azure', 'azure-cli', 'container-registry', 'acr', 'aks', 'diagnostics'],
    classifiers=[
        'Development Status :: 4 - Beta',
        'Intended Audience :: Developers',
        'Intended Audience :: System Administrators',
        'Programming Language :: Python',
        'Programming Language :: Python :: 3',
        'Programming Language :: Python :: 3.10',
        'Programming Language :: Python :: 3.11',
        'Programming Language :: Python :: 3.12',
        'Programming Language :: Python :: 3.13',
        'Programming Language :: Python :: 3.14',
        'License :: OSI Approved :: MIT License',
    ],
    python_requires='>=3.10',
    packages=find_packages(include=['azext_acrhealth', 'azext_acrhealth.*']),
    package_data={
        'azext_acrhealth': ['azext_metadata.json'],
        'azext_acrhealth.probes.cluster': ['pull.sh'],
        'azext_acrhealth.report_writers': ['*.html', '*.css', '*.js'],
    },
    # What the CLI ships is used from the CLI. Only --identity requires azure-identity.
    install_requires=[],
    extras_require={'identity': ['azure-identity']},
)
