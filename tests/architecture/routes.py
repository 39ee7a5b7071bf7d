"""Who may call what: every address of the API, by method. A route that is not here fails the tests.

``anyone`` needs no credential; all others answer 401 without one. Within these the rooms' own tests prove what each
role may do.
"""

ANYONE = "anyone"
CITIZEN = "citizen"  # any signed-in member of the public, for what is their own
STAFF = "staff"  # members of staff, by role and agency
SIGNED_IN = "signed in"  # citizens and staff alike
SECRET = "secret in the path"  # no secret: the address itself is the credential; a wrong one is 404

ROUTES: dict[str, dict[str, str]] = {
    "auth/codes": {"POST": ANYONE},
    "auth/staff-tokens": {"POST": ANYONE},
    "auth/tokens": {"GET": SIGNED_IN, "POST": ANYONE},
    "auth/tokens/<str:token_id>": {"DELETE": SIGNED_IN},
    "client-config": {"GET": ANYONE},
    "contacts": {"GET": CITIZEN, "POST": CITIZEN},
    "contacts/<str:contact_id>": {"DELETE": CITIZEN},
    "contacts/<str:contact_id>/accept": {"POST": CITIZEN},
    "contacts/<str:contact_id>/decline": {"POST": CITIZEN},
    "incident-classes": {"GET": STAFF},
    "incidents": {"GET": STAFF},
    "incidents/<uuid:incident_id>": {"GET": STAFF, "PATCH": STAFF},
    "incidents/<uuid:incident_id>/accept": {"POST": STAFF},
    "incidents/<uuid:incident_id>/archive": {"POST": STAFF},
    "incidents/<uuid:incident_id>/cancel": {"POST": STAFF},
    "incidents/<uuid:incident_id>/claim": {"POST": STAFF},
    "incidents/<uuid:incident_id>/close": {"POST": STAFF},
    "incidents/<uuid:incident_id>/heartbeat": {"POST": STAFF},
    "incidents/<uuid:incident_id>/invalidate": {"POST": STAFF},
    "incidents/<uuid:incident_id>/messages": {"GET": STAFF, "POST": STAFF},
    "incidents/<uuid:incident_id>/messages/read": {"POST": STAFF},
    "incidents/<uuid:incident_id>/orders": {"POST": STAFF},
    "incidents/<uuid:incident_id>/release": {"POST": STAFF},
    "incidents/<uuid:incident_id>/revive": {"POST": STAFF},
    "incidents/<uuid:incident_id>/take-over": {"POST": STAFF},
    "incidents/<uuid:incident_id>/timeline": {"GET": STAFF},
    "ingest/<str:secret>/<path:name>": {"DELETE": SECRET, "POST": SECRET, "PUT": SECRET},
    "ingest/<str:secret>/finish": {"POST": SECRET},
    "me": {"GET": SIGNED_IN, "PATCH": SIGNED_IN},
    "orders": {"GET": STAFF},
    "orders/<uuid:order_id>": {"GET": STAFF},
    "orders/<uuid:order_id>/arrive": {"POST": STAFF},
    "orders/<uuid:order_id>/cancel": {"POST": STAFF},
    "orders/<uuid:order_id>/depart": {"POST": STAFF},
    "orders/<uuid:order_id>/done": {"POST": STAFF},
    "orders/<uuid:order_id>/feedback": {"POST": STAFF},
    "orders/<uuid:order_id>/feedback/send-back": {"POST": STAFF},
    "orders/<uuid:order_id>/request-return": {"POST": STAFF},
    "orders/<uuid:order_id>/review-return": {"POST": STAFF},
    "orders/<uuid:order_id>/sign": {"POST": STAFF},
    "orders/<uuid:order_id>/urge": {"POST": STAFF},
    "playback/<str:ticket>/<str:name>": {"GET": SECRET},
    "playback/<str:ticket>/final.m3u8": {"GET": SECRET},
    "playback/<str:ticket>/index.m3u8": {"GET": SECRET},
    "recordings/<str:recording_id>": {"GET": SIGNED_IN},
    "recordings/<str:recording_id>/finish": {"POST": SIGNED_IN},
    "recordings/<str:recording_id>/ingest/<path:name>": {"DELETE": CITIZEN, "POST": CITIZEN, "PUT": CITIZEN},
    "recordings/<str:recording_id>/missing": {"GET": SIGNED_IN},
    "recordings/<str:recording_id>/playback": {"POST": SIGNED_IN},
    "reports": {"GET": CITIZEN, "POST": CITIZEN},
    "reports/<str:report_id>": {"GET": CITIZEN, "PATCH": CITIZEN},
    "reports/<str:report_id>/fixes": {"POST": CITIZEN},
    "reports/<str:report_id>/messages": {"GET": CITIZEN, "POST": CITIZEN},
    "reports/<str:report_id>/messages/read": {"POST": CITIZEN},
    "reports/<str:report_id>/recordings": {"POST": CITIZEN},
    "units": {"GET": STAFF},
}
