from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0003_gateway_sites")]

    operations = [
        migrations.CreateModel(
            name="FirstCode",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("digest", models.CharField(max_length=64)),
                ("expires_at", models.DateTimeField()),
            ],
        )
    ]
