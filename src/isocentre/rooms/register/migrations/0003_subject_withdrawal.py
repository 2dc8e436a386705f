from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0002_evidence_not_of"),
    ]

    operations = [
        migrations.AddField(
            model_name="subject",
            name="withdrawal",
            field=models.CharField(blank=True, db_default="", default="", max_length=12),
        ),
    ]
