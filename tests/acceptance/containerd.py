# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A real containerd inside the sandbox's network, which pulls images as it does for a kubelet.

The kubelet sends PullImage to the runtime's CRI socket; so does this, by hand-made protobuf.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pathlib
import subprocess
import time
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.acceptance.components import lacks, need
from tests.sandbox.control.sandbox import Sandbox

_SECONDS = 60.0
# Plugins that need devices or kernel modules which a container doesn't have. The native snapshotter
# copies files, and so works anywhere.
_CONFIG = """version = 2
root = "{folder}/root"
state = "{folder}/state"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs"]
[grpc]
  address = "{folder}/s"
[ttrpc]
  address = "{folder}/t"
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
"""
_PULL = '/runtime.v1.ImageService/PullImage'


class Pulled(NamedTuple):
    """How a pull ended: the image's ID, or the status of gRPC with the runtime's message."""

    image: str = ''
    status: str = ''
    message: str = ''

    @property
    def kubelet_text(self) -> str:
        """Return the message as the kubelet shows it: only the status Unknown loses its prefix.

        kubernetes: pkg/kubelet/kuberuntime/kuberuntime_image.go, and pkg/kubelet/images.
        """
        code = ''.join(word.capitalize() for word in self.status.split('_'))
        prefix = '' if code == 'Unknown' else f'rpc error: code = {code} desc = '
        return f'ErrImagePull: {prefix}{self.message}'


class Containerd:
    """A running containerd, by its socket."""

    def __init__(self, socket: pathlib.Path) -> None:
        self._socket = socket

    def pull(self, image: str, login: tuple[str, str] | None = None) -> Pulled:
        """Pull an image, by default without a login."""
        import grpc

        request = _field(1, _field(1, image.encode()))
        if login:
            name, password = login
            request += _field(2, _field(1, name.encode()) + _field(2, password.encode()))
        with grpc.insecure_channel(f'unix://{self._socket}') as channel:
            call = channel.unary_unary(_PULL, _unchanged, _unchanged)
            try:
                # The response has one field, the image's ID.
                return Pulled(call(request, timeout=_SECONDS)[2:].decode())
            except grpc.RpcError as error:
                return Pulled('', error.code().name, error.details())


@contextlib.contextmanager
def running(sandbox: Sandbox, folder: pathlib.Path, **environment: str) -> Iterator[Containerd]:
    """Run containerd in a folder of its own, whose path is short enough for a socket."""
    if os.geteuid():
        lacks('containerd requires root')
    if not importlib.util.find_spec('grpc'):
        lacks('grpcio is not installed')
    program = need('containerd')
    config, socket = folder / 'config.toml', folder / 's'
    config.write_text(_CONFIG.format(folder=folder))
    with (folder / 'log').open('wb') as log:
        process = subprocess.Popen(
            [*sandbox.info['enter'], program, '--config', str(config)],
            env=sandbox.variables(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        until = time.monotonic() + _SECONDS
        while 'containerd successfully booted' not in (folder / 'log').read_text('utf-8'):
            if process.poll() is not None or time.monotonic() > until:
                pytest.fail(f"containerd didn't start: {(folder / 'log').read_text('utf-8')}")
            time.sleep(0.05)
        yield Containerd(socket)
    finally:
        process.terminate()
        process.wait(_SECONDS)


def _unchanged(data: bytes) -> bytes:
    return data


def _field(number: int, data: bytes) -> bytes:
    """Return a field of protobuf's wire type 2: its key, its length as a varint, and its bytes."""
    size, length = len(data), b''
    while size > 127:
        length += bytes([size & 127 | 128])
        size >>= 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + data
