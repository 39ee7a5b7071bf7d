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
    "client-config": {"GET": ANYONE},
    "reports": {"GET": CITIZEN, "POST": CITIZEN},
    "reports/<str:report_id>": {"GET": CITIZEN, "PATCH": CITIZEN},
    "reports/<str:report_id>/fixes": {"POST": CITIZEN},
    "reports/<str:report_id>/messages": {"GET": CITIZEN, "POST": CITIZEN},
    "reports/<str:report_id>/messages/read": {"POST": CITIZEN},
    "reports/<str:report_id>/recordings": {"POST": CITIZEN},
}
