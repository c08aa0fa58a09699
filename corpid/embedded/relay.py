"""Passes connections of one loopback address on to the other.

granian binds one address. Browsers and programs that ask for `localhost` come to 127.0.0.1 or
to ::1, so the web server takes the one this machine's `localhost` names first, and this small
process answers on the other. Run as a script, so that it starts without Django or Celery.
"""

import argparse
import asyncio
import contextlib
import signal

_CHUNK = 64 * 1024


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


async def _relay(address: str, target: str, port: int) -> None:
    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            onward_reader, onward_writer = await asyncio.open_connection(target, port)
        except OSError:  # the web server is being restarted
            writer.close()
            return
        await asyncio.gather(_pump(reader, onward_writer), _pump(onward_reader, writer))
        for side in (writer, onward_writer):
            side.close()

    server = await asyncio.start_server(pass_on, address, port)
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    await stopping.wait()
    server.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("target")
    parser.add_argument("port", type=int)
    arguments = parser.parse_args()
    asyncio.run(_relay(arguments.address, arguments.target, arguments.port))
