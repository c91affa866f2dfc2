"""Drawings: what is drawn, what is said of the rest, and what never reaches the renderer."""

import base64
import gzip
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from bot.ui.exhibits import drawing_fonts, drawings
from bot.ui.exhibits.drawing_colors import is_newer
from bot.ui.exhibits.drawing_fonts import Families
from bot.ui.exhibits.drawings import draw, is_drawing
from bot.ui.exhibits.exhibit import Remark

SVG = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
RED, BLACK, CLEAR = (255, 0, 0, 255), (0, 0, 0, 255), (0, 0, 0, 0)
WHOLE = '<rect width="40" height="20" fill="red"/>'


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small box: none of this is about pixels."""
    monkeypatch.setattr(drawings, "SIDE", 256)


def svg(inside: str = WHOLE, size: str = 'viewBox="0 0 40 20"', before: str = "") -> str:
    return f"{before}<svg {SVG} {size}>{inside}</svg>"


def drawn(folder: Path, text: str | bytes) -> tuple[Image.Image, tuple[Remark, ...]]:
    path = folder / "drawing"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert is_drawing(path.read_bytes()[:4096], "image/svg+xml")
    found = draw(path)
    return found.image.convert("RGBA"), found.remarks


def middle(image: Image.Image) -> tuple[int, ...]:
    found = image.getpixel((image.width // 2, image.height // 2))
    assert isinstance(found, tuple)
    return tuple(int(value) for value in found)


# -- drawn ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", ["mm", "cm", "in", "pt", "pc", "px", ""])
def test_any_unit_measures_a_drawing_and_what_is_in_it(tmp_path: Path, unit: str) -> None:
    sized = svg(size=f'width="80{unit}" height="40{unit}" viewBox="0 0 40 20"')
    image, remarks = drawn(tmp_path, sized)
    assert image.size == pytest.approx((256, 128), abs=4)  # whole pixels before it is enlarged
    assert (middle(image), remarks) == (RED, ())
    inside = f'<rect width="50{unit}" height="50{unit}" fill="red"/>'
    assert middle(drawn(tmp_path, svg(inside))[0]) == RED
    line = f'<path d="M0 10H40" stroke="red" stroke-width="30{unit}"/>'
    assert middle(drawn(tmp_path, svg(line))[0]) == RED


def test_no_side_is_longer_than_a_preview_s(tmp_path: Path) -> None:
    tall, _ = drawn(tmp_path, svg('<rect width="20" height="40" fill="red"/>', 'viewBox="0 0 20 40"'))
    assert (tall.size, middle(tall)) == ((128, 256), RED)


def test_an_inch_is_96_units(tmp_path: Path) -> None:
    image, _ = drawn(tmp_path, svg('<rect width="1in" height="96" fill="red"/>', 'viewBox="0 0 192 96"'))
    assert [image.getpixel((x, 60)) for x in (126, 130)] == [RED, CLEAR]


ILLUSTRATOR = """<?xml version="1.0" encoding="utf-8"?>
<!-- Generator -->
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd" [
	<!ENTITY ns_extend "http://ns.adobe.com/Extensibility/1.0/">
	<!ENTITY ns_ai 'http://ns.adobe.com/AdobeIllustrator/10.0/'>
	<!ENTITY ns_svg "http://www.w3.org/2000/svg">
	<!ENTITY red "#ff0000">
	<!ENTITY st0 "fill:&red;;">
]>
<svg xmlns="&ns_svg;" xmlns:x="&ns_extend;" xmlns:i="&ns_ai;" viewBox="0 0 40 20">
<switch><foreignObject requiredExtensions="&ns_ai;" width="1" height="1"><i:pgfRef/></foreignObject>
<g x:extraneous="self"><rect style="&st0;" width="40" height="20"/></g></switch></svg>"""


@pytest.mark.parametrize(
    "text",
    [
        ILLUSTRATOR,
        svg(f'<a href="mailto:me@example.com">{WHOLE}</a>'),
        svg(f'<a xlink:href="/somewhere">{WHOLE}</a>'),
        svg().encode("utf-16"),
        svg(before='<?xml version="1.0" encoding="UTF-16"?>').encode("utf-16"),
        svg(before="\ufeff").encode("utf-16-be"),
        svg(before='<?xml version="1.0" encoding="ISO-8859-1"?><!-- é -->').encode("latin-1"),
        svg(before='<?xml version="1.0" encoding="nonsense"?>'),
        gzip.compress(svg().encode(), mtime=0),
        gzip.compress(svg().encode("utf-16"), mtime=0),
        svg(before="<!DOCTYPE svg>"),
        svg(f"<switch><foreignObject width='9' height='9'/>{WHOLE}</switch>"),
        svg(f'<style>rect{{fill:rgb(255 0 0)}}</style><image href="#a"/>{WHOLE}'),
    ],
)
def test_it_is_drawn_and_nothing_is_missing(tmp_path: Path, text: str | bytes) -> None:
    image, remarks = drawn(tmp_path, text)
    assert (middle(image), remarks) == (RED, ())


# -- drawn, with a word -----------------------------------------------------------------------------------

HTML = (
    '<foreignObject width="40" height="20"><p xmlns="http://www.w3.org/1999/xhtml">words</p></foreignObject>'
)
WEB = '<image href="https://example.com/a.png" width="40" height="20"/>'


@pytest.mark.parametrize(
    ("inside", "remarks"),
    [
        (WEB, {Remark.WEB}),
        (WEB.replace("href", "xlink:href"), {Remark.WEB}),
        (HTML, {Remark.HTML}),
        (WEB + HTML, {Remark.WEB, Remark.HTML}),
        ('<rect width="40" height="20" fill="oklch(0.6 0.25 30)"/>', {Remark.COLORS}),
        ('<rect width="40" height="20" style="opacity:1; fill : color(display-p3 1 0 0)"/>', {Remark.COLORS}),
        ('<style>.a { stroke:red; fill: var(--a, red) }</style><rect class="a" width="9"/>', {Remark.COLORS}),
        (f'<rect width="9"><animate attributeName="x"/></rect>{WHOLE}', {Remark.STILL}),
        (f"<style>@keyframes a {{ }}</style>{WHOLE}", {Remark.STILL}),
    ],
)
def test_what_is_not_drawn_is_told(tmp_path: Path, inside: str, remarks: set[Remark]) -> None:
    assert set(drawn(tmp_path, svg(inside))[1]) == remarks


# -- words ------------------------------------------------------------------------------------------------


def worded(family: str) -> str:
    return svg(f'{WHOLE}<text x="4" y="16" font-size="12"{family}>Words<tspan> more</tspan></text>')


@pytest.mark.parametrize(
    "family",
    [
        *("", ' font-family="serif"', ' font-family="Arial, sans-serif"', ' font-family="monospace"'),
        ' style="font-family: Nowhere At All"',
    ],
)
def test_words_are_drawn_in_whatever_font_there_is_or_told(tmp_path: Path, family: str) -> None:
    image, remarks = drawn(tmp_path, worded(family))
    darkest, _ = image.getchannel("R").getextrema()
    assert (darkest == 0) != (Remark.WORDS in remarks)
    assert middle(image) in {RED, BLACK}


@pytest.fixture
def fonts(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """The families of another machine, to be filled; the general ones where the library finds one."""
    here: set[str] = set()

    def draws(family: str, serif: str | None) -> bool:
        return bool(here & {family, serif or "serif"})

    monkeypatch.setattr(drawing_fonts, "_draws", draws)
    drawing_fonts.families.cache_clear()
    yield here
    drawing_fonts.families.cache_clear()


@pytest.mark.parametrize(
    ("here", "told"),
    [
        ({"serif", "sans-serif", "monospace", "Liberation Serif"}, Families()),
        (
            {"DejaVu Serif", "DejaVu Sans", "Noto Sans", "DejaVu Sans Mono"},
            Families(serif="DejaVu Serif", sans="DejaVu Sans", mono="DejaVu Sans Mono"),
        ),
        ({"serif", "Noto Sans"}, Families(sans="Noto Sans")),
        ({"Noto Sans"}, Families(serif="Noto Sans", sans="Noto Sans")),
        ({"sans-serif"}, Families()),
        ({"Fancy"}, None),
    ],
)
def test_families_stand_for_those_that_are_missing(
    fonts: set[str], here: set[str], told: Families | None
) -> None:
    fonts |= here
    assert drawing_fonts.families() == told


@pytest.mark.usefixtures("fonts")
def test_without_a_font_only_words_are_told_of(tmp_path: Path) -> None:
    assert drawn(tmp_path, worded(""))[1] == (Remark.WORDS,)
    for wordless in ("<text> </text>", "<title>a</title>", "<style>text{fill:red}</style>"):
        assert drawn(tmp_path, svg(wordless + WHOLE))[1] == ()


# -- colors -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "color",
    [
        "red", "#f00", "#ff0000ff", "rgb(255 0 0)", "rgba(255,0,0,.5)", "hsl(0,100%,50%)", "rgb(100% 0% 0%)",
        "RGB( 255 , 0 , 0 )", "url(#none) red", "none", "transparent", "context-fill",
        "rgb(255 0 0 / 50%)", "rgba(255,0,0,50%)", "hsl(0deg 100% 50%)", "hsl(0.5turn 100% 50%)",
        "rgb(none 0 0)", "hwb(0 0% 0%)", "lab(50% 80 60)", "oklab(.6 .2 .1)", "oklch(0.6 0.25 30)",
        "color(display-p3 1 0 0)", "color-mix(in srgb, red, blue)", "var(--x, red)", "light-dark(red, red)",
        "rebeccapurple", "AccentColor", "rgb(from red r g b)", "rgb(calc(255) 0 0)",
        "#CD853F icc-color(acme, 0.11)",
    ],
)  # fmt: skip
def test_a_color_is_told_of_if_and_only_if_the_renderer_paints_it_black(tmp_path: Path, color: str) -> None:
    image, _ = drawn(tmp_path, svg(f'<path d="M0 0V1"/><rect width="40" height="20" fill="{color}"/>{HTML}'))
    assert is_newer(color) == (middle(image) == BLACK)


# -- never drawn ------------------------------------------------------------------------------------------


def nested(depth: int) -> str:
    """Entities that grow tenfold with each of their kin."""
    told = ['<!ENTITY a0 "0123456789">']
    told += [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, depth)]
    return svg(f"<desc>&a{depth - 1};</desc>{WHOLE}", before=f"<!DOCTYPE svg [{''.join(told)}]>")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (nested(9), "too long"),
        (
            svg(f"<desc>{'&a;' * 3000}</desc>", before=f'<!DOCTYPE svg [<!ENTITY a "{"x" * 60_000}">]>'),
            "too long",
        ),
        (svg("&a;", before='<!DOCTYPE svg [<!ENTITY a "&b;"><!ENTITY b "&a;">]>'), "no XML"),
        (svg("&a;", before='<!DOCTYPE svg [<!ENTITY a SYSTEM "/etc/hostname">]>'), "another file"),
        (svg("&a;", before='<!DOCTYPE svg [<!ENTITY a PUBLIC "a" "/etc/hostname">]>'), "another file"),
        (svg(before='<!DOCTYPE svg [<!ENTITY % a SYSTEM "/etc/hostname"> %a;]>'), "another file"),
        (svg("&nowhere;"), "no XML"),
        (gzip.compress(b"<svg>" + b" " * 9_000_000, mtime=0), "too long"),
        (gzip.compress(svg().encode(), mtime=0)[:-30], "no XML"),
        (svg("<g>"), "no XML"),
        (svg('<rect width="0" height="0"/>'), "nothing is drawn"),
    ],
)
def test_what_is_refused_says_why(tmp_path: Path, text: str | bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        drawn(tmp_path, text)


def test_no_drawing_shows_another_file_of_this_machine(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    Image.new("RGB", (8, 8), "blue").save(secret)
    box = 'width="40" height="20"'
    for inside in (
        f'<image href="{secret}" {box}/>',
        f"<image xlink:href=' file://{secret}' {box}/>",
        f'<image href="&#47;{str(secret)[1:]}" {box}/>',
        f'<filter id="f"><feImage href="{secret}"/></filter><rect {box} filter="url(#f)"/>',
        f'<image href="&a;" {box}/>',
        f'<s:image xmlns:s="http://www.w3.org/2000/svg" href="{secret}" {box}/>',
    ):
        with pytest.raises(ValueError, match="another file"):
            drawn(tmp_path, svg(inside, before=f"<!DOCTYPE svg [<!ENTITY a '{secret}'>]>"))
    packed = base64.b64encode(svg(f'<image href="{secret}" {box}/>').encode()).decode()
    inside = f'<path d="M0 0H1V1Z"/><image href="data:image/svg+xml;base64,{packed}" {box}/>'
    assert middle(drawn(tmp_path, svg(inside))[0]) == CLEAR
    assert middle(drawn(tmp_path, svg(f'<use href="{secret}#a"/>{WHOLE}'))[0]) == RED


def test_a_picture_inside_is_drawn(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(buffer, "PNG")
    link = f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
    image, remarks = drawn(tmp_path, svg(f'<image xlink:href="{link}" width="40" height="20"/>'))
    assert (middle(image), remarks) == (RED, ())
