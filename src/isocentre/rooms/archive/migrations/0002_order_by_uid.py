from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("archive", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="imagingstudy",
            index=models.Index(fields=["research_study", "study_uid"], name="archive_study_then_uid"),
        ),
        migrations.AddIndex(
            model_name="imagingstudy",
            index=models.Index(fields=["site", "study_uid"], name="archive_site_then_uid"),
        ),
    ]
