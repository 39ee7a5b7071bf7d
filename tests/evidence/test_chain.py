"""The chain against values computed by hand, with ``sha256sum`` and ``xxd``."""

import subprocess
import uuid

from evidence import chain

RECORDING = uuid.UUID("01A20C2B-9AC5-74BE-87ED-A7C8B04D7F96")
# printf 01a20c2b-9ac5-74be-87ed-a7c8b04d7f96 | sha256sum
ROOT = "840eac22e6f4b37962ce33d9118dcebeff0cac4eee178dc664f14cac2cae5a0d"
# (echo $ROOT; printf init | sha256sum; echo ffffffffffffffff) | cut -c-64 | xxd -r -p | sha256sum
AFTER_INIT = "f6901c291c619342ec09a059c23558d6945aded2f22d88057564e591ea764b24"
# (echo $AFTER_INIT; printf segment | sha256sum; echo 0000000000000102) | cut -c-64 | xxd -r -p | sha256sum
AFTER_SEGMENT = "c2a36e460e4fb6b35295e97317744788bf60f655f3a8aa345db94039268857f2"
SHA256_OF_INIT = "bb54068aea85faa7e487530083366be9962390af822e4c71ef1aca7033c83e66"
SHA256_OF_SEGMENT = "03e71c6d7dc6bd4e89ceaf32f6488ca0aa69b0de784b706cac5818d680e9d97f"


def test_it_works() -> None:
    head = chain.root(RECORDING)
    assert head.hex() == ROOT
    head = chain.link(head, bytes.fromhex(SHA256_OF_INIT), chain.INIT_SEQ)
    assert head.hex() == AFTER_INIT
    head = chain.link(head, bytes.fromhex(SHA256_OF_SEGMENT), 0x102)
    assert head.hex() == AFTER_SEGMENT


def test_anyone_can_verify_it_with_a_command_line() -> None:
    command = f"printf %s {str(RECORDING).lower()} | sha256sum"
    found = subprocess.run(command, shell=True, check=True, capture_output=True, text=True)  # noqa: S602  # a constant
    assert found.stdout.split()[0] == ROOT


def test_every_part_counts() -> None:
    one = chain.link(bytes(32), bytes(32), 0)
    assert len({one, chain.link(b"\x01" * 32, bytes(32), 0), chain.link(bytes(32), b"\x01" * 32, 0)}) == 3
    assert chain.link(bytes(32), bytes(32), 1) != one
    assert len(chain.link(bytes(32), bytes(32), chain.MAX_SEQ)) == 32
