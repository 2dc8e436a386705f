from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("deid", "0003_review_loop"),
    ]

    operations = [
        migrations.CreateModel(
            name="RefusedReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(default="image", max_length=8)),
                ("key", models.BigIntegerField()),
                ("words", models.CharField(max_length=300)),
                ("said", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("tries", models.PositiveIntegerField(default=1)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("kind", "key"), name="one_refused_report_each")],
            },
        ),
    ]
