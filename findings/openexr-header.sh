#!/usr/bin/env bash
# OpenEXR 3.5.3 (the Python package): the dictionary behind `Part.header` is emptied when the file's `with` block ends,
# also where the caller holds it. Code that keeps a header and closes the file reads no windows and no channels, without
# an error. A copy made within the block keeps everything. Seen with Python 3.11.
source "$(dirname "$0")/common.bash"
with_packages OpenEXR==3.5.3 numpy==2.4.6
seen=$(cd "$folder" && "$python" - <<'PY'
import numpy
import OpenEXR

pixels = numpy.zeros((4, 4, 3), dtype=numpy.float32)
with OpenEXR.File({"type": OpenEXR.scanlineimage}, {"RGB": pixels}) as made:
    made.write("a.exr")
with OpenEXR.File("a.exr") as file:
    kept = file.parts[0].header
    copied = dict(kept)
    print("inside:", "dataWindow" in kept)
print("after:", "dataWindow" in kept, len(kept))
print("the copy after:", "dataWindow" in copied)
PY
)
expect "$seen" "inside: True
after: False 0
the copy after: True"
