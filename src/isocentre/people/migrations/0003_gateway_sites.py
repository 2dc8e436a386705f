from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0002_session_epoch")]

    operations = [
        migrations.AlterField(model_name="gateway", name="site", field=models.CharField(max_length=200)),
    ]
