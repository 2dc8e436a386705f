from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0017_pacs_ways'),
    ]

    operations = [
        migrations.CreateModel(
            name='NightReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('claimed_by', models.CharField(blank=True, max_length=80)),
                ('lease_until', models.DateTimeField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('not_before', models.DateTimeField(null=True)),
                ('last_error', models.CharField(blank=True, max_length=300)),
                ('day', models.DateField(unique=True)),
                ('made_at', models.DateTimeField()),
                ('said', models.JSONField(default=dict)),
                ('mail', models.CharField(blank=True, default='', max_length=8)),
            ],
            options={
                'indexes': [models.Index(fields=['mail'], name='night_report_mail')],
            },
        ),
    ]
