"""A QR code as SVG: one path on white, so that it scans from a dark page too."""

import io

import qrcode
import qrcode.image.svg


def qr_svg(text: str) -> str:
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    code.add_data(text)
    picture = code.make_image(image_factory=qrcode.image.svg.SvgPathFillImage)
    buffer = io.BytesIO()
    picture.save(buffer)
    return buffer.getvalue().decode("utf-8")
