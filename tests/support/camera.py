"""The camera of a Chromium that plays a file: what it shows, and how the browser is told."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

WIDTH, HEIGHT = 1280, 720


def arguments(video: Path) -> list[str]:
    """What Chromium is started with to see this video when a page opens the camera; it is read at that moment."""
    fake = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    return [*fake, f"--use-file-for-fake-video-capture={video}"]


def film(picture: Image.Image, to: Path) -> None:
    """Write a video of a few frames of a picture, as a camera held before it would see it."""
    scene = Image.new("RGB", (WIDTH, HEIGHT), "#776655")
    picture.thumbnail((WIDTH, HEIGHT))
    scene.paste(picture, ((WIDTH - picture.width) // 2, (HEIGHT - picture.height) // 2))
    light, blue, red = scene.convert("YCbCr").split()
    half = (WIDTH // 2, HEIGHT // 2)
    frame = b"FRAME\n" + light.tobytes() + blue.resize(half).tobytes() + red.resize(half).tobytes()
    to.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * 5)
