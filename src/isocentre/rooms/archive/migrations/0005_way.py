from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("archive", "0004_stale_metadata")]

    operations = [
        # What is held so far counts as sent on by a hospital: `verify` goes on to name what no hospital says it sent.
        migrations.AddField(model_name="instance", name="direct", field=models.BooleanField(default=False)),
        migrations.CreateModel(
            name="DirectTotal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("research_study", models.CharField(max_length=64, unique=True)),
                ("objects_stored", models.PositiveIntegerField(default=0)),
            ],
        ),
    ]
