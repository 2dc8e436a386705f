from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0004_refusal'),
    ]

    operations = [
        migrations.AddField(
            model_name='peer',
            name='idle_seconds',
            field=models.PositiveSmallIntegerField(default=60, db_default=60),
        ),
    ]
