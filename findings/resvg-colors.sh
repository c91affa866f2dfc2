#!/usr/bin/env bash
# resvg-py 0.5.0: a color that its parser does not know is not reported and not taken for "none": the shape is painted
# opaque black. That is so for common spellings of CSS Color 4. A drawing from a current editor may come out as a black
# silhouette, with status "drawn". Seen with Python 3.11; the fill is what the middle pixel has.
source "$(dirname "$0")/common.bash"
with_packages resvg-py==0.5.0 pillow==13.0.0
seen=$("$python" - <<'PY'
import io
from PIL import Image
from resvg_py import svg_to_bytes

for color in ("#f00", "rgb(255,0,0)", "rgb(255 0 0 / 50%)", "hsl(0deg 100% 50%)", "rebeccapurple", "oklch(60% .2 30)"):
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9" fill="{color}"/></svg>'
    picture = Image.open(io.BytesIO(bytes(svg_to_bytes(svg_string=drawing)))).convert("RGBA")
    print(color, picture.getpixel((4, 4)))
PY
)
expect "$seen" "#f00 (255, 0, 0, 255)
rgb(255,0,0) (255, 0, 0, 255)
rgb(255 0 0 / 50%) (0, 0, 0, 255)
hsl(0deg 100% 50%) (0, 0, 0, 255)
rebeccapurple (0, 0, 0, 255)
oklch(60% .2 30) (0, 0, 0, 255)"
