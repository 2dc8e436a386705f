from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0006_row_study_uid"),
    ]

    operations = [
        migrations.CreateModel(
            name="EnrolmentChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("action", models.CharField(max_length=12)),
                ("enrolment", models.BigIntegerField()),
                ("research_study", models.CharField(max_length=64)),
                ("by", models.CharField(max_length=150)),
                ("at", models.DateTimeField(db_index=True)),
                ("was", models.JSONField(default=dict)),
            ],
        ),
        migrations.AddField(
            model_name="enrolment",
            name="withdrawal",
            field=models.CharField(blank=True, db_default="", default="", max_length=12),
        ),
        migrations.AddField(
            model_name="enrolment",
            name="withdrawal_told",
            field=models.CharField(blank=True, db_default="", default="", max_length=12),
        ),
        migrations.AddField(
            model_name="enrolment",
            name="withdrawn_on",
            field=models.DateField(null=True),
        ),
    ]
