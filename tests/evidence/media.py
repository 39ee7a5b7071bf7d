"""Real media for the tests, made once by ffmpeg, and short ways to send it."""

import functools
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import imageio_ffmpeg
from rest_framework.test import APIClient

from evidence.models import Recording, ingest_secret

FFMPEG: str = imageio_ffmpeg.get_ffmpeg_exe()


@functools.cache
def fmp4(seed: int = 0, seconds: int = 5) -> dict[str, bytes]:
    """``init.mp4`` and ``index<n>.m4s`` of one second each, as ``ffmpeg -f hls`` makes them. Other seeds, other bytes."""
    return _make(seed, seconds, "fmp4")


@functools.cache
def ts(seed: int = 0, seconds: int = 5) -> dict[str, bytes]:
    """``index<n>.ts`` of one second each."""
    return _make(seed, seconds, "mpegts")


def _make(seed: int, seconds: int, kind: str) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        source = f"testsrc=size=128x96:rate=10,hue=h={seed * 40}"
        command = [FFMPEG, "-v", "error", "-f", "lavfi", "-i", source, "-f", "lavfi", "-i", "sine=frequency=440"]
        command += ["-t", str(seconds), "-c:v", "libx264", "-preset", "ultrafast", "-g", "10"]
        command += ["-pix_fmt", "yuv420p", "-c:a", "aac"]
        if seed % 2:
            command += ["-s", "160x120"]  # another init too
        command += ["-f", "hls", "-hls_segment_type", kind, "-hls_time", "1", "-hls_playlist_type", "event"]
        subprocess.run([*command, f"{folder}/index.m3u8"], check=True, timeout=60)
        return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


def put(client: APIClient, recording: Recording, name: str, body: bytes, **headers: str) -> Any:
    """PUT to the Bearer address."""
    return client.put(
        f"/api/v1/recordings/{recording.id}/ingest/{name}",
        body,
        content_type="application/octet-stream",
        headers=headers,
    )


def put_secret(client: APIClient, recording: Recording, name: str, body: bytes, **headers: str) -> Any:
    """PUT to the secret address."""
    return client.put(
        f"/api/v1/ingest/{ingest_secret(recording.id)}/{name}", body, content_type="video/mp4", headers=headers
    )
