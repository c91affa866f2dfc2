#!/usr/bin/env bash
# PyAV 18.1.0 (its wheel carries FFmpeg's libavcodec 62): a moving WEBP is opened, and decoding it raises
# InvalidDataError, while a still one decodes. In a moving AVIF the first video stream is one still picture; what moves is
# the second, so that `decode(video=0)` shows no movement. Files written by Pillow 13.0.0.
source "$(dirname "$0")/common.bash"
with_packages av==18.1.0 pillow==13.0.0
seen=$(cd "$folder" && "$python" - 2>/dev/null <<'PY'
import av
from PIL import Image

frames = [Image.new("RGB", (64, 64), color) for color in ("red", "lime", "blue")]
for kind in ("webp", "avif", "gif"):
    frames[0].save(f"a.{kind}", save_all=True, append_images=frames[1:], duration=100)
    with av.open(f"a.{kind}") as file:
        streams = len(file.streams.video)
        counts = []
        for number in range(streams):
            try:
                file.seek(0)
            except av.FFmpegError:
                pass
            try:
                counts.append(sum(1 for _ in file.decode(video=number)))
            except av.FFmpegError as error:
                counts.append(type(error).__name__)
    print(kind, counts)
PY
)
expect "$seen" "webp ['InvalidDataError']
avif [1, 3]
gif [3]"
