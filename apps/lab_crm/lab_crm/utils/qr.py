"""QR codes on documents and screens."""

import segno


def svg(text: str, css_class: str | None = None) -> str:
	"""Return a QR code as an SVG element that takes the size its place gives it.

	Args:
		text: what it says, usually an address.
		css_class: class of the element.
	"""
	return segno.make(text, error="m").svg_inline(border=2, omitsize=True, svgclass=css_class, lineclass=None)
