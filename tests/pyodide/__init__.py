# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""CPython 3.14, which the Windows and Debian packages of the Azure CLI embed, from npm."""
