"""A QR code as SVG, drawn as one path so that no style is needed."""

import io

import qrcode
import qrcode.image.svg


def qr_svg(text: str) -> str:
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=2)
    code.add_data(text)
    picture = code.make_image(image_factory=qrcode.image.svg.SvgPathImage)
    buffer = io.BytesIO()
    picture.save(buffer)
    return buffer.getvalue().decode("utf-8")
