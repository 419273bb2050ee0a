# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Connections that fail: proxies, timeouts, refusals, resets, in the words of Go and others."""

from __future__ import annotations

from azext_acrhealth.catalogue.authentication import identity, sign_in
from azext_acrhealth.catalogue.connectivity import challenge, connection, tls
from azext_acrhealth.catalogue.data import data_endpoints, pull, push
from azext_acrhealth.catalogue.registry import login_server
from azext_acrhealth.explain.hosts import Role
from azext_acrhealth.explain.kinds import Kind
from azext_acrhealth.explain.rule import Confidence, Rule
from azext_acrhealth.model import Problem

_NOISE = ('anonymous', 'unauthorized', 'login', 'unclear')
_WHOLE_PROXY = (*_NOISE, 'name', 'connection', 'tls', 'firewall')


def _elsewhere(reason: str) -> dict[Role, Problem]:
    return {
        'data': data_endpoints.BY_REASON[reason],
        'entra': sign_in.SIGN_IN_UNAVAILABLE,
        'arm': login_server.ARM_UNAVAILABLE,
        'metadata': identity.NO_ENDPOINT,
    }


def _connection(
    name: str,
    words: tuple[str, ...],
    pattern: str,
    problem: Problem,
    *candidates: Problem,
    confidence: Confidence = 'certain',
    outranks: tuple[str, ...] = _NOISE,
    kind: Kind = 'connection',
    specific: bool = False,
    unless: str = '',
) -> Rule:
    return Rule(
        name,
        words,
        pattern,
        kind,
        problem,
        confidence,
        candidates,
        outranks,
        _elsewhere(problem.reason),
        specific=specific,
        unless=unless,
    )


_UPLOAD = (
    r'/blobs/uploads/|container101[36]|failed to push|push refers to'
    r'|failed to (?:do|send) (?:the )?(?:put|patch)|(?:patch|put) "?https'
)

