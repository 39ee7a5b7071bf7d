"""The room's deeds. Outside code calls them as ``dispatch.actions.claim(…)``."""

from dispatch.actions.claiming import claim, heartbeat, release, take_over
from dispatch.actions.closing import archive, cancel, close, invalidate, revive
from dispatch.actions.conversing import list_messages, mark_read, write_message
from dispatch.actions.feedback import give_feedback, send_feedback_back
from dispatch.actions.intake import accept, edit, receive
from dispatch.actions.looking import look_at
from dispatch.actions.ordering import cancel_order, issue_order, review_return, urge
from dispatch.actions.responding import arrive, depart, finish, request_return, sign

__all__ = [
    "accept",
    "archive",
    "arrive",
    "cancel",
    "cancel_order",
    "claim",
    "close",
    "depart",
    "edit",
    "finish",
    "give_feedback",
    "heartbeat",
    "invalidate",
    "issue_order",
    "list_messages",
    "look_at",
    "mark_read",
    "receive",
    "release",
    "request_return",
    "review_return",
    "revive",
    "send_feedback_back",
    "sign",
    "take_over",
    "urge",
    "write_message",
]
