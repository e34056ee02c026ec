"""Draws the photos that a survey would have brought home."""

import random
from pathlib import Path

from qgis.PyQt.QtCore import QPointF, QRectF
from qgis.PyQt.QtGui import QBrush, QColor, QImage, QLinearGradient, QPainter, QPainterPath, QPen, QPolygonF

WIDTH, HEIGHT = 640, 480
CODES = ("P01", "P02")


def write(folder: Path) -> None:
    """Writes one photo for each of the first points."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, code in enumerate(CODES):
        path = folder / f"sampling_points_{code}.jpg"
        if not _draw(number).save(str(path), "JPEG", 82):
            raise OSError(f"The photo {path} cannot be written.")


def _draw(number: int) -> QImage:
    """A river running out of the hills, different for each number."""
    chance = random.Random(number + 11)
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(0, 0, 0, 0)))
    painter.fillRect(image.rect(), _gradient(0, HEIGHT * 0.55, "#7db4e6", "#e8f1f6"))
    for depth, colour in enumerate(("#9fb4c4", "#7d9a8d", "#5d8560")):
        _hills(painter, chance, HEIGHT * (0.30 + 0.09 * depth), QColor(colour))
    painter.fillRect(QRectF(0, HEIGHT * 0.55, WIDTH, HEIGHT * 0.45), _gradient(HEIGHT * 0.55, HEIGHT, "#8db46a", "#5f8f46"))
    _river(painter, 0.42 + 0.16 * number)
    for _ in range(26):
        _stone(painter, chance)
    for _ in range(14):
        _tree(painter, chance)
    painter.end()
    return image


def _gradient(top: float, bottom: float, first: str, last: str) -> QBrush:
    gradient = QLinearGradient(0, top, 0, bottom)
    gradient.setColorAt(0, QColor(first))
    gradient.setColorAt(1, QColor(last))
    return QBrush(gradient)


def _hills(painter: QPainter, chance: random.Random, base: float, colour: QColor) -> None:
    ridge = [QPointF(x, base + chance.uniform(-28, 28)) for x in range(0, WIDTH + 81, 80)]
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([QPointF(0, HEIGHT * 0.6), *ridge, QPointF(WIDTH, HEIGHT * 0.6)]))


def _river(painter: QPainter, vanishing: float) -> None:
    far, near = WIDTH * vanishing, WIDTH * 0.5
    top = HEIGHT * 0.55
    for spread, brush in ((1.35, QBrush(QColor("#cfc6ab"))), (1.0, _gradient(top, HEIGHT, "#b8d8ea", "#3f7fa8"))):
        path = QPainterPath(QPointF(far - 6 * spread, top))
        path.cubicTo(far + 90, top + 60, near - 260 * spread, HEIGHT - 130, near - 190 * spread, HEIGHT)
        path.lineTo(near + 190 * spread, HEIGHT)
        path.cubicTo(near + 60 * spread, HEIGHT - 130, far + 150 * spread, top + 60, far + 6 * spread, top)
        painter.setBrush(brush)
        painter.drawPath(path)


def _stone(painter: QPainter, chance: random.Random) -> None:
    y = chance.uniform(HEIGHT * 0.75, HEIGHT)
    size, shade = (y / HEIGHT) ** 4 * 22, chance.randint(120, 190)
    painter.setBrush(QColor(shade, shade, shade - 12))
    painter.drawEllipse(QRectF(chance.uniform(WIDTH * 0.2, WIDTH * 0.8), y, size * 1.7, size))


def _tree(painter: QPainter, chance: random.Random) -> None:
    x = chance.choice((chance.uniform(0, WIDTH * 0.27), chance.uniform(WIDTH * 0.76, WIDTH)))
    y = chance.uniform(HEIGHT * 0.56, HEIGHT * 0.72)
    size = 30 + (y - HEIGHT * 0.55) * 0.5
    painter.setBrush(QColor("#5b4a38"))
    painter.drawRect(QRectF(x - 2, y, 4, size * 0.5))
    painter.setBrush(QColor(50 + chance.randint(0, 40), 100 + chance.randint(0, 40), 55))
    painter.drawEllipse(QPointF(x, y - size * 0.2), size * 0.42, size * 0.6)