RULES = (
    # Go: net/http/transport.go. `proxyconnect` is about the proxy, whatever follows: a name, a
    # refusal, or `first record does not look like a TLS handshake`, a plain proxy as https://.
    _connection(
        'proxy-tls',
        ('proxyconnect',),
        r'proxyconnect tcp:…first record does not look like a tls handshake',
        connection.INVALID_PROXY,
        outranks=(*_WHOLE_PROXY, 'proxy-unreachable'),
        kind='proxy',
        specific=True,
    ),
    _connection(
        'proxy-unreachable',
        ('proxyconnect', 'could not resolve proxy', 'unable to connect to proxy', 'socks connect'),
        r'proxyconnect tcp|could not resolve proxy|unable to connect to proxy|socks connect tcp',
        connection.PROXY_UNREACHABLE,
        outranks=_WHOLE_PROXY,
        kind='proxy',
        specific=True,
        unless=r'tunnel connection failed|proxy authentication required|\b407\b',
    ),
    _connection(
        'proxy-login',
        ('proxy authentication', '407'),
        r'proxy authentication (?:is )?required|\b407 proxy|status code 407|connection failed: 407',
        connection.PROXY_LOGIN,
        outranks=_WHOLE_PROXY,
        kind='proxy',
        specific=True,
        unless=r'\b(?:407 kb|407\.)',
    ),
    # Go reports a refused CONNECT with nothing but the text of the proxy's status.
    _connection(
        'proxy-refuses',
        ('tunnel connection failed', 'forbidden', 'bad gateway', 'gateway time', 'unavailable'),
        r'tunnel connection failed: 403|tunnel connection failed: 5\d\d'
        r'|received http code 403 from proxy|(?:get|head'
        r'|post) "?https://[^\s"]{1,600}"?: (?:forbidden|bad gateway|gateway time-?out'
        r'|service unavailable)(?:["\'\s]|$)',
        connection.PROXY_REFUSED,
        outranks=_WHOLE_PROXY,
        kind='proxy',
        specific=True,
        unless=r'proxy authentication required',
    ),
    _connection(
        'proxy-invalid',
        ('invalid proxy', 'proxyschemeunknown', 'proxy url had no scheme', 'invalidproxyurl'),
        r'invalid proxy|proxyschemeunknown|proxy url had no scheme|invalidproxyurl',
        connection.INVALID_PROXY,
        outranks=_WHOLE_PROXY,
        kind='proxy',
        specific=True,
    ),
    # Addresses follow `dial tcp`; port 53 is the DNS server's, where it is a name's failure.
    _connection(
        'refused',
        ('refused', 'econnrefused'),
        r'(?:connection refused|econnrefused|actively refused(?: it)?|connection was refused)',
        connection.REFUSED,
        unless=r':53: (?:read|connect|i/o)|docker\.sock|docker daemon|podman\.sock'
        r'|connect to the docker|proxyconnect|(?:readiness|liveness|startup) probe'
        r'|containerd\.sock|localhost:(?:5432|6379|3306|8080)',
    ),
    _connection(
        'handshake-timeout',
        ('handshake timeout', 'handshake operation timed out', 'handshake timed out'),
        r'tls handshake timeout|handshake operation timed out|handshake timed out',
        tls.HANDSHAKE_TIMEOUT,
        connection.CONNECT_TIMEOUT,
    ),
    _connection(
        'connect-timeout',
        (
            'i/o timeout',
            'waiting for connection',
            'connection timed out',
            'connect timeout',
            'connecttimeout',
            'etimedout',
            'failed to respond',
            'operation timed out',
            'timed out',
            'timeout was reached',
            'failed to connect to',
        ),
        r'dial tcp[^\n]{0,80}(?::443)?: (?:connect: )?(?:i/o timeout|connection timed out'
        r'|operation timed out)|waiting for connection(?: \()?|connect: connection timed out'
        r'|connecttimeout(?:error)?|connect timeout=|\betimedout\b|did not properly respond'
        r'|connected host has failed to respond|connection (?:attempt )?timed out'
        # curl: lib/connect.c.
        r'|failed to connect to [\w*.-]{1,253} port \d{1,5}(?: after \d{1,9} ms)?: (?:timed out'
        r'|timeout was reached)|curl: \(28\) failed to connect',
        connection.CONNECT_TIMEOUT,
        unless=r'lookup [^\n]{1,300}i/o timeout|proxyconnect',
    ),
    _connection(
        'unreachable',
        ('no route to host', 'network is unreachable', 'unreachable network', 'ehostunreach'),
        r'no route to host|network is unreachable|unreachable network|ehostunreach|enetunreach',
        connection.UNREACHABLE,
        unless=r'lookup [^\n]{1,300}unreachable|proxyconnect',
    ),
    Rule(
        'upload-reset',
        (
            'connection reset',
            'broken pipe',
            'closed pipe',
            'closed network',
            'forcibly closed',
            'econnreset',
            'epipe',
        ),
        r'connection reset by peer|on closed pipe|use of closed network connection|broken pipe'
        r'|forcibly closed|\beconnreset\b|\bepipe\b',
        'connection',
        push.RESET,
        outranks=('reset', *_NOISE),
        needs=_UPLOAD,
        specific=False,
    ),
    _connection(
        'reset',
        (
            'connection reset',
            'forcibly closed',
            'econnreset',
            'connection aborted',
            'broken pipe',
            'http2: ',
            'stream error',
            'idle connection',
            'closed network',
        ),
        r'connection reset by peer|connection was reset|forcibly closed|\beconnreset\b'
        r'|connection aborted[^\n]{0,60}reset|broken pipe|http2: (?:client|server)'
        r'|stream error: stream id|server closed idle connection|use of closed network connection',
        connection.RESET,
        tls.HANDSHAKE_RESET,
        challenge.RESPONSE_RESET,
        pull.RESET,
        confidence='likely',
    ),
    _connection(
        'response-timeout',
        (
            'awaiting headers',
            'deadline exceeded',
            'read timed out',
            'timed out',
            'timeout',
            'request canceled',
        ),
        r'awaiting headers|i/o timeout|context deadline exceeded|read timed out|readtimeout'
        r'|request canceled|httpclient\.timeout|sockettimeoutexception|net/http: timeout',
        connection.CONNECT_TIMEOUT,
        challenge.RESPONSE_TIMEOUT,
        confidence='likely',
    ),
    Rule(
        'eof',
        (
            ': eof',
            'unexpected eof',
            'end of file',
            'response ended prematurely',
            'eofexception',
            'remote end closed',
        ),
        r'(?:get|head|post|put|patch) "?https?://[^\s"]{1,600}"?\)?: (?:unexpected )?eof\b'
        r'|\bunexpected eof\b|response ended prematurely|eofexception|remote end closed connection',
        'connection',
        challenge.RESPONSE_INCOMPLETE,
        'likely',
        (tls.HANDSHAKE_INTERRUPTED, pull.CUT),
        _NOISE,
        {
            'data': data_endpoints.BY_REASON['HandshakeInterrupted'],
            'entra': sign_in.SIGN_IN_UNAVAILABLE,
            'arm': login_server.ARM_UNAVAILABLE,
        },
        specific=False,
        unless=r'failed to decode|yaml: |json: |parsing',
    ),
    # containers/image: copy/blob.go; oras-go: content/storage.go; containerd: core/remotes; moby:
    # distribution/xfer.
    Rule(
        'download-eof',
        ('unexpected eof', ': eof'),
        r'(?:happened during read|copy failed|failed to copy|(?:writing|copying|reading) blob)'
        r'…unexpected eof|download failed after attempts=\d{1,3}: (?:unexpected )?eof',
        'connection',
        pull.CUT,
        'likely',
        (challenge.RESPONSE_INCOMPLETE,),
        (*_NOISE, 'eof'),
        {'data': pull.CUT},
        unless=r'/blobs/uploads/',
    ),
    # urllib3, for a connection whose cause stands elsewhere or nowhere.
    _connection(
        'no-connection',
        ('failed to connect to', 'max retries exceeded', 'failed to establish a new connection'),
        r'failed to connect to [\w*.-]{1,253} port \d|max retries exceeded with url'
        r'|failed to establish a new connection',
        connection.CONNECT_FAILED,
        connection.CONNECT_TIMEOUT,
        connection.PROXY_UNREACHABLE,
        confidence='possible',
    ),
)
