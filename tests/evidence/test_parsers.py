"""Segment lengths as ffmpeg made them, and what cut-off or hostile bytes do: nothing but the parser's own error."""

import contextlib
import io
import struct

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence import client_lists, digests, fmp4, measure, mpegts, names, ranges
from evidence.names import Sort
from foundation.errors import DomainError, Invalid
from tests.evidence import media

SOME = 60


def numbered(files: dict[str, bytes], ending: str) -> list[bytes]:
    return [files[name] for name in sorted(files) if name.endswith(ending)]


def test_fmp4_lengths_are_those_that_were_cut() -> None:
    files = media.fmp4()
    tracks = fmp4.read_init(files["init.mp4"])
    assert sorted(track.handler for track in tracks.values()) == [b"soun", b"vide"]
    for number, segment in enumerate(numbered(files, ".m4s")):
        assert fmp4.read_segment(segment, tracks) == pytest.approx((number, 1))


def test_ts_lengths_are_those_that_were_cut() -> None:
    timings = [mpegts.read_segment(segment) for segment in numbered(media.ts(), ".ts")]
    starts = [timing.start_s for timing in timings]
    assert [timing.duration_s for timing in timings] == [pytest.approx(1)] * 5
    assert [start - (starts[0] or 0) for start in starts if start is not None] == [pytest.approx(n) for n in range(5)]


def test_lengths_agree_with_another_reader() -> None:
    files = media.fmp4()
    tracks = fmp4.read_init(files["init.mp4"])
    for segment in numbered(files, ".m4s"):
        with av.open(io.BytesIO(files["init.mp4"] + segment), "r") as container:
            packets = [p for p in container.demux(video=0) if p.duration]
            length = sum((p.duration or 0) * (p.time_base or 0) for p in packets)
        assert float(length) == pytest.approx(fmp4.read_segment(segment, tracks).duration_s)


def test_ts_times_may_wrap() -> None:
    def packet(pts: int) -> bytes:
        field = struct.pack(">BHH", 0x21 | pts >> 29 & 0xE, (pts >> 14 & 0xFFFE) | 1, (pts << 1 & 0xFFFE) | 1)
        return (b"\x47\x41\x00\x10\x00\x00\x01\xe0\x00\x00\x80\x80\x05" + field).ljust(188, b"\xff")

    around = [(2**33 - 90_000 + n * 45_000) % 2**33 for n in range(4)]
    timing = mpegts.read_segment(b"".join(packet(pts) for pts in around))
    assert timing.start_s == pytest.approx((2**33 - 90_000) / 90_000)
    assert timing.duration_s == pytest.approx(2)


def test_a_segment_that_was_cut_off_still_tells_its_length() -> None:
    files = media.fmp4()
    tracks = fmp4.read_init(files["init.mp4"])
    segment = files["index2.m4s"]
    fmp4.check_segment(segment[: len(segment) // 2])
    assert fmp4.read_segment(segment[: len(segment) // 2], tracks) == fmp4.read_segment(segment, tracks)


def test_an_endless_row_of_boxes_is_refused() -> None:
    with pytest.raises(fmp4.NotFmp4):
        fmp4.check_segment(b"\x00\x00\x00\x08free" * 20_000)


def _check_all(data: bytes) -> None:
    tracks = fmp4.read_init(media.fmp4()["init.mp4"])
    with contextlib.suppress(fmp4.NotFmp4):
        fmp4.read_segment(data, tracks)
    with contextlib.suppress(fmp4.NotFmp4):
        fmp4.check_segment(data)
    with contextlib.suppress(fmp4.NotFmp4):
        for track in fmp4.read_init(data).values():
            assert track.timescale > 0
    with contextlib.suppress(mpegts.NotMpegTs):
        mpegts.check_segment(data)
    mpegts.read_segment(data)
    for sort in (Sort.TS, Sort.FMP4):
        timing = measure.segment(sort, data, None)
        assert timing.duration_s is None or 0 < timing.duration_s <= 3600


@given(st.binary(max_size=400))
@settings(max_examples=SOME, deadline=None)
def test_any_bytes(data: bytes) -> None:
    _check_all(data)
    with contextlib.suppress(DomainError):
        client_lists.parse(data)
    with contextlib.suppress(DomainError):
        client_lists.parse(b"#EXTM3U\n" + data)


@given(st.sampled_from(["init.mp4", "index1.m4s", "index1.ts"]), st.data())
@settings(max_examples=SOME, deadline=None)
def test_real_media_with_changed_and_missing_bytes(name: str, data: st.DataObject) -> None:
    files = media.ts() if name.endswith(".ts") else media.fmp4()
    whole = bytearray(files[name][:3000])
    for _ in range(data.draw(st.integers(0, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.sampled_from([0, 1, 8, 0x7F, 0x80, 0xFF]))
    _check_all(bytes(whole[data.draw(st.integers(0, 40)) : data.draw(st.integers(0, len(whole)))]))


@given(st.text(max_size=230))
@settings(max_examples=SOME)
def test_any_name(text: str) -> None:
    for candidate in (text, text + "7.m4s", text + ".ts"):
        with contextlib.suppress(Invalid):
            found = names.parse(candidate)
            assert "/" not in found.text
            assert found.text.isprintable()
            assert found.seq is None or 0 <= found.seq < 2**63


@given(st.one_of(st.text(max_size=60), st.from_regex(r"bytes=[0-9]*-[0-9]*", fullmatch=True)), st.integers(1, 100))
@settings(max_examples=SOME)
def test_any_range(header: str, size: int) -> None:
    found = ranges.parse(header, size)
    if isinstance(found, range):
        assert 0 <= found.start < found.stop <= size


@given(st.text(max_size=80))
@settings(max_examples=SOME)
def test_any_digest_field(text: str) -> None:
    for field in (text, f"sha-256={text}", f"sha-256=:{text}:"):
        with contextlib.suppress(Invalid):
            found = digests.expected_sha256(field)
            assert found is None or len(found) == 32


@pytest.mark.parametrize(
    ("text", "first", "last", "durations", "ended"),
    [
        ("#EXTM3U", None, None, {}, False),
        ("#EXTM3U\r\n#EXTINF:1.0,\r\nindex3.ts\r\n#EXT-X-ENDLIST\r\n", 3, 3, {3: 1.0}, True),
        ("#EXTM3U\n#EXTINF:2,t\nhttp://x/y/a4.m4s?z=1.ts\n#EXTINF:-1,\nb5.m4s", 4, 5, {4: 2.0}, False),
        ("#EXTM3U\n#EXTINF:inf,\n1.ts\nnonsense\n%ff2.ts\n../3.ts", 1, 3, {}, False),
        ("#EXTM3U\n#EXTINF:1,\n99999999999999999999.ts\n", None, None, {}, False),
    ],
)
def test_client_lists(text: str, first: int | None, last: int | None, durations: dict[int, float], ended: bool) -> None:
    found = client_lists.parse(text.encode())
    assert (found.first, found.last, found.durations, found.ended) == (first, last, durations, ended)
