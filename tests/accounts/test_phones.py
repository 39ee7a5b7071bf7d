"""Phone numbers as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import phones
from foundation.errors import Invalid


@pytest.mark.parametrize(
    "text",
    [
        "13800000001",
        "+8613800000001",
        "+86 138-0000-0001",
        "0086 138 0000 0001",
        "008613800000001",
        "86 13800000001",
        " 138 0000 0001 ",
        "１３８００００　０００１",
        "＋８６１３８０００００００１",
        "138.0000.0001",
        "138–0000–0001",
        "138\u00a00000\u00a00001",
    ],
)
def test_it_works(text: str) -> None:
    assert phones.parse(text) == "+8613800000001"


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True).filter(str.isascii))
def test_every_number_of_the_plan_counts(national: str) -> None:
    assert phones.parse(national) == f"+86{national}"
    assert phones.parse(f"+86{national}") == f"+86{national}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "110",
        "12306",
        "1380000000",
        "138000000011",
        "12800000001",
        "031186210001",  # a landline of Shijiazhuang
        "+1 650 253 0000",
        "+852 6123 4567",
        "+86",
        "138-FLOWERS",
        "13800000001 ext. 5",
        "13800000001;ext=5",
        "tel:13800000001",
        "13800000001\x00",
        "\ud800" * 11,
        "1" * 10_000,
        "👮",
    ],
)
def test_others_are_refused_by_name(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        phones.parse(text)
    assert [(e.field, e.code) for e in caught.value.errors] == [("phone", "invalid_phone")]


@given(st.text())
def test_whatever_comes_is_a_number_or_a_clear_error(text: str) -> None:
    try:
        outcome = phones.parse(text, field="contact_phone")
    except Invalid as error:
        outcome = error.errors[0].field
    assert outcome == "contact_phone" or (outcome.startswith("+861") and len(outcome) == 14)


def test_others_see_it_masked() -> None:
    assert phones.masked("+8613812345678") == "138****5678"
    assert phones.masked(None) == ""
