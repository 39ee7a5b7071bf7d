"""Quick codes: what can be said with one tap, where typing or speaking is not possible.

The codes are stable and go into reports and messages; the labels are for people. A phone takes them from
``GET /client-config``.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QuickCode:
    """One thing that can be said with a tap."""

    code: str
    zh: str
    en: str

    def as_json(self) -> dict[str, str]:
        """As the client configuration lists it."""
        return {"code": self.code, "zh": self.zh, "en": self.en}


QUICK_CODES = (
    QuickCode("domestic_violence", "家暴", "Domestic violence"),
    QuickCode("being_followed", "被跟踪", "I am being followed"),
    QuickCode("has_knife", "有刀", "They have a knife"),
    QuickCode("has_gun", "有枪", "They have a gun"),
    QuickCode("has_explosive", "有爆炸物", "There are explosives"),
    QuickCode("intruder", "有人闯入", "Someone has broken in"),
    QuickCode("held_captive", "被限制人身自由", "I am being held"),
    QuickCode("sexual_assault", "性侵害", "Sexual assault"),
    QuickCode("robbery", "抢劫", "Robbery"),
    QuickCode("fight", "打架斗殴", "A fight"),
    QuickCode("in_vehicle", "在车上", "I am in a vehicle"),
    QuickCode("injured", "有人受伤", "Someone is injured"),
    QuickCode("child_present", "有儿童", "A child is here"),
    QuickCode("cannot_speak", "不便说话", "I can't speak"),
    QuickCode("hiding", "已躲藏", "I am hiding"),
    QuickCode("suspects_1", "对方1人", "One person"),
    QuickCode("suspects_2_3", "对方2至3人", "Two or three people"),
    QuickCode("suspects_4_plus", "对方4人以上", "Four people or more"),
    QuickCode("suspect_gone", "对方已离开", "They have left"),
    QuickCode("yes", "是", "Yes"),
    QuickCode("no", "否", "No"),
)

KNOWN = frozenset(entry.code for entry in QUICK_CODES)
BY_LABEL = {entry.zh: entry.code for entry in QUICK_CODES}
