"""Draws Oriel's icon in all sizes that the systems want, from its one drawing: PNGs, oriel.ico, oriel.icns."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

DRAWING = Path(__file__).resolve().parent.parent / "resources" / "icons" / "oriel.svg"
EDGES_PX = (16, 22, 24, 32, 48, 64, 128, 256, 512, 1024)
ICO_EDGES_PX = (16, 24, 32, 48, 64, 128, 256)


def main(folder: Path) -> None:
    """Write hicolor/<edge>x<edge>/, oriel.ico and oriel.icns into the folder."""
    drawn = {edge: _draw(edge) for edge in EDGES_PX}
    for edge, image in drawn.items():
        place = folder / "hicolor" / f"{edge}x{edge}" / "apps"
        place.mkdir(parents=True, exist_ok=True)
        image.save(place / "oriel.png", optimize=True)
    # Each size is drawn, none is shrunk: at 16 px that is the difference between lines and mud.
    small = [drawn[edge] for edge in ICO_EDGES_PX]
    small[-1].save(folder / "oriel.ico", sizes=[image.size for image in small], append_images=small[:-1])
    drawn[1024].save(folder / "oriel.icns", append_images=[drawn[edge] for edge in (16, 32, 64, 128, 256, 512)])


def _draw(edge_px: int) -> Image.Image:
    image = QImage(edge_px, edge_px, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(DRAWING)).render(painter)
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return Image.open(io.BytesIO(data.data())).convert("RGBA")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
