from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0003_called_ae'),
    ]

    operations = [
        migrations.CreateModel(
            name='Refusal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('peer', models.CharField(max_length=64)),
                ('calling_ae', models.CharField(blank=True, max_length=16)),
                ('called_ae', models.CharField(blank=True, max_length=16)),
                ('address', models.CharField(blank=True, max_length=64)),
                ('cause', models.CharField(max_length=40)),
                ('words', models.CharField(blank=True, max_length=200)),
                ('objects_refused', models.PositiveBigIntegerField(default=0)),
                ('first_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('peer', 'calling_ae', 'called_ae', 'address', 'cause'), name='one_object_refusal_each')],
            },
        ),
    ]
