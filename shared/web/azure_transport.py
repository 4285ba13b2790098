"""The HTTP transport under the Azure SDKs.

By default it looks for a `.netrc` file and for proxies before each single request: 0.3 ms of CPU, eight times a job. The
keys never come from `.netrc`, and proxies are looked for once, here.
"""

from urllib.request import getproxies_environment

from azure.core.pipeline.transport import AioHttpTransport


def azure_transport(*, connection_timeout: float, read_timeout: float) -> AioHttpTransport:
    """Return a transport of its own session, which obeys proxy settings only where there are some. Times in seconds."""
    return AioHttpTransport(
        connection_timeout=connection_timeout, read_timeout=read_timeout, use_env_settings=bool(getproxies_environment())
    )
