#!/usr/bin/env bash
# discord.py 2.7.1: Guild.create_soundboard_sound takes a file for an MP3 only if it begins with an ID3 tag or with the
# header of MPEG-1 (FF FB). An MP3 of 24 kHz or less, as speech services make them, begins with FF F3 (MPEG-2) or FF E3
# (MPEG-2.5), and OGG with "OggS": each raises ValueError before anything is sent, though Discord documents MP3 and OGG.
# The same sound encoded at 32 kHz or more is sent. Files by soundfile 0.14.0 (libsndfile 1.2.2). Seen with Python 3.11.
source "$(dirname "$0")/common.bash"
with_packages discord.py==2.7.1 soundfile==0.14.0 numpy==2.4.6
seen=$(cd "$folder" && "$python" - <<'PY'
import asyncio
import io

import discord
import numpy
import soundfile


def sound(rate, form, codec):
    tone = 0.3 * numpy.sin(numpy.arange(rate) / 20)
    file = io.BytesIO()
    soundfile.write(file, tone, rate, format=form, subtype=codec)
    return file.getvalue()


class Sent(Exception):
    """In place of the request."""


async def main():
    client = discord.Client(intents=discord.Intents.none())
    guild = discord.Guild(data={"id": "1", "name": "a server"}, state=client._connection)

    async def request(*_, **__):
        raise Sent

    client.http.request = request
    files = {f"MP3 at {rate} Hz": sound(rate, "MP3", "MPEG_LAYER_III") for rate in (48000, 32000, 24000, 8000)}
    files["OGG at 48000 Hz"] = sound(48000, "OGG", "VORBIS")
    for name, data in files.items():
        try:
            await guild.create_soundboard_sound(name="tone", sound=data)
        except Sent:
            print(name, data[:2].hex(), "sent")
        except ValueError as error:
            print(name, data[:2].hex(), "refused:", error)


asyncio.run(main())
PY
)
expect "$seen" "MP3 at 48000 Hz fffb sent
MP3 at 32000 Hz fffb sent
MP3 at 24000 Hz fff3 refused: Unsupported audio type given
MP3 at 8000 Hz ffe3 refused: Unsupported audio type given
OGG at 48000 Hz 4f67 refused: Unsupported audio type given"
