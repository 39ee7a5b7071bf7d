"""A real recorder pushes to a real server and is smashed; the dispatcher sees what there was."""

import hashlib
import io
import random
import re
import shutil
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import av
import httpx
import pytest

from foundation import clock
from tests.evidence import hls
from tests.evidence.media import FFMPEG, ts
from tests.personas import IN_COUNTY
from tests.servers import Server

pytestmark = pytest.mark.server

ANSWERED = re.compile(r"\[secret\]/(\S+?)'?\s.*status=201")
STORED = re.compile(r"(init\.mp4|index\d+\.m4s)")


class Recorder:
    """``ffmpeg`` as a phone's recorder, in real time; ``streamed_s`` is what it says that it has encoded."""

    def __init__(self, url: str) -> None:
        command = [FFMPEG, "-v", "error", "-nostdin", "-progress", "pipe:1", "-stats_period", "0.1", "-re"]
        command += ["-f", "lavfi", "-i", "testsrc=size=320x240:rate=25", "-f", "lavfi", "-re", "-i", "sine"]
        command += [
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-tune",
            "zerolatency",
            "-g",
            "25",
            "-pix_fmt",
            "yuv420p",
        ]
        command += ["-c:a", "aac", "-f", "hls", "-hls_segment_type", "fmp4", "-hls_time", "1"]
        command += ["-hls_playlist_type", "event", "-method", "PUT", "-http_persistent", "1", f"{url}/index.m3u8"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.streamed_s = 0.0
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("out_time_us=") and line[12:].strip().isdigit():
                self.streamed_s = int(line[12:]) / 1_000_000

    def run_for(self, seconds: float) -> None:
        """Wait until so much is encoded."""
        deadline = time.monotonic() + seconds + 30
        while self.streamed_s < seconds:
            assert self.process.poll() is None, "the recorder has ended"
            assert time.monotonic() < deadline, "the recorder is stuck"
            time.sleep(0.02)

    def end(self, how: int) -> None:
        self.process.send_signal(how)
        self.process.wait(timeout=20)
        self._reader.join(timeout=20)
        assert self.process.stdout is not None
        self.process.stdout.close()


def record(server: Server) -> dict[str, Any]:
    """王芳 reports and opens a recording."""
    with server.http("fang") as phone:
        report = {"client_uuid": str(uuid.uuid4()), "kind": "video", "position": IN_COUNTY}
        made = phone.post("/api/v1/reports", json={**report, "reported_at": clock.rfc3339(clock.now())})
        assert made.status_code == 201, made.text
        body = {"media": "video", "started_at": clock.rfc3339(clock.now())}
        started = phone.post(f"/api/v1/reports/{made.json()['id']}/recordings", json=body)
        assert started.status_code == 201, started.text
        found: dict[str, Any] = started.json()
        return found


def watch(server: Server, recording: dict[str, Any]) -> dict[str, str]:
    with server.http("dispatcher") as console:
        answer = console.post(f"/api/v1/recordings/{recording['id']}/playback", json={"reason": "接警"})
        assert answer.status_code == 201, answer.text
        found: dict[str, str] = answer.json()
        return found


def state(server: Server, recording: dict[str, Any]) -> dict[str, Any]:
    with server.http("fang") as phone:
        found: dict[str, Any] = phone.get(f"/api/v1/recordings/{recording['id']}").json()
        return found


def settled(server: Server, recording: dict[str, Any]) -> dict[str, Any]:
    """The recording once nothing more comes in."""
    before = state(server, recording)
    while True:
        time.sleep(0.5)
        after = state(server, recording)
        if after == before:
            return after
        before = after


def decode(list_url: str) -> tuple[float, int]:
    """Fetch a list and all that it names, join the bytes, decode every frame: length in seconds, and frames."""
    playlist = hls.read(httpx.get(list_url).text)
    whole, init = b"", None
    for segment in playlist.played:
        if segment.init != init and segment.init is not None:
            init = segment.init
            whole += httpx.get(list_url.rsplit("/", 1)[0] + "/" + init).content
        whole += httpx.get(list_url.rsplit("/", 1)[0] + "/" + segment.uri).content
    with av.open(io.BytesIO(whole), "r") as container:
        frames = sum(1 for _ in container.decode(video=0))
    return frames / 25, frames


def check_files(server: Server, recording: dict[str, Any], objects: int) -> None:
    """The bytes lie on disk under their hashes."""
    files = list((server.data / "media" / "evidence" / recording["id"]).iterdir())
    assert len(files) == objects
    for file in files:
        assert hashlib.sha256(file.read_bytes()).hexdigest() == file.stem


def smash_the_phone(server: Server, seconds: float) -> None:
    said_before = len(server.log_text())
    recording = record(server)
    recorder = Recorder(recording["secret_ingest_url"])
    recorder.run_for(seconds)
    recorder.end(signal.SIGKILL)
    found = settled(server, recording)
    answered = {name for name in ANSWERED.findall(server.log_text()[said_before:]) if STORED.fullmatch(name)}
    assert len(answered) == found["arrivals"] == found["segments"] + 1
    check_files(server, recording, len(answered))
    assert found["duration_s"] >= recorder.streamed_s - 2
    addresses = watch(server, recording)
    length, _ = decode(addresses["playlist_url"])
    assert length == pytest.approx(found["duration_s"], abs=0.2)
    assert length >= recorder.streamed_s - 2
    assert decode(addresses["final_url"])[0] == length
    with server.http("fang") as phone:
        assert phone.get(f"/api/v1/recordings/{recording['id']}/missing").json()["missing"] == []


# Each worker of a parallel run must collect the same names, so the moments are drawn inside the tests.
@pytest.mark.parametrize("turn", range(3))
def test_a_smashed_phone_loses_at_most_two_segments(server: Server, turn: int) -> None:
    seconds = random.uniform(2.2, 5)
    print(f"killed after {seconds:.2f} s")  # noqa: T201  # shown when it fails
    smash_the_phone(server, seconds)


@pytest.mark.slow
@pytest.mark.parametrize("turn", range(15))
def test_many_smashed_phones(server: Server, turn: int) -> None:
    seconds = random.uniform(1.2, 9)
    print(f"killed after {seconds:.2f} s")  # noqa: T201  # shown when it fails
    smash_the_phone(server, seconds)


def test_a_recorder_that_stops_finishes_and_the_live_list_grows_meanwhile(server: Server) -> None:
    recording = record(server)
    addresses = watch(server, recording)
    recorder = Recorder(recording["secret_ingest_url"])
    before = hls.read(httpx.get(addresses["playlist_url"]).text)
    delays = []
    for seconds in (1.5, 2.5, 3.5, 4.3):
        recorder.run_for(seconds)
        after = hls.read(httpx.get(addresses["playlist_url"]).text)
        hls.only_grew(before, after)
        delays.append(seconds - sum(float(segment.duration) for segment in after.segments))
        before = after
    assert max(delays) < 4, "the dispatcher is a few seconds behind"
    recorder.end(signal.SIGINT)
    found = settled(server, recording)
    assert found["state"] == "finished"
    after = hls.read(httpx.get(addresses["playlist_url"]).text)
    hls.only_grew(before, after)
    assert after.ended
    assert not any(segment.gap for segment in after.segments)
    assert (
        abs((after.segments[0].program_date_time - datetime.fromisoformat(recording["started_at"])).total_seconds()) < 5
    )
    assert decode(addresses["playlist_url"])[0] >= recorder.streamed_s - 0.2


def test_nothing_secret_is_in_the_log(server: Server) -> None:
    recording = record(server)
    addresses = watch(server, recording)
    httpx.put(f"{recording['secret_ingest_url']}/index0.ts", content=ts()["index0.ts"])
    httpx.get(addresses["playlist_url"].replace("index.m3u8", "1.ts"))
    log = server.log_text()
    assert recording["secret_ingest_url"].rsplit("/", 1)[1] not in log
    assert addresses["playlist_url"].split("/")[-2] not in log
    assert "/api/v1/playback/[secret]/1.ts" in log


@pytest.mark.parametrize("which", ["playlist_url", "final_url"])
def test_another_player_reads_the_lists(server: Server, which: str) -> None:
    """Ffmpeg plays a list with a gap, a late segment and an end."""
    recording = record(server)
    media = ts(0, 6)
    with httpx.Client() as phone:
        for number in (0, 1, 3, 4, 5, 2):
            url = f"{recording['secret_ingest_url']}/index{number}.ts"
            assert phone.put(url, content=media[f"index{number}.ts"]).status_code == 201
        phone.put(f"{recording['secret_ingest_url']}/index.m3u8", content=media["index.m3u8"])
    url = watch(server, recording)[which]
    command = [FFMPEG, "-v", "error", "-i", url, "-map", "0:v", "-f", "null", "-progress", "pipe:1", "-"]
    played = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    frames = int(re.findall(r"^frame=(\d+)", played.stdout, re.MULTILINE)[-1])
    assert frames >= (60 if which == "final_url" else 50)


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server that may be killed."""
    made = Server(tmp_path / "server")
    made.prepare()
    made.start()
    yield made
    made.stop(signal.SIGKILL)
    shutil.rmtree(made.data, ignore_errors=True)


def test_a_killed_server_keeps_what_it_answered(own_server: Server) -> None:
    recording = record(own_server)
    media = ts(0, 30)
    answers: dict[int, Any] = {}
    killer = threading.Timer(random.uniform(0.1, 0.6), lambda: own_server.stop(signal.SIGKILL))
    killer.start()
    with httpx.Client(timeout=5) as phone:
        for number in range(30):
            try:
                answer = phone.put(
                    f"{recording['secret_ingest_url']}/index{number}.ts", content=media[f"index{number}.ts"]
                )
            except httpx.HTTPError:
                break
            assert answer.status_code == 201
            answers[number] = answer.json()
    killer.join()
    own_server.start()
    with httpx.Client(timeout=5) as phone:
        for number, first in answers.items():
            again = phone.put(f"{recording['secret_ingest_url']}/index{number}.ts", content=media[f"index{number}.ts"])
            assert (again.status_code, again.json()) == (200, first)
    assert state(own_server, recording)["segments"] in {len(answers), len(answers) + 1}
