from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0004_first_code")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="provider_subject",
            field=models.CharField(blank=True, max_length=64),
        )
    ]
