from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0002_decision'),
    ]

    operations = [
        migrations.AddField(
            model_name='arrival',
            name='called_ae',
            field=models.CharField(blank=True, default='', max_length=16),
        ),
    ]
