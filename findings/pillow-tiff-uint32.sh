#!/usr/bin/env bash
# Pillow 13.0.0: a TIFF of unsigned 32-bit samples, little-endian, opens as mode "I", which is signed: what is above
# 2^31-1 comes out negative, without a warning. The same picture in big-endian order is not identified at all. Written
# here by tifffile 2025.5.10, which reads both back unchanged.
source "$(dirname "$0")/common.bash"
with_packages pillow==13.0.0 tifffile==2025.5.10 numpy==2.4.6
seen=$(cd "$folder" && "$python" - <<'PY'
import numpy
import tifffile
from PIL import Image, UnidentifiedImageError

samples = numpy.array([[0, 1], [2**31, 2**32 - 1]], dtype=numpy.uint32)
for order in "<>":
    tifffile.imwrite("a.tif", samples, byteorder=order)
    assert (tifffile.imread("a.tif") == samples).all()
    try:
        with Image.open("a.tif") as picture:
            print(order, picture.mode, list(picture.get_flattened_data()))
    except UnidentifiedImageError:
        print(order, "not identified")
PY
)
expect "$seen" "< I [0, 1, -2147483648, -1]
> not identified"
