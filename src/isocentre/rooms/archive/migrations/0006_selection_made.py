"""Who made a Selection, of how many scans, and of which research studies and sites: kept when it is frozen."""

from typing import Any

from django.db import migrations, models


def fill(apps: Any, schema_editor: Any) -> None:
    """Selections made before: places and scans from what they hold; who made them stays unknown."""
    selection, item, instance = (apps.get_model("archive", name) for name in ("Selection", "SelectionItem", "Instance"))
    for one in selection.objects.all():
        uids = item.objects.filter(selection=one).values("object_uid")
        held = instance.objects.filter(object_uid__in=uids).order_by()
        found = set(held.values_list("series__study__research_study", "series__study__site"))
        scans = held.values("series__study").distinct().count()
        selection.objects.filter(pk=one.pk).update(places=sorted(map(list, found)), scans=scans)


class Migration(migrations.Migration):
    """Adds columns with defaults, then fills them."""

    dependencies = [("archive", "0005_way")]
    operations = [
        migrations.AddField("selection", "made_by", models.CharField(blank=True, max_length=150)),
        migrations.AddField("selection", "scans", models.PositiveIntegerField(default=0)),
        migrations.AddField("selection", "places", models.JSONField(default=list)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
