#!/usr/bin/env bash
# resvg-py 0.5.0: `svg_to_bytes` has a default resolution of 0 dots an inch. A drawing whose sides are in mm is refused
# as having no valid size; a shape measured in mm within a drawing in pixels is silently left out. With dpi=96, which
# CSS defines, both are drawn. Seen with Python 3.11.
source "$(dirname "$0")/common.bash"
with_packages resvg-py==0.5.0 pillow==13.0.0
seen=$("$python" - <<'PY'
import io
from PIL import Image
from resvg_py import svg_to_bytes

SIDES = '<svg xmlns="http://www.w3.org/2000/svg" width="10mm" height="10mm"><rect width="99" height="99"/></svg>'
SHAPE = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><rect width="10mm" height="10mm"/></svg>'

for name, drawing in (("sides in mm", SIDES), ("a shape in mm", SHAPE)):
    for options in ({}, {"dpi": 96.0}):
        try:
            picture = Image.open(io.BytesIO(bytes(svg_to_bytes(svg_string=drawing, **options))))
            told = f"{picture.size} alpha in the middle {picture.convert('RGBA').getpixel((18, 18))[3]}"
        except Exception as error:
            told = type(error).__name__
        print(f"{name}, {options or 'defaults'}: {told}")
PY
)
expect "$seen" "sides in mm, defaults: ValueError
sides in mm, {'dpi': 96.0}: (38, 38) alpha in the middle 255
a shape in mm, defaults: (40, 40) alpha in the middle 0
a shape in mm, {'dpi': 96.0}: (40, 40) alpha in the middle 255"
