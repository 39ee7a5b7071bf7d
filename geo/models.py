"""Agencies: who is responsible where."""

from django.db import models


class AgencyQuerySet(models.QuerySet["Agency"]):
    """Agencies, selected."""

    def within(self, agency: "Agency") -> "AgencyQuerySet":
        """This agency and everything below it."""
        return self.filter(path__startswith=agency.path)


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

    objects = AgencyQuerySet.as_manager()

    class Meta:
        verbose_name = "公安机关"
        verbose_name_plural = "公安机关"

    def __str__(self) -> str:
        return self.name

    def is_within(self, other: "Agency") -> bool:
        """Whether this is the other one or stands below it."""
        return self.path.startswith(other.path)

    @property
    def ancestor_codes(self) -> list[str]:
        """The codes from the province down to this agency."""
        return [code for code in self.path.split("/") if code]
