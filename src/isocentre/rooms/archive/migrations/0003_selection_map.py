import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("archive", "0002_order_by_uid")]

    operations = [
        migrations.AddField(
            model_name="selection", name="uid_key", field=models.CharField(blank=True, max_length=32, default=""),
            preserve_default=False,
        ),
        migrations.CreateModel(
            name="SelectionSubject",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pseudonym", models.CharField(max_length=64)),
                ("label", models.CharField(blank=True, max_length=64)),
                ("days", models.IntegerField(default=0)),
                (
                    "selection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="subjects", to="archive.selection"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="selectionsubject",
            constraint=models.UniqueConstraint(fields=("selection", "pseudonym"), name="a_subject_once_a_selection"),
        ),
    ]
