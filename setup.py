# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------

from pathlib import Path

from setuptools import find_packages, setup

VERSION = '1.0.0b1'

HERE = Path(__file__).parent

setup(
    name='acrhealth',
    version=VERSION,
    description='Find out why a login to, a pull from or a push to an Azure Container Registry '
    'fails from here, and '
    'what to do about it.',
    long_description='\n\n'.join(
        (HERE / name).read_text(encoding='utf-8') for name in ('README.md', 'HISTORY.rst')
    ),
    long_description_content_type='text/markdown',
    license='MIT',
    author='the acrhealth authors',
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
    package_data={'azext_acrhealth': ['azext_metadata.json']},
    # What the CLI ships is used from the CLI. Only --identity requires azure-identity.
    install_requires=[],
    extras_require={'identity': ['azure-identity']},
)
