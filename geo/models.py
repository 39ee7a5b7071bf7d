"""Agencies: who is responsible where."""

import secrets
from typing import Any

from django.db import models


def new_revision() -> int:
    """A random number below 2^31, so that the sum over all agencies fits a big integer."""
    return secrets.randbelow(2**31)


class RevisionField(models.BigIntegerField):  # type: ignore[type-arg]  # the stubs' field is generic, Django's is not
    """Drawn anew whenever the row is saved, so that whoever keeps a copy of the rows can see that they changed."""

    def pre_save(self, model_instance: models.Model, add: bool) -> int:
        """A new number for every write."""
        revision = new_revision()
        setattr(model_instance, self.attname, revision)
        return revision


class AgencyQuerySet(models.QuerySet["Agency"]):
    """Agencies, selected."""

    def within(self, agency: "Agency") -> "AgencyQuerySet":
        """This agency and everything below it."""
        return self.filter(path__startswith=agency.path)

    def update(self, **kwargs: Any) -> int:
        """Change many rows; they get a new revision."""
        return super().update(**{"revision": new_revision(), **kwargs})


class Agency(models.Model):
    """A police agency (公安机关): the province, a city, a county's command desk, a station, or a base of units.

    Agencies are rows in a tree, not polygons. ``code`` has 12 digits, the first six from GB/T 2260.
    """

    class Level(models.TextChoices):
        PROVINCE = "province", "省厅"
        CITY = "city", "市局"
        COUNTY = "county", "县局指挥中心"
        STATION = "station", "派出所"
        BASE = "base", "警务站"

    class AreaKind(models.TextChoices):
        URBAN = "urban", "城区"
        SUBURBAN = "suburban", "近郊"
        RURAL = "rural", "农村"

    code = models.CharField(max_length=12, primary_key=True)
    name = models.CharField(max_length=80)
    level = models.CharField(max_length=10, choices=Level.choices)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(max_length=80, db_index=True, help_text="/130000000000/130100000000/…/, ends with itself")
    area_code = models.CharField(max_length=6, db_index=True, help_text="GB/T 2260")
    area_kind = models.CharField(max_length=10, choices=AreaKind.choices, default=AreaKind.RURAL)
    lon = models.FloatField(null=True, blank=True, help_text="WGS-84")
    lat = models.FloatField(null=True, blank=True, help_text="WGS-84")
    position_synthetic = models.BooleanField(default=True, help_text="The position is made up, for want of open data.")
    is_active = models.BooleanField(default=True)
    revision = RevisionField(
        default=new_revision, editable=False, help_text="Name it in update_fields when you save some fields only."
    )

    objects = AgencyQuerySet.as_manager()

    class Meta:
        verbose_name = "公安机关"
        verbose_name_plural = "公安机关"
        # The sum over all rows, asked before each routing (`geo.routing`).
        indexes = [models.Index(fields=["revision"], name="agency_revisions")]

    def __str__(self) -> str:
        return self.name

    def is_within(self, other: "Agency") -> bool:
        """Whether this is the other one or stands below it."""
        return self.path.startswith(other.path)

    @property
    def ancestor_codes(self) -> list[str]:
        """The codes from the province down to this agency."""
        return [code for code in self.path.split("/") if code]
