"""What people call a Selection, apart from its name everywhere; and that it was ended, apart from its last day."""

from typing import Any

from django.db import migrations, models
from django.db.models import F


def fill(apps: Any, schema_editor: Any) -> None:
    """Selections made before are called by their name. One ended before has lost its last day: it stays ended by it."""
    apps.get_model("archive", "Selection").objects.update(title=F("name"))


class Migration(migrations.Migration):
    """Adds columns with defaults, then fills one."""

    dependencies = [("archive", "0006_selection_made")]
    operations = [
        migrations.AddField("selection", "title", models.CharField(blank=True, max_length=80)),
        migrations.AddField("selection", "ended", models.BooleanField(default=False)),
        migrations.AddField("selection", "ended_by", models.CharField(blank=True, max_length=150)),
        migrations.AddField("selection", "end_reason", models.CharField(blank=True, max_length=500)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
